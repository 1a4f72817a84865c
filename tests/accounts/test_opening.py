"""When a creditor's people answer: hours as staff write them, holidays of the region, the day of a promised reply."""

from datetime import UTC, date, datetime

import pytest

from accounts import opening
from accounts.models import Creditor

pytestmark = pytest.mark.one_engine
WEEK = "mon-fri 09:00-18:00; sat 09:00-12:00"


def creditor(region: str = "tw", zone: str = "Asia/Taipei", text: str = WEEK, days: int = 3) -> Creditor:
    return Creditor(name="Bank", region=region, time_zone=zone, opening=text, reply_days=days)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "mon",
        "mon 9:00-18:00",
        "mon 18:00-09:00",
        "fri-mon 09:00-18:00",
        "xxx 09:00-18:00",
        "mon 25:00-26:00",
        "mon-fri",
    ],
)
def test_hours_that_cannot_be_read_are_refused(text):
    with pytest.raises(opening.BadHours):
        opening.read(text)


@pytest.mark.parametrize(
    ("region", "zone", "now", "open_now", "opens"),
    [
        ("tw", "Asia/Taipei", "2026-11-23T04:00", True, "2026-11-23T04:00"),  # Monday noon
        ("tw", "Asia/Taipei", "2026-11-23T00:59:59", False, "2026-11-23T01:00"),
        ("tw", "Asia/Taipei", "2026-11-23T10:00", False, "2026-11-24T01:00"),  # the last minute is over
        ("tw", "Asia/Taipei", "2026-11-28T04:30", False, "2026-11-30T01:00"),  # Saturday afternoon
        ("tw", "Asia/Taipei", "2026-01-01T04:00", False, "2026-01-02T01:00"),  # a public holiday
        ("cn", "Asia/Shanghai", "2026-10-05T04:00", False, "2026-10-08T01:00"),  # the golden week
        ("cn", "Asia/Shanghai", "2026-10-10T06:00", False, "2026-10-12T01:00"),  # a made-up Saturday has its own hours
        ("cn", "Asia/Shanghai", "2026-09-20T06:00", True, "2026-09-20T06:00"),  # a made-up Sunday has Monday's
        ("us", "America/New_York", "2026-11-26T15:00", False, "2026-11-27T14:00"),  # Thanksgiving
        ("uk", "Europe/London", "2026-03-29T08:30", False, "2026-03-30T08:00"),  # the clocks went forward that Sunday
    ],
)
def test_open_by_the_clock_and_the_calendar_of_the_place(region, zone, now, open_now, opens):
    bank = creditor(region, zone)
    assert opening.is_open(bank, at(now)) is open_now
    assert opening.opens(bank, at(now)) == at(opens)


def test_who_has_no_hours_never_opens():
    assert opening.opens(creditor(text=""), at("2026-11-23T04:00")) is None
    assert not opening.is_open(creditor(text=""), at("2026-11-23T04:00"))


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-23T04:00", date(2026, 11, 26)),  # Monday noon: Thursday
        ("2026-11-23T10:30", date(2026, 11, 27)),  # Monday evening counts as Tuesday
        ("2026-11-28T05:00", date(2026, 12, 3)),  # Saturday afternoon counts as Monday
        ("2026-12-31T04:00", date(2027, 1, 6)),  # New Year's Day is no working day
    ],
)
def test_a_reply_is_promised_from_the_day_it_can_be_read(now, day):
    assert opening.reply_by(creditor(), at(now)) == day
