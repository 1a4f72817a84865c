"""Ways in: make, find and revoke. A typed reference is a link too, shorter and longer-lived.

Only keyed hashes are kept. The first of LINKS_KEYS makes new ones and all of them find old ones, so a key is rotated by
putting a new one in front and dropping the old one once its links have expired (60 days).
"""

import functools
import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, DateTimeField, Exists, F, OuterRef, Q, QuerySet, UUIDField

from accounts import history
from accounts.crypto import keyed_hash
from accounts.locking import lock
from accounts.models import ContactPoint, Creditor, Debt, Debtor, Helper, Hold, Link, Message
from accounts.models.helper import UNTAKEN_FOR
from accounts.prepared import Prepared
from accounts.rules import wording

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
TOKEN_LENGTH = 22  # 128.9 bits
REFERENCE_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32: no 0/O, no 1/I
REFERENCE_LENGTH = 8  # 40 bits, so tries are limited where it is typed
TOKEN_LIFE, TOKEN_LONGEST = timedelta(days=14), timedelta(days=30)
REFERENCE_LIFE = timedelta(days=60)
MOST_LIVE = 3  # per debtor
OVERLAP = timedelta(hours=24)  # how long a link still works after a newer one to the same contact
_TOKEN = re.compile(f"[{BASE58}]{{{TOKEN_LENGTH}}}")
# What message clients glue to the end of an address.
_JUNK = re.compile(r"[\s.,;:!?)>\]}'\"。，、；：！？）》」』”’\u200b-\u200f\u2060\ufeff]+$")


class ContactUnusable(Exception):
    """A link was to be made for a contact that is blocked or was replaced."""


def make(
    *,
    debtor: Debtor,
    creditor: Creditor,
    channel: str,
    now: datetime,
    by: history.Actor,
    contact: ContactPoint | None = None,
    kind: str = Link.Kind.TOKEN,
    language: str | None = None,
    expires_at: datetime | None = None,
    helper: Helper | None = None,
) -> tuple[Link, str]:
    """A new way in, and the only copy of its token (or of its typed reference).

    It lives 14 days, or until `expires_at`, at most 30; a typed reference 60. A debtor has at most three live ones, the
    oldest end first; an older one to the same contact and of the same kind works for another 24 hours.
    A `helper`'s lives until `expires_at`, since it opens nothing without their code. Raises ContactUnusable.
    """
    if contact is not None and (contact.blocked_at or contact.retired_at):
        raise ContactUnusable
    secret = _new_secret(kind)
    with transaction.atomic():
        lock(Debtor, debtor.pk)
        if helper is None:
            _make_room(debtor, contact, kind, now)
        about = {"debtor": debtor, "creditor": creditor, "contact": contact, "helper": helper}
        link = Link.objects.create(
            **about,
            kind=kind,
            channel=channel,
            token_hash=hash_of(secret, kind),
            language=language or debtor.language,
            created_at=now,
            expires_at=_end_of_life(kind, expires_at, now, helper),
        )
        data = {"kind": str(kind), "channel": str(channel)}
        history.record(by=by, act="link.made", on=link, debtor=debtor, now=now, data=data)
    return link, secret


def _make_room(debtor: Debtor, contact: ContactPoint | None, kind: str, now: datetime) -> None:
    if contact is not None:
        older = Link.objects.filter(debtor=debtor, contact=contact, kind=kind, revoked_at=None)
        older.filter(expires_at__gt=now + OVERLAP).update(expires_at=now + OVERLAP)
    live = Link.objects.filter(debtor=debtor, helper=None, revoked_at=None, expires_at__gt=now).order_by(
        "-created_at", "-pk"
    )
    surplus = list(live.values_list("pk", flat=True)[MOST_LIVE - 1 :])
    Link.objects.filter(pk__in=surplus).update(revoked_at=now, revoked_reason="replaced")


def _end_of_life(kind: str, wanted: datetime | None, now: datetime, helper: Helper | None) -> datetime:
    if helper is not None:
        return wanted or now + UNTAKEN_FOR
    if kind == Link.Kind.REFERENCE:
        return now + REFERENCE_LIFE
    return min(wanted or now + TOKEN_LIFE, now + TOKEN_LONGEST)


def url_of(token: str) -> str:
    """The address to write into a message: always under PUBLIC_BASE_URL, whatever host a request came by."""
    return f"{settings.PUBLIC_BASE_URL}/r/{token}"


def way_in(secret: str, kind: str) -> dict[str, str]:
    """What a text says of a way in: the address of a personal link, or the reference as people type it."""
    return {"link": url_of(secret)} if kind == Link.Kind.TOKEN else {"reference": grouped(secret)}


def grouped(reference: str) -> str:
    """A typed reference as people read it: two groups of four."""
    return f"{reference[:4]} {reference[4:]}"


def token_from(text: str) -> str:
    """The token in what stood in the address, with what clients glue to its end taken off once; "" if it is none."""
    if len(text) > 4 * TOKEN_LENGTH:
        return ""
    text = _JUNK.sub("", text, count=1)
    return text if _TOKEN.fullmatch(text) else ""


def reference_from(text: str) -> str:
    """The reference in what a person typed (case, width, spaces and dashes forgiven), or "" if it has not its shape."""
    if len(text) > 100:
        return ""
    typed = re.sub(r"[\s\-‐-―−_.\u200b-\u200f\u2060\ufeff]+", "", unicodedata.normalize("NFKC", text)).upper()
    return typed if re.fullmatch(f"[{REFERENCE_SIGNS}]{{{REFERENCE_LENGTH}}}", typed) else ""


def find(*, secret: str, kind: str, now: datetime) -> Link | None:
    """The link that this token or reference opens now, with its debtor and creditor. One query, known or not."""
    hashes = {f"hash{number}": hash_of(secret, kind, key=key) for number, key in enumerate(settings.LINKS_KEYS)}
    return next(iter(_by_hashes(len(hashes))(kind=kind, now=now, **hashes)), None)


def find_by_hash(token_hash: str, *, now: datetime) -> Link | None:
    """The same for a visitor who brings the hash back, in the cookie that `/r/…` or `/start` set."""
    return next(iter(_BY_HASH(token_hash=token_hash, now=now)), None)


def live(now: datetime) -> QuerySet[Link]:
    """Links that let someone in at the instant `now`: neither expired nor revoked, and nothing happened since they were
    made that ends them: the contact was blocked, replaced or changed, the helper's rights ended, the person has died.
    """
    died = Hold.objects.open(now).filter(debtor=OuterRef("debtor"), kind=Hold.Kind.DECEASED)
    return Link.objects.select_related("debtor", "creditor", "helper").filter(
        Q(contact=None) | Q(contact__changed_at=None) | Q(contact__changed_at__lte=F("created_at")),
        Q(helper=None) | Q(helper__ended_at=None, helper__expires_at__gt=now),
        ~Exists(died),
        contact__blocked_at=None,
        contact__retired_at=None,
        revoked_at=None,
        expires_at__gt=now,
    )


@functools.cache
def _by_hashes(keys: int) -> Prepared:
    """By any of the hashes that so many keys make."""
    slots = {f"hash{number}": CharField() for number in range(keys)}
    return Prepared(
        lambda kind, now, **hashes: live(now).filter(token_hash__in=list(hashes.values()), kind=kind),
        kind=CharField(),
        now=DateTimeField(),
        **slots,
    )


_BY_HASH = Prepared(
    lambda token_hash, now: live(now).filter(token_hash=token_hash), token_hash=CharField(), now=DateTimeField()
)
_BY_ID = Prepared(lambda link, now: live(now).filter(pk=link), link=UUIDField(), now=DateTimeField())


def find_by_id(link_id: str, *, now: datetime) -> Link | None:
    """The same for a visit that goes on: each of its requests asks, so this one is prepared."""
    return next(iter(_BY_ID(link=link_id, now=now)), None)


def account_of(link: Link, debts: Sequence[Debt]) -> Debt | None:
    """Which of the person's debts the text with this link was about: of those at its creditor on which something is
    owed, the only one, or the one that it named. None where neither tells. One query where there are several.
    """
    owed = {debt.pk: debt for debt in debts if debt.creditor_id == link.creditor_id and debt.balance_minor > 0}
    if len(owed) < 2:
        return next(iter(owed.values()), None)
    named = Message.objects.filter(link=link, debt__in=owed).first()
    return owed[named.debt_id] if named and named.debt_id else None


def revoke(*, links: QuerySet[Link], reason: str, now: datetime) -> int:
    """End these links at once; sessions that came by them end with their next request. Returns how many were live."""
    return links.filter(revoked_at=None).update(revoked_at=now, revoked_reason=reason)


def hash_of(secret: str, kind: str, *, key: bytes | None = None) -> str:
    """What is stored in place of a token or reference, known or not, by the newest key or the given one."""
    return keyed_hash(key or settings.LINKS_KEYS[0], str(kind), secret)


def _new_secret(kind: str) -> str:
    signs, length = (REFERENCE_SIGNS, REFERENCE_LENGTH) if kind == Link.Kind.REFERENCE else (BASE58, TOKEN_LENGTH)
    secret = "".join(secrets.choice(signs) for _ in range(length))
    # Operators would take digits alone for a phone number, and the rules of content "5GBP" for an amount.
    misread = secret.isdigit() or wording.forbidden_in(grouped(secret), wording.groups(), time_barred=True)
    return _new_secret(kind) if misread else secret
