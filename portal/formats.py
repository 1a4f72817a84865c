"""Days as people of a region write them. Django's own number and date localisation is wrong for both Chinese
scripts (no thousands separator, English months for regional codes), so pages never use it; money is
`accounts.money`'s, names are `accounts.names`'.
"""

from datetime import date, datetime
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
    if language == "en":
        half = "am" if local.hour < 12 else "pm"
        return f"{day(local.date(), language)}, {local.hour % 12 or 12}:{local.minute:02}{half}"
    return f"{day(local.date(), language, region)}{local.hour:02}:{local.minute:02}"
