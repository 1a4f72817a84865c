"""What of a plan is paid, due and late. Pure: computed from the ledger each time, never stored.

Receipts are the debt's payments less their reversals, effective from the day the plan was agreed. They fill the
instalments from the oldest on, whatever the person meant them for, so a reversal opens the newest one again. What of
the debt is being checked is asked of nobody meanwhile: the newest instalments wait for it, and no amount is lost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol


class Due(Protocol):
    """A promised payment: `plans.schedule.Instalment` and `plans.models.Instalment` both are one."""

    @property
    def number(self) -> int: ...
    @property
    def due_on(self) -> date: ...
    @property
    def amount_minor(self) -> int: ...


class State(StrEnum):
    """received: all of it came. partly: some came, and it is not late. next: the first still to come. later: after
    that. late: not all of it came, and its grace days are over. checked: what did not come of it is being checked.
    """

    RECEIVED = "received"
    PARTLY = "partly"
    NEXT = "next"
    LATER = "later"
    LATE = "late"
    CHECKED = "checked"


@dataclass(frozen=True, slots=True)
class Line:
    """One instalment, what came for it, and what of it waits for a check, in minor units."""

    number: int
    due_on: date
    amount_minor: int
    paid_minor: int
    state: State
    checked_minor: int = 0

    @property
    def left_minor(self) -> int:
        """What is still asked for of this instalment."""
        return self.amount_minor - self.paid_minor - self.checked_minor


@dataclass(frozen=True, slots=True)
class Progress:
    """A plan on one day. Amounts in minor units of the plan's currency.

    `paid_minor` counts towards the plan, `over_minor` came on top of it; `left_minor` is still asked for, and
    `checked_minor` waits for a check; `due_now_minor` is what was due by today and has not come, grace days or not;
    `done` and `missed` count instalments received and late; `ahead` counts those received before their day.
    """

    lines: tuple[Line, ...]
    paid_minor: int
    left_minor: int
    checked_minor: int
    over_minor: int
    due_now_minor: int
    done: int
    missed: int
    ahead: int

    @property
    def finished(self) -> bool:
        """Whether everything promised has come."""
        return self.left_minor + self.checked_minor == 0

    @property
    def next(self) -> Line | None:
        """The first instalment that is asked for and not late; None when there is none."""
        return next((line for line in self.lines if line.state in (State.NEXT, State.PARTLY, State.LATER)), None)

    @property
    def oldest_late(self) -> Line | None:
        """The first late instalment, if any."""
        return next((line for line in self.lines if line.state is State.LATE), None)


def progress(
    *,
    instalments: Sequence[Due],
    receipts: Iterable[tuple[date, int]],
    today: date,
    grace_days: int,
    most_minor: int | None = None,
    payable_minor: int | None = None,
    checked_minor: int = 0,
) -> Progress:
    """Where a plan stands on `today`. No more than `most_minor`, what is owed at all, is still expected.

    Of it the last `checked_minor` wait for a check, or more, so that no more than `payable_minor` is asked for.
    `receipts` are (effective day, minor units): payments positive, reversals negative, from the agreed day on, in any
    order; those effective after today do not count yet. An instalment is late once `grace_days` full days have passed
    after its due day. Reversals beyond what came count as nothing received.
    """
    received = max(0, sum(minor for day, minor in receipts if day <= today))
    grace = timedelta(days=grace_days)
    expected = _expected(instalments, received, most_minor)
    still = max(0, sum(minor for _due, minor in expected) - received)
    over_payable = 0 if payable_minor is None else still - payable_minor
    waits = min(still, max(0, checked_minor, over_payable))
    rest, asked, opened = received, still - waits, False
    lines = []
    for due, amount_minor in expected:
        paid = min(rest, amount_minor)
        left = min(asked, amount_minor - paid)
        rest, asked = rest - paid, asked - left
        state = _state(paid, left, amount=amount_minor, late=due.due_on + grace < today, opened=opened)
        opened = opened or state in (State.PARTLY, State.NEXT)
        lines.append(Line(due.number, due.due_on, amount_minor, paid, state, amount_minor - paid - left))
    return _summed(tuple(lines), received, today)


def _state(paid: int, left: int, *, amount: int, late: bool, opened: bool) -> State:
    """Of one instalment, in minor units; `opened`: an earlier one is still to come."""
    if paid == amount:
        return State.RECEIVED
    if not left:
        return State.CHECKED
    if late:
        return State.LATE
    if paid:
        return State.PARTLY
    return State.LATER if opened else State.NEXT


def _summed(lines: tuple[Line, ...], received: int, today: date) -> Progress:
    paid = sum(line.paid_minor for line in lines)
    return Progress(
        lines=lines,
        paid_minor=paid,
        left_minor=sum(line.left_minor for line in lines),
        checked_minor=sum(line.checked_minor for line in lines),
        over_minor=received - paid,
        due_now_minor=sum(line.left_minor for line in lines if line.due_on <= today),
        done=sum(line.state is State.RECEIVED for line in lines),
        missed=sum(line.state is State.LATE for line in lines),
        ahead=sum(line.state is State.RECEIVED and line.due_on > today for line in lines),
    )


def _expected(instalments: Sequence[Due], received: int, most_minor: int | None) -> list[tuple[Due, int]]:
    """The instalments with what is expected of each: where less is owed than was promised, the last give way."""
    dues = sorted(instalments, key=lambda one: one.number)
    promised = sum(due.amount_minor for due in dues)
    over = 0 if most_minor is None else max(0, promised - received - most_minor)
    return [(due, minor) for due, minor, _cut in from_the_end(dues, over) if minor]


def from_the_end[D: Due](dues: Sequence[D], minor: int) -> list[tuple[D, int, int]]:
    """Each instalment, with what is left of it and what was taken when `minor` is taken from the last one on."""
    taken = []
    for due in reversed(dues):
        cut = min(minor, due.amount_minor)
        minor -= cut
        taken.append((due, due.amount_minor - cut, cut))
    return taken[::-1]
