"""The ceremony of a debtor's passkey: what the browser is asked, and whether its answer is right (WebAuthn).

fido2, which allauth brings, does the checking; allauth's own pages stay closed to debtors, since a passkey there signs
in without the facts. A challenge is bound to the session, to adding or using, and to five minutes, and is spent by the
first answer. The authenticator must have checked that it is its owner, and the site is known by PUBLIC_BASE_URL alone.
"""

import base64
import ipaddress
import json
import struct
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.mfa.webauthn.internal import auth  # noqa: F401  switches fido2 to JSON before it is used
from django.conf import settings
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts import passkeys
from accounts.models import Debtor, Passkey

STATE: Final = "passkey"
ADD, USE = "add", "use"
LIFE: Final = 300  # seconds
LONGEST: Final = 20_000  # signs of an answer
# What fido2 raises at a made-up answer; a RecursionError and a NotImplementedError are RuntimeErrors.
_BROKEN: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError, struct.error)


class Refused(Exception):
    """The answer is not one of this session's challenge, of this site, or of a passkey of this person's."""


def possible() -> bool:
    """Whether this site can have passkeys: browsers want a name for it, over TLS or on this very machine."""
    name = _site()
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return settings.SECURE or name == "localhost"
    return False


def offered(debtor: Debtor) -> bool:
    """Whether this person may confirm by a passkey here."""
    return possible() and Passkey.objects.filter(debtor=debtor).exists()


def begin_to_add(request: HttpRequest) -> dict[str, Any]:
    """What the browser is asked to make."""
    debtor = request.debtor
    options, state = _server().register_begin(
        user=_entity(debtor),
        credentials=_credentials(debtor),
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,  # no list of people on a phone that others use
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    _keep(request, ADD, state)
    return dict(options)


def add(request: HttpRequest, answer: str) -> Passkey:
    """Keep the passkey that the browser made. Raises Refused, passkeys.TooMany, passkeys.Known."""
    state, given = _take(request, ADD), _read(answer)
    try:
        RegistrationResponse.from_dict(given)
        made = _server().register_complete(state, given)
    except _BROKEN:
        raise Refused from None
    data = made.credential_data
    if data is None:
        raise Refused
    return passkeys.add(
        debtor=request.debtor,
        credential_id=data.credential_id,
        credential=bytes(data),
        sign_count=made.counter,
        now=request.now,
    )


def begin_to_use(request: HttpRequest) -> dict[str, Any]:
    """What the browser is asked to sign, by one of this person's passkeys. Raises Refused where there is none."""
    mine = _credentials(request.debtor)
    if not mine:
        raise Refused
    options, state = _server().authenticate_begin(mine, user_verification=UserVerificationRequirement.REQUIRED)
    _keep(request, USE, state)
    return dict(options)


def use(request: HttpRequest, answer: str) -> None:
    """Check what the browser signed; the caller then raises the level. Raises Refused."""
    state, given = _take(request, USE), _read(answer)
    try:
        counter = AuthenticationResponse.from_dict(given).response.authenticator_data.counter
        found = _server().authenticate_complete(state, _credentials(request.debtor), given)
    except _BROKEN:
        raise Refused from None
    if not passkeys.used(debtor=request.debtor, credential_id=found.credential_id, sign_count=counter, now=request.now):
        raise Refused


def _site() -> str:
    return urlsplit(settings.PUBLIC_BASE_URL).hostname or ""


def _server() -> Fido2Server:
    site = PublicKeyCredentialRpEntity(id=_site(), name=_site())
    return Fido2Server(site, verify_origin=lambda origin: origin == settings.PUBLIC_BASE_URL)


def _entity(debtor: Debtor) -> PublicKeyCredentialUserEntity:
    """How a phone lists it: the site's name and a mark that tells two people of one phone apart. Nobody's name."""
    name = f"{_site()} {debtor.pk.hex[:4].upper()}"
    return PublicKeyCredentialUserEntity(id=debtor.pk.bytes, name=name, display_name=name)


def _credentials(debtor: Debtor) -> list[AttestedCredentialData]:
    kept = Passkey.objects.filter(debtor=debtor).values_list("credential", flat=True)
    return [AttestedCredentialData(base64.b64decode(one)) for one in kept]


def _keep(request: HttpRequest, purpose: str, state: dict) -> None:
    request.session[STATE] = {"purpose": purpose, "state": dict(state), "at": int(request.now.timestamp())}


def _take(request: HttpRequest, purpose: str) -> dict:
    """The challenge of this session, which is spent with that. Raises Refused."""
    kept = request.session.pop(STATE, None)
    if kept is None or kept["purpose"] != purpose or request.now.timestamp() - kept["at"] > LIFE:
        raise Refused
    return kept["state"]


def _read(answer: str) -> dict:
    if len(answer) > LONGEST:
        raise Refused
    try:
        given = json.loads(answer)
    except (ValueError, RecursionError):
        raise Refused from None
    if not isinstance(given, dict):
        raise Refused
    return given
