"""Reminders of a plan's payments, for those who asked for them: before a day, after a miss, when it came.

Each is said once for a payment and the day it is due, to a contact the person has proved to hold. While a hold stops
contact or the plan's payments nothing is said. The rules are asked as for any reminder. That a plan is paid off is
said by the act that ends it (`plans.messages.plan_cleared`).
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.days import today_in
from accounts.locking import lock
from accounts.models import ContactPoint, Debtor, Hold, LedgerEntry, Message
from plans import receipts
from plans.messages import instalment_key
from plans.models import Plan
from plans.progress import Line, Progress, State
from portal.contact import past, standing
from portal.contact.decide import Defer
from portal.contact.models import Wish
from portal.contact.reminders import remind

DUE, MISSED, RECEIVED = "instalment_due", "instalment_missed", "instalment_received"
DAYS_BEFORE: Final = 3  # a bank's transfer takes up to two working days
MISSED_FOR: Final = 7  # days after the grace in which a miss is still news
CAME_WITHIN: Final = timedelta(days=2)  # a payment that was entered longer ago is no news
BATCH: Final = 500
Due = tuple[str, Line]  # which reminder, of which payment


def plan_instalments(now: datetime) -> int:
    """Queue what is to be said now; how many. Called every minute, by any number of workers: each is said once."""
    return sum(_say(plan, due, now) for batch in _plans() for plan, due in _found(batch, now))


def _plans() -> Iterator[list[Plan]]:
    """Running plans of people who asked for it, in batches by id, so that memory stays flat."""
    asked = Plan.objects.filter(state=Plan.State.RUNNING, debt__debtor__wish__instalment_texts=True)
    asked = asked.select_related("debt__creditor", "debt__debtor", "policy").prefetch_related("instalments")
    batch = list(asked.order_by("pk")[:BATCH])
    while batch:
        yield batch
        more = len(batch) == BATCH
        batch = list(asked.filter(pk__gt=batch[-1].pk).order_by("pk")[:BATCH]) if more else []


def _found(batch: list[Plan], now: datetime) -> list[tuple[Plan, Due]]:
    """What these plans have to say that was not said yet. Six queries for a batch."""
    so_far = receipts.of_all(batch, now=now)
    holds = Hold.objects.open(now).filter(debtor__in={plan.debt.debtor_id for plan in batch})
    held = [hold for hold in holds if hold.stops_contact or hold.stops_payments]
    came = LedgerEntry.objects.filter(
        debt__in=[plan.debt_id for plan in batch], kind=LedgerEntry.Kind.PAYMENT, posted_at__gt=now - CAME_WITHIN
    )
    paid = dict(came.order_by("posted_at").values_list("debt", "posted_at"))
    found = []
    for plan in batch:
        if any(_bears_on(hold, plan) for hold in held):
            continue
        today = today_in(plan.debt.creditor.time_zone, now)
        news = paid.get(plan.debt_id)
        came_since = news is not None and news > plan.agreed_at
        found += [(plan, due) for due in to_say(so_far[plan.pk], today, plan.policy.grace_days, came=came_since)]
    keys = {_key(plan, due) for plan, due in found}
    said = set(Message.objects.filter(key__in=keys).values_list("key", flat=True)) if keys else set()
    return [(plan, due) for plan, due in found if _key(plan, due) not in said]


def to_say(so_far: Progress, today: date, grace_days: int, *, came: bool) -> list[Due]:
    """What a plan has to say today; `came`: a payment was entered in the last days. Pure."""
    found: list[Due] = []
    late, coming = so_far.oldest_late, so_far.next
    if late is not None and (today - late.due_on).days - grace_days <= MISSED_FOR:
        found.append((MISSED, late))
    if coming is not None and 0 <= (coming.due_on - today).days <= DAYS_BEFORE:
        found.append((DUE, coming))
    received = [line for line in so_far.lines if line.state is State.RECEIVED]
    if came and received and not so_far.finished:
        found.append((RECEIVED, received[-1]))
    return found


@transaction.atomic
def _say(plan: Plan, due: Due, now: datetime) -> bool:
    """Queue one, unless somebody else did since, or the person no longer wants it, or no rule set allows it in time."""
    what, line = due
    debt, debtor = plan.debt, plan.debt.debtor
    lock(Debtor, debtor.pk)
    key = _key(plan, due)
    if Message.objects.filter(key=key).exists() or not _still_asked(plan):
        return False
    person = standing.of(debtor, now)
    contact = contact_of(person)
    if contact is None:
        return False
    about: dict[str, Any] = {
        "standing": person,
        "creditor": debt.creditor,
        "debt": debt,
        "wording": what,
        "contact": contact,
        "key": key,
        "purpose": Message.Purpose.INSTALMENT,
        "context": {"number": line.number, "due_on": line.due_on},
        "by": "system",
        "now": now,
    }
    last = _last_instant(plan, due, now)
    answer = remind(**about)
    if isinstance(answer, Defer) and answer.until < last:
        answer = remind(**about, hold_back=True)
    if not isinstance(answer, Message):
        return False
    Message.objects.filter(pk=answer.pk, not_after_at__gt=last).update(not_after_at=last)
    return answer.state == Message.State.QUEUED


def _still_asked(plan: Plan) -> bool:
    """Looked at again under the lock: the plan runs, and the person wants to hear of it."""
    wanted = Wish.objects.filter(debtor=plan.debt.debtor_id, instalment_texts=True).exists()
    return wanted and Plan.objects.filter(pk=plan.pk, state=Plan.State.RUNNING).exists()


def contact_of(person: standing.Standing) -> ContactPoint | None:
    """Where it goes: a contact proved to be theirs and not stopped, by the way they wish for, else the newest one."""
    wished = person.wish.channel if person.wish else ""
    usable = [
        one
        for one in person.contacts
        if one.verified_at
        and not one.blocked_at
        and not any(
            stop.channel == past.law_channel(one.channel) and stop.address in {"", str(one.pk)} for stop in person.stops
        )
    ]
    return max(usable, key=lambda one: (one.channel == wished, one.verified_at), default=None)


def _last_instant(plan: Plan, due: Due, now: datetime) -> datetime:
    """Until when it is worth saying: what is due, until its day ends where the creditor is."""
    what, line = due
    if what != DUE:
        return now + CAME_WITHIN
    zone = ZoneInfo(plan.debt.creditor.time_zone)
    return datetime.combine(line.due_on + timedelta(days=1), time.min, zone)


def _bears_on(hold: Hold, plan: Plan) -> bool:
    return hold.debtor_id == plan.debt.debtor_id and hold.debt_id in {None, plan.debt_id}


def _key(plan: Plan, due: Due) -> str:
    return instalment_key(due[0], plan, due[1])
