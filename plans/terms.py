"""What goes into a negotiation and what comes out: the ask, the policy, the debt's facts, the terms. All frozen.

Nothing here says who the person is: no name, sex, age or address, so that equal cases get equal terms.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounts.money import Money
from plans.schedule import Frequency, Instalment


class Shape(StrEnum):
    """even: the same each time; step_up: small first, more later; reduced: a reduced total; full: all at once;
    person: "I would rather ask a person".
    """

    EVEN = "even"
    STEP_UP = "step_up"
    REDUCED = "reduced"
    FULL = "full"
    PERSON = "person"


SHAPE_WORDS: Final = {
    Shape.EVEN: _("The same amount each time"),
    Shape.STEP_UP: _("Small first, more later"),
    Shape.REDUCED: _("One reduced payment"),
    Shape.FULL: _("Pay it all"),
    Shape.PERSON: _("I would rather ask a person"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asks for.

    `instalment`: each time (even), at first (step_up), or each time towards a reduced total (None there: all at once).
    `first_payment`: a larger first payment, where they offer one. Monthly days keep `anchor_day` (default: the day of
    `first_on`), or the month's end with `last_day`.
    """

    shape: Shape
    first_on: date
    frequency: Frequency = Frequency.MONTHLY
    instalment: Money | None = None
    first_payment: Money | None = None
    last_day: bool = False
    anchor_day: int | None = None

    def __post_init__(self):
        if self.anchor_day is not None and not 1 <= self.anchor_day <= 31:
            raise ValueError("anchor_day is a day of the month")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a creditor allows. Fields, names and units are those of `plans.models.PolicyVersion`.

    `shortest_months` bounds what is offered, never what a person may ask: paying sooner is always fine.
    `settlement_ladder` holds (payments at most, share off in basis points). Shares are basis points.
    """

    currency: str
    smallest_instalment_minor: int
    frequencies: tuple[Frequency, ...] = (Frequency.MONTHLY,)
    shortest_months: int = 1
    longest_months: int = 36
    down_payment_bp: int = 0
    latest_start_days: int = 45
    settlement_ladder: tuple[tuple[int, int], ...] = ()
    ask_share_bp: int = 5_000
    token_payment_minor: int | None = None
    budget_over_months: int = 24
    person_over_minor: int | None = None
    person_over_months: int | None = None
    rounds: int = 3
    offer_days: int = 14
    grace_days: int = 5
    breaks_after_missed: int = 3
    pause_days: tuple[int, ...] = (14, 30, 60)
    pauses_per_year: int = 2
    interest_runs: bool = False

    @classmethod
    def of(cls, row: Any) -> "Policy":
        """The policy that `row` (a PolicyVersion, or anything with its attributes) holds."""
        values = {field.name: getattr(row, field.name) for field in fields(cls)}
        values["frequencies"] = tuple(Frequency(name) for name in values["frequencies"])
        values["settlement_ladder"] = tuple((int(most), int(off)) for most, off in values["settlement_ladder"])
        values["pause_days"] = tuple(int(days) for days in values["pause_days"])
        return cls(**values)

    @property
    def smallest_instalment(self) -> Money:
        return Money(self.smallest_instalment_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtFacts:
    """The balance as the ledger has it, and how often this person's asks were already answered with offers."""

    balance: Money
    rounds_used: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A whole plan: what is paid, when, and what is given off. Frozen on a Plan as canonical JSON with its SHA-256.

    `total` is the sum of the instalments; total + discount is the balance. `first_on` and `last_on` are due days.
    ValueError if the instalments do not add up, are not numbered 1, 2, 3 … or do not follow each other.
    """

    shape: Shape
    frequency: Frequency
    instalments: tuple[Instalment, ...]
    total: Money
    discount: Money

    def __post_init__(self):
        if not self.instalments or sum(one.amount.minor for one in self.instalments) != self.total.minor:
            raise ValueError("the instalments do not add up to the total")
        if {one.amount.currency for one in self.instalments} | {self.discount.currency} != {self.total.currency}:
            raise ValueError("one plan, one currency")
        if any(one.amount.minor <= 0 for one in self.instalments) or self.discount.minor < 0:
            raise ValueError("an instalment must be positive, a discount not negative")
        days = [one.due_on for one in self.instalments]
        if [one.number for one in self.instalments] != list(range(1, len(days) + 1)) or sorted(set(days)) != days:
            raise ValueError("instalments follow each other, numbered from 1")

    @property
    def count(self) -> int:
        """How many payments."""
        return len(self.instalments)

    @property
    def first_on(self) -> date:
        return self.instalments[0].due_on

    @property
    def last_on(self) -> date:
        return self.instalments[-1].due_on

    @property
    def instalment(self) -> Money:
        """What is paid most times: the first payment, or the second where the first is a larger one."""
        first, *rest = self.instalments
        return rest[0].amount if len(rest) > 1 and rest[0].amount < first.amount else first.amount

    @property
    def largest(self) -> Money:
        """The largest single payment."""
        return max(one.amount for one in self.instalments)

    @property
    def months(self) -> int:
        """The term in months, rounded up."""
        return self.frequency.months(self.count)

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces, whole numbers and ISO days only. Equal terms, equal text."""
        data = {
            "currency": self.total.currency,
            "discount": self.discount.minor,
            "frequency": self.frequency.value,
            "instalments": [
                {
                    "amount": one.amount.minor,
                    "due_on": one.due_on.isoformat(),
                    "nominal_on": one.nominal_on.isoformat(),
                    "number": one.number,
                }
                for one in self.instalments
            ],
            "shape": self.shape.value,
            "total": self.total.minor,
            "version": 1,
        }
        return json.dumps(data, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Terms":
        """The terms that `to_json` wrote; ValueError if the text is anything else, however slightly."""
        try:
            data = json.loads(text)
            currency = data["currency"]
            terms = cls(
                shape=Shape(data["shape"]),
                frequency=Frequency(data["frequency"]),
                instalments=tuple(
                    Instalment(
                        one["number"],
                        date.fromisoformat(one["due_on"]),
                        date.fromisoformat(one["nominal_on"]),
                        Money(one["amount"], currency),
                    )
                    for one in data["instalments"]
                ),
                total=Money(data["total"], currency),
                discount=Money(data["discount"], currency),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not the JSON of terms: {error}") from error
        if terms.to_json() != text:
            raise ValueError("not the canonical JSON of these terms")
        return terms

    @property
    def sha256(self) -> str:
        """The hash of to_json(), in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()
