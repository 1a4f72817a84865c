"""What came for a plan, read from the ledger: the database side of `plans.progress`.

A payment counts from the agreed day on, unless the ledger had it before the plan was agreed: then it is in the balance
the plan was made on. A reversal takes back only what counted. While a hold stops payments nothing falls due: an
instalment of those days is due when the hold ends. What the person put off is due on the day they chose.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, UUIDField

from accounts.days import today_in
from accounts.models import Hold, LedgerEntry
from accounts.prepared import Prepared
from plans.models import Instalment, Plan
from plans.progress import Progress, progress

Receipts = list[tuple[date, int]]


@dataclass(frozen=True, slots=True)
class Moved:
    """An instalment with the day it is due when what the person moved and the holds are counted in."""

    number: int
    due_on: date
    amount_minor: int
    moved_to: date | None = None  # where the holds are still to be counted in


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
    dues = [_moved(one, held, today=today, zone=zone) for one in instalments]
    return progress(
        instalments=dues,
        receipts=received,
        today=today,
        grace_days=plan.policy.grace_days,
        most_minor=max(0, plan.debt.payable.minor),
    )


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
    """The holds that stop, or stopped, payments since each plan was agreed. One query, none where they are `known`."""
    by_debtor = defaultdict(list)
    for plan in plans:
        by_debtor[plan.debt.debtor_id].append(plan)
    if known is None:
        known = list(Hold.objects.filter(debtor__in=by_debtor, stops_payments=True))
    stopping = sorted((hold for hold in known if hold.stops_payments), key=lambda hold: hold.from_at)
    found: dict[object, list[Hold]] = defaultdict(list)
    for hold in stopping:
        for plan in by_debtor[hold.debtor_id]:
            if hold.debt_id in (None, plan.debt_id) and ((end := _end(hold)) is None or end > plan.agreed_at):
                found[plan.pk].append(hold)
    return found


def held_now(held: Iterable[Hold], now: datetime) -> bool:
    """Whether one of these holds is in force."""
    return any(hold.from_at <= now and ((end := _end(hold)) is None or end > now) for hold in held)


def _end(hold: Hold) -> datetime | None:
    ends = [end for end in (hold.until_at, hold.ended_at) if end is not None]
    return min(ends, default=None)


def _moved(one, held: list[Hold], *, today: date, zone: str) -> Moved:
    due_on = one.moved_to or one.due_on
    for hold in held:
        start, end = hold.from_at.astimezone(ZoneInfo(zone)).date(), _end(hold)
        last = max(due_on, today) if end is None else end.astimezone(ZoneInfo(zone)).date()
        if start <= due_on < last:
            due_on = last
    return Moved(one.number, due_on, one.amount_minor)
