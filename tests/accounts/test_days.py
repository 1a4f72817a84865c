"""Today and the working days of each region."""

from datetime import UTC, date, datetime

import pytest

from accounts import rules
from accounts.days import add_working_days, next_working_day, today_in, warm, working_day


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("Asia/Taipei", datetime(2026, 3, 4, 15, 59, tzinfo=UTC), date(2026, 3, 4)),
        ("Asia/Taipei", datetime(2026, 3, 4, 16, 0, tzinfo=UTC), date(2026, 3, 5)),
        ("America/Los_Angeles", datetime(2026, 3, 4, 7, 59, tzinfo=UTC), date(2026, 3, 3)),
        ("Europe/London", datetime(2026, 7, 1, 23, 0, tzinfo=UTC), date(2026, 7, 2)),
    ],
)
def test_today_is_the_day_of_the_zone(zone, now, expected):
    assert today_in(zone, now) == expected


def test_a_naive_instant_has_no_today():
    with pytest.raises(ValueError, match="aware"):
        today_in("Asia/Taipei", datetime(2026, 3, 4))


@pytest.mark.parametrize(
    ("day", "region", "works"),
    [
        (date(2026, 2, 14), "cn", True),  # a Saturday made up for the Spring Festival
        (date(2026, 10, 10), "cn", True),  # a Saturday made up for the National Day week
        (date(2026, 10, 10), "tw", False),
        (date(2026, 2, 28), "cn", True),
        (date(2026, 10, 1), "cn", False),
        (date(2026, 10, 1), "hk", False),
        (date(2026, 2, 27), "tw", False),  # the day off for a holiday that falls on a Saturday
        (date(2026, 7, 3), "us", False),  # the observed Fourth
        (date(2027, 12, 31), "us", False),  # next year's New Year's Day, observed
        (date(2026, 12, 28), "uk", False),
        (date(2026, 5, 1), "eu", False),
        (date(2026, 5, 14), "eu", True),
        (date(2026, 3, 4), "TW", True),
        (date(2026, 3, 7), "tw", False),
    ],
)
def test_working_days(day, region, works):
    assert working_day(day, region) is works


@pytest.mark.parametrize(
    ("day", "region", "expected"),
    [
        (date(2026, 10, 1), "cn", date(2026, 10, 8)),
        (date(2026, 10, 10), "tw", date(2026, 10, 12)),
        (date(2026, 12, 25), "uk", date(2026, 12, 29)),
        (date(2026, 3, 4), "tw", date(2026, 3, 4)),
        (date(2026, 12, 31), "tw", date(2026, 12, 31)),
        (date(2027, 1, 1), "tw", date(2027, 1, 4)),
    ],
)
def test_the_next_working_day(day, region, expected):
    assert next_working_day(day, region) == expected


def test_a_reply_is_promised_in_working_days():
    assert add_working_days(date(2026, 9, 29), 3, "cn") == date(2026, 10, 9)
    assert add_working_days(date(2026, 3, 6), 0, "tw") == date(2026, 3, 6)


def test_an_unknown_region_is_named():
    with pytest.raises(rules.UnknownRegion, match="xx"):
        working_day(date(2026, 3, 4), "xx")


def test_every_region_s_calendar_can_be_loaded_ahead():
    warm(2027)
