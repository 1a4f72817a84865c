"""On which devices a person has signed in: told coarsely, and ended by them at once.

A visit is named by a keyed hash: its key opens it, so it stands on no page. No address of a visitor is kept.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from accounts import history
from accounts.crypto import keyed_hash
from accounts.locking import lock
from accounts.models import Debtor, Session
from portal.sign_in.browsers import words_of
from portal.sign_in.entry import DEBTOR_IDLE, DEBTOR_LONGEST, DEVICE, SEEN_AT, SIGNED_IN_AT


@dataclass(frozen=True, slots=True)
class Device:
    """One visit that goes on: what it is on, since when, when last used, and whether it is this one."""

    id: str
    words: str
    since: datetime
    seen: datetime
    here: bool


def of(debtor: Debtor, request: HttpRequest) -> list[Device]:
    """The visits of this person that go on, this one first, then by their last use. One query."""
    rows = Session.objects.filter(user__debtor=debtor, expire_date__gt=request.now)
    found = [_device(row, request) for row in rows]
    return sorted((one for one in found if one), key=lambda one: (not one.here, -one.seen.timestamp()))


@transaction.atomic
def sign_out(*, debtor: Debtor, ids: set[str], by: history.Actor, now: datetime) -> int:
    """End these visits of the person, at once; returns how many. One that has ended already is no matter."""
    lock(Debtor, debtor.pk)
    keys = [key for key in _keys(debtor) if _id(key) in ids]
    _rows, by_model = Session.objects.filter(session_key__in=keys).delete()
    ended = by_model.get(Session._meta.label, 0)
    if ended:
        history.record(by=by, act="devices.signed_out", on=debtor, debtor=debtor, now=now, data={"ended": ended})
    return ended


def _keys(debtor: Debtor) -> list[str]:
    return list(Session.objects.filter(user__debtor=debtor).values_list("session_key", flat=True))


def _device(row: Session, request: HttpRequest) -> Device | None:
    data, now = row.get_decoded(), request.now.timestamp()
    if now - data.get(SEEN_AT, 0) >= DEBTOR_IDLE or now - data.get(SIGNED_IN_AT, 0) >= DEBTOR_LONGEST:
        return None  # it has timed out; its row goes later
    return Device(
        id=_id(row.session_key),
        words=words_of(data.get(DEVICE, "")),
        since=datetime.fromtimestamp(data[SIGNED_IN_AT], tz=UTC),
        seen=datetime.fromtimestamp(data[SEEN_AT], tz=UTC),
        here=row.session_key == request.session.session_key,
    )


def _id(key: str) -> str:
    return keyed_hash(settings.LINKS_KEYS[0], "device", key)[:24]
