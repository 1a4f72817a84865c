"""Why an answer is what it is: one sentence each, in the person's language.

A reason is a code with its values, so that it can be stored and said again in any language.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.money import Money

Value = Money | int | date


class Code(StrEnum):
    # of an agreement
    FITS = "fits"
    LAST_SMALLER = "last_smaller"
    DAYS_MOVED = "days_moved"
    SHARE_OFF = "share_off"
    # what stands in the way of the ask as it is
    FREQUENCY = "frequency"
    FIRST_TOO_SOON = "first_too_soon"
    FIRST_TOO_LATE = "first_too_late"
    BELOW_SMALLEST = "below_smallest"
    TERM = "term"
    TERM_BY_LAW = "term_by_law"
    TERM_NEEDS_PERSON = "term_needs_person"
    YEARLY_SHARE_BY_LAW = "yearly_share_by_law"
    FIRST_PAYMENT = "first_payment"
    ABOVE_AFFORDABLE = "above_affordable"
    NO_SETTLEMENT = "no_settlement"
    SETTLEMENT_PAYMENTS = "settlement_payments"
    # what would make it possible
    POSSIBLE_FROM = "possible_from"
    # why a person looks
    ASKED_PERSON = "asked_person"
    AMOUNT_NEEDS_PERSON = "amount_needs_person"
    BUDGET_NEEDED = "budget_needed"
    BELOW_ZERO = "below_zero"
    TOKEN_POSSIBLE = "token_possible"  # noqa: S105 - a small payment, not a secret
    NOTHING_FITS = "nothing_fits"
    ROUNDS_USED = "rounds_used"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code and its values, as sorted pairs."""

    code: Code
    values: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, code: Code, **values: Value) -> "Reason":
        return cls(code, tuple(sorted(values.items())))

    def to_data(self) -> dict[str, Any]:
        """Plain data for a JSON column."""
        return {"code": self.code.value, **{name: _plain(value) for name, value in self.values}}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Reason":
        """The reason that `to_data` wrote; KeyError or ValueError for anything else."""
        values = {name: _value(raw) for name, raw in data.items() if name != "code"}
        return cls.of(Code(data["code"]), **values)


def _plain(value: Value) -> Any:
    if isinstance(value, Money):
        return [value.minor, value.currency]
    return value.isoformat() if isinstance(value, date) else value


def _value(raw: Any) -> Value:
    if isinstance(raw, list):
        return Money(*raw)
    return date.fromisoformat(raw) if isinstance(raw, str) else raw


SENTENCES: Final[Mapping[Code, str | Promise]] = {
    Code.FITS: _("This fits what can be agreed at once."),
    Code.LAST_SMALLER: _("The last payment is smaller: %(amount)s."),
    Code.DAYS_MOVED: _("Where banks are closed, the date moves to the next working day. Dates moved: %(n)s."),
    Code.SHARE_OFF: _("If you keep to it, %(amount)s is taken off."),
    Code.FREQUENCY: _("Payments this often are not possible here. The nearest rhythm is shown."),
    Code.FIRST_TOO_SOON: _("The first payment can be on %(day)s at the earliest."),
    Code.FIRST_TOO_LATE: _("The first payment can be on %(day)s at the latest."),
    Code.BELOW_SMALLEST: _("The smallest payment that can be agreed at once is %(amount)s."),
    Code.TERM: _("With this amount the plan would be longer than %(n)s months."),
    Code.TERM_BY_LAW: _("The rules of your region allow plans of up to %(n)s months."),
    Code.TERM_NEEDS_PERSON: _("A person looks at plans longer than %(n)s months."),
    Code.YEARLY_SHARE_BY_LAW: _("The rules of your region ask for at least %(percent)s%% each year."),
    Code.FIRST_PAYMENT: _("The first payment would need to be %(amount)s."),
    Code.ABOVE_AFFORDABLE: _(
        "By your figures, more than %(amount)s each time could leave you short. We do not ask for more."
    ),
    Code.NO_SETTLEMENT: _("A reduced amount is not possible here at the moment."),
    Code.SETTLEMENT_PAYMENTS: _("A reduced amount can be paid in up to this many payments: %(n)s."),
    Code.POSSIBLE_FROM: _("From %(amount)s each time, this can be agreed at once."),
    Code.ASKED_PERSON: _("You asked for a person to look."),
    Code.AMOUNT_NEEDS_PERSON: _("A person looks at every plan for an amount of this size."),
    Code.BUDGET_NEEDED: _("For plans longer than %(n)s months we look at what you have left each month first."),
    Code.BELOW_ZERO: _("Your income does not cover everyday costs at the moment. Pausing first may help."),
    Code.TOKEN_POSSIBLE: _(
        "A small payment of %(amount)s each month may be possible. A person will look at it with you."
    ),
    Code.NOTHING_FITS: _(
        "No plan that we can agree by ourselves fits what you can manage. A person will look for a way."
    ),
    Code.ROUNDS_USED: _("We have suggested what we can. A person will look at your idea now."),
    Code.CURRENCY: _("A person looks at plans in this currency."),
}


def sentence(reason: Reason, *, language: str, region: str, day: Callable[[date, str, str], str]) -> str:
    """The reason as one sentence in the active language. `day` writes a day: (day, language, region) -> text."""
    shown: dict[str, str] = {}
    for name, value in reason.values:
        if isinstance(value, Money):
            shown[name] = value.format(language, region)
        else:
            shown[name] = day(value, language, region) if isinstance(value, date) else str(value)
    return str(SENTENCES[reason.code]) % shown
