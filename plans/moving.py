"""Moving one payment of a plan to a later day (P22): at once, and nobody has to allow it, twice in a plan.

What was agreed is not touched: a move stands beside it (`plans.models.Move`), and progress counts from the later day.
The rules for it are ours; a creditor's policy knows none of its own.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from accounts import helper, history, limitation
from accounts.days import next_working_day, today_in
from accounts.models import Debtor, Helper
from plans import messages, receipts, situation
from plans.models import Move, Plan
from plans.progress import Line
from plans.refusals import MayBeTooOld, PlanEnded, Refusal

MOST_DAYS: Final = 14  # from the day it is due, or from today where that has passed
MOST_MOVES: Final = 2  # in one plan; after that a person is asked
NEAR: Final = (3, 5, 7, 10, MOST_DAYS)  # days later that are offered


class NotMovable(Refusal):
    """The payment came, the moves are used up, or the day is none of those offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The payment that may be put off, the working days to choose from, and how many moves are left with this one.

    Without days there is nothing to move, or `left` is 0.
    """

    line: Line | None
    days: tuple[date, ...]
    left: int


def options(plan: Plan, *, now: datetime) -> Options:
    """What may be moved now: the oldest late payment, else the next one. Five queries."""
    left = max(0, MOST_MOVES - Move.objects.filter(plan=plan).count())
    standing = receipts.of(plan, now=now)
    line = standing.oldest_late or standing.next
    if plan.state != Plan.State.RUNNING or line is None:
        return Options(line=None, days=(), left=left)
    return Options(line=line, days=_days(plan, line, now) if left else (), left=left)


@transaction.atomic
def move(*, plan: Plan, number: int, to_on: date, by: Debtor | Helper, now: datetime) -> Move:
    """Put payment `number` off to `to_on`, one of the days offered. The same again gives the first move.

    A reminder that names the old day is cancelled. Raises PlanEnded, NotMovable or MayBeTooOld.
    """
    situation.locked(plan.debt)
    same = Move.objects.filter(plan=plan, number=number, to_on=to_on).first()
    if same is not None:
        return same
    plan = Plan.objects.select_related("debt__creditor", "debt__debtor", "policy").get(pk=plan.pk)
    if plan.state != Plan.State.RUNNING:
        raise PlanEnded
    if limitation.must_warn(plan.debt, by=by, today=today_in(plan.debt.debtor.time_zone, now)):
        raise MayBeTooOld
    may = options(plan, now=now)
    if may.line is None or may.line.number != number or to_on not in may.days:
        raise NotMovable
    made = Move.objects.create(plan=plan, number=number, from_on=may.line.due_on, to_on=to_on, at=now)
    cancelled = messages.drop_reminders(plan, number=number, now=now)
    data = {"number": number, "from": may.line.due_on.isoformat(), "to": to_on.isoformat(), "cancelled": cancelled}
    history.record(by=by, act="plan.date_moved", on=plan, debtor=plan.debt.debtor, now=now, data=data)
    helper.tell(by=by, act="plan.date_moved", on=made, debtor=plan.debt.debtor, now=now)
    return made


def _days(plan: Plan, line: Line, now: datetime) -> tuple[date, ...]:
    creditor = plan.debt.creditor
    start = max(line.due_on, today_in(creditor.time_zone, now))
    found = (next_working_day(start + timedelta(days=count), creditor.region) for count in NEAR)
    return tuple(sorted(set(found)))
