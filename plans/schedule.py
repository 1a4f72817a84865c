"""When a plan's payments fall due and how large each is. Pure.

Due days are always counted from the anchor (the first day and its day of the month), never from the
payment before, so a month's end does not drift: 31 January, 28 February, 31 March. A day the banks of
the region are closed moves to the next working day; the nominal day is kept beside it.

Amounts are multiples of the currency's step and add up exactly: the last payment takes the rest.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.days import next_working_day
from accounts.money import Money

MOST_INSTALMENTS = 600  # weekly for eleven years; above it something was typed wrong


class TooManyInstalments(ValueError):
    """The amount asked is so small that the plan would have more than MOST_INSTALMENTS payments."""


class Frequency(StrEnum):
    MONTHLY = "monthly"
    FORTNIGHTLY = "fortnightly"
    WEEKLY = "weekly"

    @property
    def per_year(self) -> int:
        """Payments in a year: 12, 26 or 52."""
        return {"monthly": 12, "fortnightly": 26, "weekly": 52}[self]

    def most_in(self, months: int) -> int:
        """How many payments fit a term of `months`: 60 months are 60, 130 or 260 payments."""
        return months * self.per_year // 12

    def months(self, count: int) -> int:
        """The term in months of `count` payments, rounded up: the inverse of most_in."""
        return -(-count * 12 // self.per_year)


FREQUENCY_WORDS: Final = {
    Frequency.MONTHLY: _("Once a month"),
    Frequency.FORTNIGHTLY: _("Every two weeks"),
    Frequency.WEEKLY: _("Once a week"),
}


@dataclass(frozen=True, slots=True)
class Instalment:
    """One promised payment: `number` from 1; `due_on` is a working day, `nominal_on` the day before it was moved."""

    number: int
    due_on: date
    nominal_on: date
    amount: Money

    @property
    def moved(self) -> bool:
        """Whether the day was moved because banks are closed on the nominal day."""
        return self.due_on != self.nominal_on

    @property
    def amount_minor(self) -> int:
        """The amount in minor units."""
        return self.amount.minor


def by_instalment(total: Money, instalment: Money, *, first: Money | None = None) -> tuple[Money, ...]:
    """`total` paid `instalment` at a time (rounded down to the step); the last is what remains, never a step more.

    `first` is a larger first payment. ValueError if total or instalment is not positive.
    """
    return rising(total, instalment, instalment, small=0, first=first)


def rising(
    total: Money, instalment: Money, later: Money, *, small: int, first: Money | None = None
) -> tuple[Money, ...]:
    """Small first, more later: `small` payments of `instalment`, then `later` each; the last is what remains."""
    each, more = instalment.floor(), later.floor()
    if total.minor <= 0 or each.minor <= 0 or more.minor <= 0:
        raise ValueError("total and instalments must be positive, at least one step")
    amounts: list[Money] = []
    left = total
    if first is not None:
        amounts.append(_next(first.floor(), left))
        left -= amounts[0]
    _check(len(amounts) + min(small, left.minor // each.minor) + max(0, left.minor - each.minor * small) // more.minor)
    while left.minor > 0:
        amounts.append(_next(each if len(amounts) < small else more, left))
        left -= amounts[-1]
    return tuple(amounts)


def _next(amount: Money, left: Money) -> Money:
    """The next payment; it takes the rest when that is less than can be paid on its own."""
    return left if left.minor - amount.minor < left.step else amount


def _check(count: int) -> None:
    if count > MOST_INSTALMENTS:
        raise TooManyInstalments(count)


def nominal_days(
    first_on: date, count: int, frequency: Frequency, *, last_day: bool = False, anchor_day: int | None = None
) -> tuple[date, ...]:
    """`count` days, each computed from the anchor and its number alone.

    Monthly days keep `anchor_day` (default: the day of `first_on`; 31 with `last_day`), cut to the month's
    end. With `last_day` the first is the last day of the month of `first_on`.
    """
    if frequency is not Frequency.MONTHLY:
        apart = timedelta(days=7 if frequency is Frequency.WEEKLY else 14)
        return tuple(first_on + apart * k for k in range(count))
    day = 31 if last_day else anchor_day or first_on.day
    return tuple(_months_later(first_on, k, day) for k in range(count))


def _months_later(first_on: date, months: int, day: int) -> date:
    """That day of the month so many months later, or the month's last."""
    year, month = divmod(first_on.year * 12 + first_on.month - 1 + months, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def place(
    amounts: Sequence[Money],
    *,
    first_on: date,
    frequency: Frequency,
    region: str,
    last_day: bool = False,
    anchor_day: int | None = None,
) -> tuple[Instalment, ...]:
    """The instalments of these amounts, each due on a working day of `region`, strictly one after the other."""
    nominal = nominal_days(first_on, len(amounts), frequency, last_day=last_day, anchor_day=anchor_day)
    placed: list[Instalment] = []
    for number, (day, amount) in enumerate(zip(nominal, amounts, strict=True), start=1):
        # A week in which banks stay shut (the autumn holiday) may push two weekly payments onto one day.
        earliest = max(day, placed[-1].due_on + timedelta(days=1)) if placed else day
        placed.append(Instalment(number, next_working_day(earliest, region), day, amount))
    return tuple(placed)
