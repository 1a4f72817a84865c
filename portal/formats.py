"""Days as people of a region write them. Django's own number and date localisation is wrong for both Chinese
scripts (no thousands separator, English months for regional codes), so pages never use it; money is
`accounts.money`'s, names are `accounts.names`'.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from accounts.days import MONTHS

WEEKDAYS = {
    "zh-hans": "一二三四五六日",
    "zh-hant": "一二三四五六日",
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def day(value: date, language: str, region: str = "") -> str:
    """A day with its weekday: 2026年3月5日（周四）, Thursday 5 March 2026."""
    if language == "en":
        return f"{WEEKDAYS['en'][value.weekday()]} {value.day} {MONTHS[value.month - 1]} {value.year}"
    week = "周" if language == "zh-hans" else "星期" if region in {"hk", "mo"} else "週"
    weekday = WEEKDAYS[language][value.weekday()]
    return f"{value.year}年{value.month}月{value.day}日（{week}{weekday}）"


def short_day(value: date, language: str) -> str:
    """A day for tables: 2026-03-05, 5 Mar 2026."""
    return f"{value.day} {MONTHS[value.month - 1][:3]} {value.year}" if language == "en" else value.isoformat()


def when(value: datetime, language: str, time_zone: str, region: str = "") -> str:
    """An instant in the reader's time zone: 2026年3月5日（周四）14:30, Thursday 5 March 2026, 2:30pm."""
    local = value.astimezone(ZoneInfo(time_zone))
    between = ", " if language == "en" else ""
    return f"{day(local.date(), language, region)}{between}{clock(local.time(), language)}"


def hours(value: datetime, until: datetime, language: str, time_zone: str, region: str = "") -> str:
    """A stretch of one day in the reader's time zone: 2026年3月5日（周四）14:00至15:00, … 2:00pm to 3:00pm."""
    zone = ZoneInfo(time_zone)
    return _joined(when(value, language, time_zone, region), clock(until.astimezone(zone).time(), language), language)


def clock(value: time, language: str) -> str:
    """A time of the day: 14:30, 2:30pm."""
    if language == "en":
        return f"{value.hour % 12 or 12}:{value.minute:02}{'am' if value.hour < 12 else 'pm'}"
    return f"{value.hour:02}:{value.minute:02}"


def week(first: int, last: int, begin: time, end: time, language: str, region: str = "") -> str:
    """Hours of a week: 周一至周五09:00至18:00, Monday to Friday 9:00am to 6:00pm."""
    names = WEEKDAYS[language]
    sign = "" if language == "en" else "周" if language == "zh-hans" else "星期" if region in {"hk", "mo"} else "週"
    span = f"{sign}{names[first]}"
    if last != first:
        span = _joined(span, f"{sign}{names[last]}", language)
    space = " " if language == "en" else ""
    return f"{span}{space}{_joined(clock(begin, language), clock(end, language), language)}"


def _joined(first: str, last: str, language: str) -> str:
    return f"{first} to {last}" if language == "en" else f"{first}至{last}"
