"""Days as a region lives them: its today, its working days.

`today` is taken once at the edge (page, command, task) and passed down. Public holidays come from the
`holidays` package, China's make-up working days included; `[calendar]` of the region's rule file says
which calendar that is and adds what the package does not know yet.
"""

import importlib.util
import sys
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from accounts import rules
from accounts.rules.law import Calendar


def _of_the_world_unread(package: str) -> None:
    """Lets the modules of this package be imported without its `__init__`, which would import all of them: 300 files
    and 8 MB in every process, for six regions.
    """
    spec = importlib.util.find_spec(package)
    assert spec is not None  # noqa: S101  it comes with holidays
    sys.modules.setdefault(package, importlib.util.module_from_spec(spec))


_of_the_world_unread("holidays.countries")
_of_the_world_unread("holidays.financial")

MONTHS = ("January February March April May June July August September October November December").split()


def today_in(time_zone: str, now: datetime) -> date:
    """The day it is in `time_zone` (IANA name) at the aware instant `now`; ValueError if `now` is naive."""
    if now.tzinfo is None:
        raise ValueError("now must be an aware instant")
    return now.astimezone(ZoneInfo(time_zone)).date()


def todays(time_zones: Iterable[str], now: datetime) -> dict[date, list[str]]:
    """The days it is now in these time zones, each with its zones: for lists whose rows count days where they are."""
    found: dict[date, list[str]] = {}
    for time_zone in sorted(set(time_zones)):
        found.setdefault(today_in(time_zone, now), []).append(time_zone)
    return found


def month_day(value: date, language: str) -> str:
    """A day soon, for texts where signs are counted: 12月25日, 25 December."""
    return f"{value.day} {MONTHS[value.month - 1]}" if language == "en" else f"{value.month}月{value.day}日"


def working_day(day: date, region: str) -> bool:
    """Whether banks of `region` (cn, tw, hk, us, uk, eu) work on that day; rules.UnknownRegion for another."""
    closed, worked = _year(day.year, region.lower())
    return day in worked or (day.weekday() < 5 and day not in closed)


def next_working_day(day: date, region: str) -> date:
    """`day` itself if it is a working day of `region`, or the first one after it."""
    while not working_day(day, region):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, count: int, region: str) -> date:
    """The day by which `count` working days have passed after `day`: a promise of a reply."""
    for _ in range(count):
        day = next_working_day(day + timedelta(days=1), region)
    return day


def warm(year: int) -> None:
    """Load each region's calendar of that year: the first one takes half a second, which no page should pay."""
    for region in rules.regions():
        _year(year, region)


def public_holiday(day: date, calendar: Calendar) -> bool:
    """Whether that day is a public holiday of this calendar; a weekend by itself is none."""
    return day in _of_calendar(day.year, calendar)[0]


@lru_cache(maxsize=256)  # beside the other, since a calendar's hash is made anew each time
def _year(year: int, region: str) -> tuple[frozenset[date], frozenset[date]]:
    return _of_calendar(year, rules.calendar_for(region))


@lru_cache(maxsize=256)
def _of_calendar(year: int, calendar: Calendar) -> tuple[frozenset[date], frozenset[date]]:
    """Closed days and make-up working days of one year. Cached whole, so threads never see half a year."""
    if calendar.market:
        public = holidays.financial_holidays(calendar.code, years=year, expand=False)
    else:
        public = holidays.country_holidays(calendar.code, subdiv=calendar.subdivision, years=year, expand=False)
    made_up: set[date] = getattr(public, "weekend_workdays", set()) or set()
    closed = (set(public) | set(calendar.also_closed)) - set(calendar.also_working)
    worked = ({day for day in made_up if day.year == year} | set(calendar.also_working)) - set(calendar.also_closed)
    return frozenset(closed), frozenset(worked)
