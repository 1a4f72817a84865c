"""Holds: what stops for a person while one is open. Pages and senders read holds, not labels.

What a hold of a kind stops is the law's (`[[holds]]` of the region's rule file). Placing one that stops contact cancels
the reminders that wait, in the same transaction; the person's own answers still go out.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from accounts import history, outbox
from accounts.locking import lock
from accounts.models import Debt, Debtor, Hold, Message
from accounts.money import Money
from accounts.rules import Law
from accounts.rules.law import Stops

STOPPED: Final = ("contact", "interest", "payments")


@transaction.atomic
def place(
    *,
    debtor: Debtor,
    kind: str,
    law: Law,
    by: history.Actor,
    now: datetime,
    debt: Debt | None = None,
    until: datetime | None = None,
    reason: str = "",
    note: str = "",
    reply_by_on: date | None = None,
    stops: Collection[Stops] | None = None,
    since: datetime | None = None,
) -> Hold:
    """Open a hold at once, on one debt or (None) on everything of this person; `until` None: until somebody ends it.

    `reason` is a code; `note` the person's own words, which stay out of the event. Each call opens one: a form's own
    key keeps a second tap away. `stops` and `since` are given where they are others than the kind's and now. ValueError
    for a debt of somebody else; KeyError for a kind the law does not name.
    """
    if debt is not None and debt.debtor_id != debtor.pk:
        raise ValueError("The debt belongs to another person.")
    if stops is None:
        stops = law.hold(kind).stops
    lock(Debtor, debtor.pk)
    lasts = {"from_at": since or now, "until_at": until, "reply_by_on": reply_by_on}
    stopped = {f"stops_{what}": what in stops for what in STOPPED}
    hold = Hold.objects.create(kind=kind, debtor=debtor, debt=debt, reason=reason, note=note, **lasts, **stopped)
    cancelled = _cancel_reminders(hold, now) if hold.stops_contact else 0
    data = _told(hold) | {"law": law.name, "reminders_cancelled": cancelled}
    history.record(by=by, act="hold.placed", on=hold, debtor=debtor, now=now, data=data)
    return hold


@transaction.atomic
def end(*, hold: Hold, by: history.Actor, now: datetime, reason: str = "") -> bool:
    """End a hold before its time; False when it had ended already, and nothing is written then.

    `reason` may be in words, so it stays on the hold and out of the event.
    """
    lock(Debtor, hold.debtor_id)
    still_open = Hold.objects.open(now).filter(pk=hold.pk)
    part = still_open.values_list("disputed_minor", flat=True).first()  # it may be another by now
    if not still_open.update(ended_at=now, ended_reason=reason):
        return False
    _count_part(hold, -(part or 0))
    history.record(by=by, act="hold.ended", on=hold, debtor=hold.debtor, now=now, data={"kind": hold.kind})
    return True


@transaction.atomic
def resize(*, hold: Hold, part: Money | None, law: Law, by: history.Actor, now: datetime) -> bool:
    """Let a hold be on so much of its debt, or (None) on all of it; False where it is on as much already.

    Of a part nothing stops for the rest, which `Debt.payable` says; on all, it stops what the law says. Where it is on
    more than before, what waited to be said meanwhile is cancelled. `hold` becomes what is stored.
    """
    lock(Debtor, hold.debtor_id)
    hold.refresh_from_db()
    before, after = hold.disputed_minor, part.minor if part else None
    if after == before:
        return False
    stops = () if part else law.hold(hold.kind).stops
    hold.disputed_minor = after
    hold.stops_contact, hold.stops_interest, hold.stops_payments = (what in stops for what in STOPPED)
    hold.save(update_fields=["disputed_minor", *(f"stops_{what}" for what in STOPPED)])
    _count_part(hold, (after or 0) - (before or 0))
    wider = before is not None and (after is None or after > before)
    data = _told(hold) | {"law": law.name, "reminders_cancelled": _cancel_reminders(hold, now) if wider else 0}
    act = "hold.widened" if wider else "hold.narrowed"
    history.record(by=by, act=act, on=hold, debtor=hold.debtor, now=now, data=data)
    return True


def _count_part(hold: Hold, minor: int) -> None:
    if minor and hold.debt_id:
        Debt.objects.filter(pk=hold.debt_id).update(disputed_minor=F("disputed_minor") + minor)


def _cancel_reminders(hold: Hold, now: datetime) -> int:
    """Cancel what waits to be asked; of a part of one debt, what was put while all of that debt was to be paid."""
    reason = f"hold {hold.kind}"
    if hold.disputed_minor:
        of_debt = Message.objects.filter(debtor=hold.debtor_id, debt=hold.debt_id, state=Message.State.QUEUED)
        only = set(of_debt.values_list("pk", flat=True))
        return outbox.cancel_for(debtor=hold.debtor, reason=reason, now=now, reminders_only=True, only=only)
    return outbox.cancel_for(debtor=hold.debtor, reason=reason, now=now, reminders_only=True)


def _told(hold: Hold) -> dict[str, Any]:
    """What events say of a hold as it stands: codes, days and numbers, no words of anybody."""
    data: dict[str, Any] = {"kind": str(hold.kind), "reason": hold.reason}
    data |= {"debt": str(hold.debt_id) if hold.debt_id else None}
    data |= {"until": hold.until_at.isoformat() if hold.until_at else None}
    data |= {"part_minor": hold.disputed_minor} if hold.disputed_minor else {}
    return data


def open_for(debtor: Debtor, now: datetime) -> list[Hold]:
    """The holds in force at `now`, oldest first. One query."""
    return list(Hold.objects.open(now).filter(debtor=debtor).order_by("from_at", "id"))


def in_force(hold: Hold, now: datetime) -> bool:
    """Whether this hold is open at `now`; what `Hold.objects.open` asks the database."""
    return hold.ended_at is None and hold.from_at <= now and (hold.until_at is None or hold.until_at > now)


def on_debt(holds: Iterable[Hold], debt: Debt) -> list[Hold]:
    """Of a person's open holds, those that bear on this debt."""
    return [hold for hold in holds if hold.debt_id in (None, debt.pk)]


def days_from(today: date, days: int, time_zone: str) -> datetime:
    """The first instant of the day `days` after `today` where the person lives: a hold until then ends as it begins."""
    return datetime.combine(today + timedelta(days=days), time.min, ZoneInfo(time_zone))
