"""What is left each month, and how much of it may be asked. Pure.

A budget is three boxes of money in, five that must be paid and five others, each a whole number of minor units a month
in the currency of the debt, `None` (not given) or UNSURE. Nobody is asked for one unless a policy needs it.
"""

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext_lazy as _

from accounts.money import Money
from plans.schedule import Frequency

UNSURE: Final = "unsure"
Box = int | Literal["unsure"] | None

MONEY_IN: Final = ("wages", "benefits", "other_income")
MUST_PAY: Final = ("home", "food", "utilities", "travel", "children")
OTHER: Final = ("health", "insurance", "family_support", "other_debts", "anything_else")
BOXES: Final = MONEY_IN + MUST_PAY + OTHER
WORDS: Final = {
    "wages": _("Wages"),
    "benefits": _("Pension or support payments"),
    "other_income": _("Other money coming in"),
    "home": _("Home: rent or mortgage"),
    "food": _("Food"),
    "utilities": _("Water, power and phone"),
    "travel": _("Travel"),
    "children": _("Children and care"),
    "health": _("Health"),
    "insurance": _("Insurance"),
    "family_support": _("Support for family"),
    "other_debts": _("Other payments you make"),
    "anything_else": _("Anything else"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Amounts a month in minor units; 0 is nothing, None is not given, UNSURE is "I am not sure"."""

    wages: Box = None
    benefits: Box = None
    other_income: Box = None
    home: Box = None
    food: Box = None
    utilities: Box = None
    travel: Box = None
    children: Box = None
    health: Box = None
    insurance: Box = None
    family_support: Box = None
    other_debts: Box = None
    anything_else: Box = None

    def __post_init__(self) -> None:
        for name in BOXES:
            value = getattr(self, name)
            if value is not None and value != UNSURE and (type(value) is not int or value < 0):
                raise ValueError(f"{name}: a whole number of minor units, None or {UNSURE!r}")


def left_per_month(budget: Budget | None) -> int | None:
    """Money in less everything else, in minor units a month; may be negative.

    None when no money in was given as a number (or there is no budget): what is left is then unknown. A box not
    given or not sure counts as nothing.
    """
    if budget is None or not any(isinstance(getattr(budget, name), int) for name in MONEY_IN):
        return None
    return _sum(budget, MONEY_IN) - _sum(budget, MUST_PAY) - _sum(budget, OTHER)


def affordable(left: Money, share_bp: int, frequency: Frequency) -> Money:
    """The largest payment that may be asked: `share_bp` of what is left a month, for each payment of `frequency`.

    Rounded down to the step; nothing when nothing is left.
    """
    return per_payment(Money(max(left.minor, 0) * share_bp // 10_000, left.currency), frequency)


def per_payment(monthly: Money, frequency: Frequency) -> Money:
    """An amount a month as an amount a payment (monthly x 12 / payments in a year), rounded down to the step."""
    return Money(monthly.minor * 12 // frequency.per_year, monthly.currency).floor()


def per_month(payment: Money, frequency: Frequency) -> Money:
    """An amount a payment as an amount a month, rounded down to the step."""
    return Money(payment.minor * frequency.per_year // 12, payment.currency).floor()


def _sum(budget: Budget, names: tuple[str, ...]) -> int:
    return sum(value for name in names if isinstance(value := getattr(budget, name), int))


def taken(largest: Money | None, total: Money, frequency: Frequency, left_minor: int) -> int | None:
    """How much of what is left each month a plan takes, in basis points, rounded up; None where nothing is left.

    `largest` of its payments; None where there is one alone.
    """
    if left_minor <= 0:
        return None
    monthly = per_month(largest, frequency).minor if largest else total.minor
    return -(-monthly * 10_000 // left_minor)
