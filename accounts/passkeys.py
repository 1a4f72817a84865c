"""A debtor's passkeys as rows: kept, counted, removed. The ceremony is `portal.sign_in.passkeys`."""

import base64
import hashlib
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from accounts import history, outbox
from accounts.locking import lock
from accounts.models import Debtor, Message, Passkey

MOST: Final = 5


class TooMany(Exception):
    """The person has as many passkeys as there may be."""


class Known(Exception):
    """This passkey is kept already, for this person or for another."""


@transaction.atomic
def add(*, debtor: Debtor, credential_id: bytes, credential: bytes, sign_count: int, now: datetime) -> Passkey:
    """Keep a new passkey and tell the person at a verified contact. Raises TooMany, Known."""
    lock(Debtor, debtor.pk)
    if Passkey.objects.filter(debtor=debtor).count() >= MOST:
        raise TooMany
    hashed = _hash(credential_id)
    kept = {"debtor": debtor, "credential": base64.b64encode(credential).decode(), "sign_count": sign_count}
    passkey, fresh = Passkey.objects.get_or_create(credential_hash=hashed, defaults=kept | {"added_at": now})
    if not fresh:
        raise Known
    history.record(by=debtor, act="passkey.added", on=passkey, debtor=debtor, now=now)
    contact = outbox.answerable(debtor)
    if contact is not None:
        outbox.queue(
            key=f"passkey_added:{passkey.pk}",
            debtor=debtor,
            contact=contact,
            purpose=Message.Purpose.SERVICE,
            template="passkey_added",
            now=now,
        )
    return passkey


def used(*, debtor: Debtor, credential_id: bytes, sign_count: int, now: datetime) -> bool:
    """Note a use. False, and the passkey is removed, where its counter did not move on: there may be a copy of it.

    Authenticators that do not count say 0 every time (WebAuthn level 3, 7.2, step 22).
    """
    with transaction.atomic():
        lock(Debtor, debtor.pk)
        mine = Passkey.objects.filter(debtor=debtor, credential_hash=_hash(credential_id))
        moved_on = Q(sign_count__lt=sign_count) if sign_count else Q(sign_count=0)
        if mine.filter(moved_on).update(sign_count=sign_count, last_used_at=now):
            passkey = mine.get()
            history.record(by=debtor, act="passkey.used", on=passkey, debtor=debtor, now=now)
            return True
        for passkey in mine:
            _remove(passkey, by="system", now=now, reason="counter")
    return False


@transaction.atomic
def remove(*, passkey: Passkey, by: history.Actor, now: datetime) -> None:
    """It serves no more, from now on. Twice does no harm."""
    lock(Debtor, passkey.debtor_id)
    for found in Passkey.objects.filter(pk=passkey.pk).select_related("debtor"):
        _remove(found, by=by, now=now)


@transaction.atomic
def remove_all(*, debtor: Debtor, by: history.Actor, now: datetime, since: datetime | None = None) -> None:
    """Every one of a person's, or all added `since` then: whoever added them was perhaps not the person."""
    lock(Debtor, debtor.pk)
    added = Passkey.objects.filter(debtor=debtor)
    if since is not None:
        added = added.filter(added_at__gte=since)
    for found in added.select_related("debtor"):
        _remove(found, by=by, now=now, reason="not me")


def _remove(passkey: Passkey, *, by: history.Actor, now: datetime, reason: str = "") -> None:
    data = {"reason": reason} if reason else {}
    history.record(by=by, act="passkey.removed", on=passkey, debtor=passkey.debtor, now=now, data=data)
    passkey.delete()


def _hash(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()
