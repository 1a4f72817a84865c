"""What is left, and how much of it may be asked."""

import pytest

from accounts.money import Money
from plans.affordability import (
    BOXES,
    MONEY_IN,
    MUST_PAY,
    OTHER,
    UNSURE,
    Budget,
    affordable,
    left_per_month,
    per_month,
    per_payment,
)
from plans.schedule import Frequency


def test_three_boxes_in_five_that_must_be_paid_five_others():
    assert (len(MONEY_IN), len(MUST_PAY), len(OTHER), len(set(BOXES))) == (3, 5, 5, 13)


@pytest.mark.parametrize(
    ("budget", "left"),
    [
        (None, None),
        (Budget(), None),
        (Budget(wages=UNSURE, home=100), None),
        (Budget(wages=0), 0),
        (Budget(wages=1_000), 1_000),
        (Budget(wages=1_000, benefits=200, other_income=UNSURE, home=300, food=None, anything_else=50), 850),
        (Budget(wages=1_000, home=900, other_debts=200), -100),
    ],
)
def test_what_is_left(budget, left):
    assert left_per_month(budget) == left


def test_every_box_counts_once():
    everything = Budget(**dict.fromkeys(BOXES, 100))
    assert left_per_month(everything) == 300 - 1_000


@pytest.mark.parametrize("bad", [-1, 1.5, "100", True])
def test_a_box_is_a_whole_number_or_nothing(bad):
    with pytest.raises(ValueError, match="wages"):
        Budget(wages=bad)


@pytest.mark.parametrize(
    ("left", "currency", "share", "frequency", "expected"),
    [
        (1_000_000, "TWD", 5_000, Frequency.MONTHLY, 500_000),
        (1_000_000, "TWD", 5_000, Frequency.WEEKLY, 115_300),
        (1_000_000, "TWD", 5_000, Frequency.FORTNIGHTLY, 230_700),
        (1_000_150, "TWD", 5_000, Frequency.MONTHLY, 500_000),
        (999, "CNY", 5_000, Frequency.MONTHLY, 499),
        (-5, "CNY", 5_000, Frequency.MONTHLY, 0),
        (100, "JPY", 0, Frequency.MONTHLY, 0),
    ],
)
def test_the_share_that_may_be_asked(left, currency, share, frequency, expected):
    assert affordable(Money(left, currency), share, frequency) == Money(expected, currency)


@pytest.mark.parametrize("frequency", list(Frequency))
def test_a_payment_is_never_more_than_its_month(frequency):
    for minor in (100, 999, 12_345, 9_999_900):
        monthly = Money(minor, "CNY")
        assert per_month(per_payment(monthly, frequency), frequency) <= monthly
