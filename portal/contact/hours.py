"""Instants and the days and hours of places: exact to the second through every change of a clock (pure).

A zone's time runs in stretches of one offset. Inside a stretch local time is a straight line, so the first instant at
which a window is open, or a day begins, is found by looking at stretches: hours that a clock skips or repeats need no
case of their own.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from accounts.rules.contact_law import HoursRule, OnHolidays, Weekday

IsHoliday = Callable[[date], bool]
FARTHEST = timedelta(days=400)  # a window that opens no more within a year does not open
_DAY, _HOUR, _SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
_WEEKDAYS = tuple(Weekday)


@lru_cache(maxsize=4_096)  # those who are planned together are looked at at one instant, in few zones
def local(zone: str, at: datetime) -> datetime:
    """The wall clock of `zone` at the aware instant `at`, without its zone."""
    return at.astimezone(_zone(zone)).replace(tzinfo=None)


def open_at(rules: tuple[HoursRule, ...], here: datetime, is_holiday: IsHoliday) -> bool:
    """Whether one of the rules is open on the wall clock `here`."""
    day, time_of_day = here.date(), here.time()
    return any(rule.from_ <= time_of_day < _end(rule) and _on(rule, day, is_holiday) for rule in rules)


def closed_by_holiday(rules: tuple[HoursRule, ...], here: datetime, is_holiday: IsHoliday) -> bool:
    """Whether it is only the holiday that closes them: on another day of this name they would be open."""
    return is_holiday(here.date()) and open_at(rules, here, lambda day: False)


def opens(rules: tuple[HoursRule, ...], zone: str, at: datetime, is_holiday: IsHoliday) -> datetime | None:
    """The first instant from `at` on at which one of the rules is open in `zone`; None when there is none in a year."""
    for start, end, offset in _stretches(zone, at):
        first, last = (start + offset).replace(tzinfo=None), (end + offset).replace(tzinfo=None)
        day = first.date()
        while datetime.combine(day, time.min) < last:
            begins = [
                max(first, datetime.combine(day, rule.from_))
                for rule in rules
                if _on(rule, day, is_holiday)
                and max(first, datetime.combine(day, rule.from_)) < min(last, datetime.combine(day, _end(rule)))
            ]
            if begins:
                return (min(begins) - offset).replace(tzinfo=UTC)
            day += _DAY
    return None


def intervals(
    rules: tuple[HoursRule, ...], zone: str, day: date, is_holiday: IsHoliday
) -> list[tuple[datetime, datetime]]:
    """When the rules are open on `day` in `zone`, for showing: hours that overlap are one."""
    found: list[tuple[datetime, datetime]] = []
    open_on = [(rule.from_, _end(rule)) for rule in rules if _on(rule, day, is_holiday)]
    for begin, end in sorted(open_on):
        start, until = (datetime.combine(day, at, _zone(zone)).astimezone(UTC) for at in (begin, end))
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((start, until))
    return found


def day_in(zone: str, day: date) -> tuple[datetime, datetime]:
    """From the first instant of `day` in `zone` to the first of the next."""
    return begins(zone, day), begins(zone, day + _DAY)


@lru_cache(maxsize=65_536)
def begins(zone: str, day: date) -> datetime:
    """The first instant at which it is `day`, or later, in `zone`."""
    around = datetime.combine(day, time.min, UTC) - 2 * _DAY
    for start, end, offset in _stretches(zone, around):
        midnight = (datetime.combine(day, time.min) - offset).replace(tzinfo=UTC)
        if midnight < end:
            return max(start, midnight)
    raise ValueError(f"{day} does not come in {zone}")


def _on(rule: HoursRule, day: date, is_holiday: IsHoliday) -> bool:
    return _WEEKDAYS[day.weekday()] in rule.days and not (rule.holidays is OnHolidays.DENY and is_holiday(day))


def _end(rule: HoursRule) -> time:
    if not rule.until_inclusive:
        return rule.until
    later = (datetime.combine(date.min, rule.until) + _SECOND).time()
    return later if later > rule.until else time.max


def _stretches(zone: str, at: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    at = at.astimezone(UTC)
    day = at.date()
    for count in range(FARTHEST.days):
        for start, end, offset in _stretches_of(zone, day + count * _DAY):
            if end > at:
                yield max(start, at), end, offset


@lru_cache(maxsize=65_536)
def _stretches_of(zone: str, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The stretches of one UTC day: begin, end (not included), offset."""
    here = _zone(zone)
    start = datetime.combine(day, time.min, UTC)
    found, offset = [], _offset(here, start)
    for hour in range(24):
        until = datetime.combine(day, time.min, UTC) + (hour + 1) * _HOUR
        if _offset(here, until) != offset:
            change = _change(here, until - _HOUR, until)
            found.append((start, change, offset))
            start, offset = change, _offset(here, until)
    end = datetime.combine(day, time.min, UTC) + _DAY
    if start < end:
        found.append((start, end, offset))
    return tuple(found)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes between the two instants."""
    old = _offset(zone, before)
    while after - before > _SECOND:
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


@lru_cache(maxsize=1_024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
