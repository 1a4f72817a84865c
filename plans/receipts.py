"""What came for a plan, read from the ledger: the database side of `plans.progress`.

A payment counts from the agreed day on, unless the ledger had it before the plan was agreed: then it is in the balance
the plan was made on. A reversal takes back only what counted. While a hold stops payments nothing falls due: an
instalment of those days is due when the hold ends. What the person put off is due on the day they chose. Where a part
of the debt is being checked that the plan was made on, the plan's last instalments wait for so much, and are due when
the check ends if their day was before. For a check that was taken back an instalment waits once: else pressing and
taking back, over and over, would put a plan off for ever.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, UUIDField

from accounts import disputes
from accounts.days import today_in
from accounts.models import Hold, LedgerEntry
from accounts.money import Money
from accounts.prepared import Prepared
from plans.models import Instalment, Plan
from plans.progress import Progress, from_the_end, progress

Receipts = list[tuple[date, int]]


@dataclass(frozen=True, slots=True)
class Moved:
    """An instalment with the day it is due when what the person moved and the holds are counted in."""

    number: int
    due_on: date
    amount_minor: int
    moved_to: date | None = None  # as it is read; where the holds are counted in, it is in `due_on`


def of(plan: Plan, *, now: datetime) -> Progress:
    """Where one plan stands now. Three queries: instalments, payments, holds."""
    return of_all([plan], now=now)[plan.pk]


def of_all(plans: Sequence[Plan], *, now: datetime) -> dict:
    """Where each of these plans stands now, by its id. They come with `debt__creditor` and `policy`, and best with
    `instalments` prefetched; two queries more however many there are.
    """
    received, held = receipts(plans), holds(plans)
    return {
        plan.pk: _standing(plan, plan.instalments.all(), received=received[plan.pk], held=held[plan.pk], now=now)
        for plan in plans
    }


def of_one(plan: Plan, *, known: Sequence[Hold], now: datetime) -> Progress:
    """The same for one plan, all of whose debtor's holds are `known`, as the home page asks it. Two queries."""
    dues = [Moved(*row) for row in _DUES(plan=plan.pk)]
    return _standing(plan, dues, received=receipts([plan])[plan.pk], held=holds([plan], known=known)[plan.pk], now=now)


def _standing(plan: Plan, instalments: Iterable, *, received: Receipts, held: list[Hold], now: datetime) -> Progress:
    zone = plan.debt.creditor.time_zone
    today = today_in(zone, now)
    dues = [Moved(one.number, one.moved_to or one.due_on, one.amount_minor) for one in instalments]
    most = _most(plan, received)
    waited: set[int] = set()  # for a check that was taken back
    for hold in held:
        waits = _of_part(plan, hold, held, dues, received, most) if hold.disputed_minor else dues
        moved = [_moved(one, hold, today=today, zone=zone) if one in waits else one for one in dues]
        if hold.ended_reason == disputes.WITHDRAWN:
            moved = [one if one.number in waited else new for one, new in zip(dues, moved, strict=True)]
            waited |= {one.number for one, new in zip(dues, moved, strict=True) if one != new}
        dues = moved
    return progress(
        instalments=dues,
        receipts=received,
        today=today,
        grace_days=plan.policy.grace_days,
        most_minor=most,
        payable_minor=max(0, plan.debt.payable.minor),
        checked_minor=sum(_part(plan, hold) for hold in held if hold.disputed_minor and _in_force(hold, now)),
    )


def _most(plan: Plan, received: Receipts) -> int:
    """What may still be asked for: what is owed, and where the plan takes something off, no more than its share of what
    the debt comes to by now. So what is taken off the debt itself, as after a check, is taken off the plan as well.
    """
    owed = max(0, plan.debt.balance_minor)
    if plan.total_minor == plan.balance_minor:
        return owed
    came = sum(minor for _day, minor in received)
    return max(0, _share(plan, owed + came) - came)


def _share(plan: Plan, minor: int) -> int:
    """How much of the plan so much of the debt is: all of it, or where the plan takes something off, as much less."""
    return Money(minor * plan.total_minor // max(1, plan.balance_minor), plan.debt.currency).ceil().minor


def _part(plan: Plan, hold: Hold) -> int:
    """How much of the plan the part in question is."""
    return _share(plan, hold.disputed_minor or 0)


def _of_part(plan: Plan, hold: Hold, held: list[Hold], dues: list[Moved], received: Receipts, most: int) -> list[Moved]:
    """The instalments that waited for a check of a part: the last of those that are owed, as many as it takes.

    None while it goes on: what of them is asked for meanwhile keeps its day. Of parts that were checked at the same
    time, one waits before the other.
    """
    if _end(hold) is None:
        return []
    beside = [one for one in held if one.disputed_minor and _overlap(one, hold)]
    gone = max(0, sum(one.amount_minor for one in dues) - sum(minor for _day, minor in received) - most)
    taken = from_the_end(dues, gone + sum(_part(plan, one) for one in beside))
    return [one for one, _left, cut in taken if cut]


def _overlap(one: Hold, other: Hold) -> bool:
    ends = _end(one), _end(other)
    return (ends[1] is None or one.from_at < ends[1]) and (ends[0] is None or other.from_at < ends[0])


def _payments(mine: QuerySet) -> QuerySet:
    came = mine.filter(kind=LedgerEntry.Kind.PAYMENT) | mine.filter(
        kind=LedgerEntry.Kind.REVERSAL, reverses__kind=LedgerEntry.Kind.PAYMENT
    )
    return came.values_list(
        "debt_id", "effective_on", "amount_minor", "posted_at", "reverses__effective_on", "reverses__posted_at"
    )


_INSTALMENTS = Instalment.objects.order_by("number").values_list(
    "number",
    "due_on",
    "amount_minor",
    "moved_to",  # type: ignore[misc]  # of the manager
)
_OF_ONE = Prepared(lambda debt: _payments(LedgerEntry.objects.filter(debt=debt)), debt=UUIDField())
_DUES = Prepared(lambda plan: _INSTALMENTS.filter(plan=plan), plan=UUIDField())


def receipts(plans: Iterable[Plan]) -> dict[object, Receipts]:
    """What counts towards each plan, as (effective day, minor units), reversals negative. One query."""
    by_debt = {plan.debt_id: plan for plan in plans}
    one = next(iter(by_debt)) if len(by_debt) == 1 else None
    rows = _OF_ONE(debt=one) if one else _payments(LedgerEntry.objects.filter(debt__in=by_debt))
    found: dict[object, Receipts] = defaultdict(list)
    for debt_id, day, minor, posted_at, first_day, first_posted_at in rows:
        plan = by_debt[debt_id]
        if (first_day or day) >= plan.agreed_on and (first_posted_at or posted_at) > plan.agreed_at:
            found[plan.pk].append((max(day, plan.agreed_on), -minor))
    return found


def holds(plans: Iterable[Plan], *, known: Sequence[Hold] | None = None) -> dict[object, list[Hold]]:
    """The holds that stop, or stopped, payments of each plan since it was agreed, or a part of what it was made on.

    Oldest first. One query, none where they are `known`.
    """
    by_debtor = defaultdict(list)
    for plan in plans:
        by_debtor[plan.debt.debtor_id].append(plan)
    if known is None:
        bears = Q(stops_payments=True) | Q(disputed_minor__isnull=False)
        known = list(Hold.objects.filter(bears, debtor__in=by_debtor))
    found: dict[object, list[Hold]] = defaultdict(list)
    for hold in sorted(known, key=lambda hold: hold.from_at):
        for plan in by_debtor[hold.debtor_id]:
            if hold.debt_id in (None, plan.debt_id) and _bears_on(hold, plan):
                found[plan.pk].append(hold)
    return found


def _bears_on(hold: Hold, plan: Plan) -> bool:
    """A part that was in question before the plan was agreed is no part of the plan."""
    if hold.disputed_minor:
        return hold.from_at >= plan.agreed_at
    return hold.stops_payments and ((end := _end(hold)) is None or end > plan.agreed_at)


def held_now(held: Iterable[Hold], now: datetime) -> bool:
    """Whether one of these holds stops all payments now."""
    return any(hold.stops_payments and _in_force(hold, now) for hold in held)


def _in_force(hold: Hold, now: datetime) -> bool:
    return hold.from_at <= now and ((end := _end(hold)) is None or end > now)


def _end(hold: Hold) -> datetime | None:
    ends = [end for end in (hold.until_at, hold.ended_at) if end is not None]
    return min(ends, default=None)


def _moved(one: Moved, hold: Hold, *, today: date, zone: str) -> Moved:
    """The same instalment, due when the hold ends if its day is one of the hold's."""
    start, end = hold.from_at.astimezone(ZoneInfo(zone)).date(), _end(hold)
    last = max(one.due_on, today) if end is None else end.astimezone(ZoneInfo(zone)).date()
    return replace(one, due_on=last) if start <= one.due_on < last else one
