"""Amounts add up exactly; due days hang on the anchor, not on the payment before."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.days import next_working_day, working_day
from accounts.money import Money
from plans.schedule import (
    MOST_INSTALMENTS,
    Frequency,
    TooManyInstalments,
    by_instalment,
    nominal_days,
    place,
    rising,
)

CURRENCIES = ("TWD", "CNY", "HKD", "USD", "JPY")
totals = st.builds(Money, st.integers(1, 10**11), st.sampled_from(CURRENCIES))


def minors(amounts):
    return [one.minor for one in amounts]


@pytest.mark.parametrize(
    ("total", "each", "first", "expected"),
    [
        (100_000, 33_300, None, [33_300, 33_300, 33_300, 100]),
        (100_000, 25_000, None, [25_000] * 4),
        (100_000, 33_350, None, [33_300, 33_300, 33_300, 100]),  # rounded down to a whole dollar
        (100_050, 50_000, None, [50_000, 50_050]),  # half a dollar cannot be paid alone
        (100_000, 100_000, None, [100_000]),
        (100_000, 200_000, None, [100_000]),
        (100_000, 30_000, 50_000, [50_000, 30_000, 20_000]),
        (100_000, 30_000, 200_000, [100_000]),
    ],
)
def test_by_instalment(total, each, first, expected):
    payments = by_instalment(Money(total, "TWD"), Money(each, "TWD"), first=first and Money(first, "TWD"))
    assert minors(payments) == expected


@pytest.mark.parametrize(
    ("total", "each", "later", "small", "expected"),
    [
        (100_000, 10_000, 20_000, 3, [10_000] * 3 + [20_000] * 3 + [10_000]),
        (25_000, 10_000, 20_000, 3, [10_000, 10_000, 5_000]),
        (100_000, 10_000, 10_000, 3, [10_000] * 10),
    ],
)
def test_small_first_more_later(total, each, later, small, expected):
    assert minors(rising(Money(total, "TWD"), Money(each, "TWD"), Money(later, "TWD"), small=small)) == expected


def test_what_cannot_be_spread_is_refused():
    with pytest.raises(ValueError, match="positive"):
        by_instalment(Money(100_000, "TWD"), Money(50, "TWD"))
    with pytest.raises(ValueError, match="positive"):
        by_instalment(Money(0, "TWD"), Money(100, "TWD"))
    with pytest.raises(TooManyInstalments):
        by_instalment(Money(10**13, "CNY"), Money(1, "CNY"))


@given(totals, st.integers(1, MOST_INSTALMENTS), st.booleans(), st.integers(1, 3))
def test_instalments_add_up_exactly(total, count, step_up, times):
    each = Money(max(total.minor // count, total.step), total.currency).ceil()
    payments = rising(total, each, each.times(times), small=count // 2) if step_up else by_instalment(total, each)
    assert sum(minors(payments)) == total.minor
    assert all(one.minor > 0 for one in payments)
    assert all(one.minor % total.step == 0 for one in payments[:-1])
    assert payments[-1].minor < each.times(times).minor + total.step
    assert len(payments) == 1 or payments[-1].minor >= total.step


MONTH_ENDS = [
    (date(2026, 1, 31), False, None, ["01-31", "02-28", "03-31", "04-30", "05-31"]),
    (date(2028, 1, 31), False, None, ["01-31", "02-29", "03-31", "04-30", "05-31"]),
    (date(2026, 1, 30), False, None, ["01-30", "02-28", "03-30", "04-30", "05-30"]),
    (date(2026, 2, 28), False, None, ["02-28", "03-28", "04-28", "05-28", "06-28"]),
    (date(2026, 2, 28), True, None, ["02-28", "03-31", "04-30", "05-31", "06-30"]),
    (date(2026, 2, 10), True, None, ["02-28", "03-31", "04-30", "05-31", "06-30"]),
    (date(2026, 4, 30), False, 31, ["04-30", "05-31", "06-30", "07-31", "08-31"]),
    (date(2026, 2, 28), False, 30, ["02-28", "03-30", "04-30", "05-30", "06-30"]),
    (date(2026, 10, 31), False, None, ["10-31", "11-30", "12-31", "01-31", "02-28"]),
    (date(2026, 3, 5), False, None, ["03-05", "04-05", "05-05", "06-05", "07-05"]),
]


@pytest.mark.parametrize(("first_on", "last_day", "anchor", "expected"), MONTH_ENDS)
def test_month_ends_do_not_drift(first_on, last_day, anchor, expected):
    days = nominal_days(first_on, 5, Frequency.MONTHLY, last_day=last_day, anchor_day=anchor)
    assert [f"{day:%m-%d}" for day in days] == expected


@pytest.mark.parametrize(("frequency", "apart"), [(Frequency.WEEKLY, 7), (Frequency.FORTNIGHTLY, 14)])
def test_weeks_keep_their_weekday(frequency, apart):
    days = nominal_days(date(2026, 12, 31), 60, frequency)
    assert {(later - earlier).days for earlier, later in pairwise(days)} == {apart}


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(1, 60), st.sampled_from(list(Frequency)))
def test_the_kth_day_needs_only_the_anchor_and_k(first_on, count, frequency):
    days = nominal_days(first_on, count, frequency)
    assert days[-1] == nominal_days(first_on, count + 7, frequency)[count - 1]
    assert days[0] == first_on
    assert all(earlier < later for earlier, later in pairwise(days))


@given(
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    st.integers(1, 40),
    st.sampled_from(list(Frequency)),
    st.sampled_from(["tw", "cn", "hk", "us", "uk", "eu"]),
    st.booleans(),
)
def test_each_payment_is_due_on_a_working_day_after_the_one_before(first_on, count, frequency, region, last_day):
    placed = place(
        [Money(100, "CNY")] * count, first_on=first_on, frequency=frequency, region=region, last_day=last_day
    )
    assert [one.number for one in placed] == list(range(1, count + 1))
    assert all(earlier.due_on < later.due_on for earlier, later in pairwise(placed))
    for one in placed:
        assert working_day(one.due_on, region)
        assert one.nominal_on <= one.due_on
        assert one.moved == (one.due_on != one.nominal_on)
        if working_day(one.nominal_on, region) and frequency is Frequency.MONTHLY:
            assert not one.moved


def test_a_week_without_working_days_still_gives_two_days():
    placed = place([Money(100, "CNY")] * 3, first_on=date(2026, 10, 1), frequency=Frequency.WEEKLY, region="cn")
    assert [one.due_on for one in placed] == [date(2026, 10, 8), date(2026, 10, 9), date(2026, 10, 15)]
    assert placed[0].due_on == next_working_day(date(2026, 10, 1), "cn")


@pytest.mark.parametrize("frequency", list(Frequency))
def test_a_term_and_its_payments_agree(frequency):
    assert [frequency.most_in(60), frequency.most_in(12)] == [frequency.per_year * 5, frequency.per_year]
    for count in range(1, 300):
        months = frequency.months(count)
        assert frequency.most_in(months) >= count > frequency.most_in(months - 1)


def test_five_years_fit_sixty_months():
    last = nominal_days(date(2026, 12, 1), 60, Frequency.MONTHLY)[-1]
    assert last == date(2031, 11, 1)
    assert nominal_days(date(2026, 12, 1), 260, Frequency.WEEKLY)[-1] == date(2026, 12, 1) + timedelta(weeks=259)
