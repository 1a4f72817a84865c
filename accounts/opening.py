"""When a creditor's people answer: `Creditor.opening`, such as `mon-fri 09:00-18:00; sat 09:00-12:00`, in its own time
zone. They are closed on its region's public holidays; a weekend day that is worked instead has the hours of a Monday.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import days, rules
from accounts.models import Creditor

NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART: Final = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d{2}):(\d{2})-(\d{2}):(\d{2})")
_FRIDAY: Final = 4
_FARTHEST: Final = 60  # days; who is closed for longer says no day


class BadHours(ValueError):
    """Opening hours that cannot be read."""


@dataclass(frozen=True, slots=True)
class Span:
    """On these days of the week (Monday is 0), open from one time of the day until another."""

    first: int
    last: int
    from_: time
    until: time


@lru_cache(maxsize=1_024)
def read(text: str) -> tuple[Span, ...]:
    """The spans in order. Raises BadHours. An empty text has none: nobody is there at any hour."""
    return tuple(_span(part.strip()) for part in text.lower().split(";") if part.strip())


def check(text: str) -> None:
    """For forms: raises ValidationError where `read` would object."""
    try:
        read(text)
    except BadHours:
        raise ValidationError(_("Write hours as mon-fri 09:00-18:00; sat 09:00-12:00.")) from None


def on(creditor: Creditor, day: date) -> list[tuple[datetime, datetime]]:
    """From when until when somebody is there on `day`, the creditor's day; none where it is closed."""
    calendar = rules.calendar_for(creditor.region)
    if days.public_holiday(day, calendar):
        return []
    weekday = day.weekday()
    spans = _covering(creditor, weekday)
    if not spans and weekday > _FRIDAY and days.working_day(day, creditor.region):
        spans = _covering(creditor, 0)
    zone = ZoneInfo(creditor.time_zone)
    times = sorted((span.from_, span.until) for span in spans)
    return [(datetime.combine(day, begin, zone), datetime.combine(day, end, zone)) for begin, end in times]


def is_open(creditor: Creditor, now: datetime) -> bool:
    """Whether somebody is there at `now`."""
    today = days.today_in(creditor.time_zone, now)
    return any(begin <= now < end for begin, end in on(creditor, today))


def open_days(creditor: Creditor, now: datetime) -> Iterator[tuple[date, list[tuple[datetime, datetime]]]]:
    """Days on which somebody is there, from today on where today is not over, with the hours of each."""
    today = days.today_in(creditor.time_zone, now)
    for ahead in range(_FARTHEST):
        hours = [span for span in on(creditor, today + timedelta(days=ahead)) if span[1] > now]
        if hours:
            yield today + timedelta(days=ahead), hours


def opens(creditor: Creditor, now: datetime) -> datetime | None:
    """The first instant from `now` on at which somebody is there; None where there is none for two months."""
    return next((max(now, hours[0][0]) for _day, hours in open_days(creditor, now)), None)


def reply_by(creditor: Creditor, now: datetime) -> date:
    """By which day what is written at `now` is answered: so many working days after the day it can first be read."""
    first = opens(creditor, now)
    read_on = days.today_in(creditor.time_zone, first or now)
    return days.add_working_days(read_on, creditor.reply_days, creditor.region)


def _covering(creditor: Creditor, weekday: int) -> list[Span]:
    return [span for span in read(creditor.opening) if span.first <= weekday <= span.last]


def _span(part: str) -> Span:
    found = _PART.fullmatch(part)
    if found is None:
        raise BadHours(part)
    first, last = found[1], found[2] or found[1]
    if first not in NAMES or last not in NAMES or NAMES.index(first) > NAMES.index(last):
        raise BadHours(part)
    try:
        begin, end = time(int(found[3]), int(found[4])), time(int(found[5]), int(found[6]))
    except ValueError:
        raise BadHours(part) from None
    if begin >= end:
        raise BadHours(part)
    return Span(NAMES.index(first), NAMES.index(last), begin, end)
