"""What of a plan is paid, due and late. Pure: computed from the ledger each time, never stored.

Receipts are the debt's payments less their reversals, effective from the day the plan was agreed. They fill the
instalments from the oldest on, whatever the person meant them for, so a reversal opens the newest one again.
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
    that. late: not all of it came, and its grace days are over.
    """

    RECEIVED = "received"
    PARTLY = "partly"
    NEXT = "next"
    LATER = "later"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Line:
    """One instalment and what came for it, in minor units."""

    number: int
    due_on: date
    amount_minor: int
    paid_minor: int
    state: State

    @property
    def left_minor(self) -> int:
        """What is still to come for this instalment."""
        return self.amount_minor - self.paid_minor


@dataclass(frozen=True, slots=True)
class Progress:
    """A plan on one day. Amounts in minor units of the plan's currency.

    `paid_minor` counts towards the plan, `over_minor` came on top of it; `due_now_minor` is what was due by today and
    has not come, grace days or not; `done` and `missed` count instalments received and late; `ahead` counts those
    received before their day.
    """

    lines: tuple[Line, ...]
    paid_minor: int
    left_minor: int
    over_minor: int
    due_now_minor: int
    done: int
    missed: int
    ahead: int

    @property
    def finished(self) -> bool:
        """Whether everything promised has come."""
        return self.left_minor == 0

    @property
    def next(self) -> Line | None:
        """The first instalment that is not late and not all received; None when there is none."""
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
) -> Progress:
    """Where a plan stands on `today`. No more than `most_minor`, what may be paid at all, is still expected.

    `receipts` are (effective day, minor units): payments positive, reversals negative, from the agreed day on, in any
    order; those effective after today do not count yet. An instalment is late once `grace_days` full days have passed
    after its due day. Reversals beyond what came count as nothing received.
    """
    received = max(0, sum(minor for day, minor in receipts if day <= today))
    grace = timedelta(days=grace_days)
    rest, opened = received, False
    lines = []
    for due, amount_minor in _expected(instalments, received, most_minor):
        paid = min(rest, amount_minor)
        rest -= paid
        if paid == amount_minor:
            state = State.RECEIVED
        elif due.due_on + grace < today:
            state = State.LATE
        elif paid:
            state, opened = State.PARTLY, True
        else:
            state, opened = (State.LATER if opened else State.NEXT), True
        lines.append(Line(due.number, due.due_on, amount_minor, paid, state))
    return Progress(
        lines=tuple(lines),
        paid_minor=received - rest,
        left_minor=sum(line.left_minor for line in lines),
        over_minor=rest,
        due_now_minor=sum(line.left_minor for line in lines if line.due_on <= today),
        done=sum(line.state is State.RECEIVED for line in lines),
        missed=sum(line.state is State.LATE for line in lines),
        ahead=sum(line.state is State.RECEIVED and line.due_on > today for line in lines),
    )


def _expected(instalments: Sequence[Due], received: int, most_minor: int | None) -> list[tuple[Due, int]]:
    """The instalments with what is expected of each: where less may be paid than was promised, the last give way."""
    dues = sorted(instalments, key=lambda one: one.number)
    promised = sum(due.amount_minor for due in dues)
    over = 0 if most_minor is None else max(0, promised - received - most_minor)
    expected = []
    for due in reversed(dues):
        cut = min(over, due.amount_minor)
        over -= cut
        if cut < due.amount_minor:
            expected.append((due, due.amount_minor - cut))
    return expected[::-1]
