"""Builds typed, frozen values from what a TOML or JSON file says, and refuses what does not fit, naming the key."""

import re
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from dateutil.relativedelta import relativedelta

_PERIOD = re.compile(
    r"P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_WANTED = {
    int: "a whole number",
    bool: "true or false",
    date: "a day",
    datetime: "an instant with its offset",
    time: "a time such as 08:00:00",
    str: "text",
}
_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.\-]+)\s*\]\]?")


class ShapeError(Exception):
    """A value that does not fit; the sentence begins with its key, kept in `key`."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(f"{key}: {sentence}" if key else sentence)
        self.key = key


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as ISO 8601 writes it: `P5Y`, `P30D`, `PT5M`. Months are counted by the calendar."""

    text: str
    months: int = 0
    days: int = 0
    seconds: int = 0

    @classmethod
    def read(cls, text: str) -> "Period":
        """ValueError for anything but an ISO 8601 duration of whole numbers."""
        found = _PERIOD.fullmatch(text)
        if found is None:
            raise ValueError("must be a length of time such as P30D, P6M or PT5M")
        part = {name: int(number or 0) for name, number in found.groupdict().items()}
        seconds = part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"]
        return cls(text, part["years"] * 12 + part["months"], part["days"], seconds)

    def after(self, day: date) -> date:
        """The day this long after `day`; hours and less do not count."""
        return day + relativedelta(months=self.months, days=self.days)

    @property
    def exact(self) -> timedelta:
        """As a fixed length; ValueError where months make it differ."""
        if self.months:
            raise ValueError(f"{self.text} has no fixed length")
        return timedelta(days=self.days, seconds=self.seconds)


def build[T](kind: type[T], raw: Any, *, key: str = "", from_json: bool = False) -> T:
    """The `kind` (a dataclass) that `raw` describes. ShapeError at the first missing, unknown or unfit key.

    A field whose name ends in an underscore is written without it (`from`). With `from_json`, days and instants are
    ISO 8601 texts and null stands for what is absent. In rule files a whole number is at least 1.
    """
    if not isinstance(raw, dict):
        raise ShapeError(key, "must be a table" if not from_json else "must be an object")
    hints, known = _shape(kind)  # type: ignore[arg-type]  # a class is hashable
    for name in raw:
        if name not in known:
            raise ShapeError(_join(key, name), "unknown key")
    values = {}
    for name, field in known.items():
        if name in raw:
            values[field.name] = _value(hints[field.name], raw[name], _join(key, name), from_json)
        elif field.default is MISSING:
            raise ShapeError(_join(key, name), "missing")
    try:
        return kind(**values)
    except ValueError as problem:
        raise ShapeError(key, str(problem)) from problem


def line_of(text: str, key: str) -> int | None:
    """The line of a TOML file on which `key` (such as `contact_limits[2].max`) stands, or its table begins."""
    *table, name = re.sub(r"\[\d+\]$", "", key).split(".")
    wanted, counted, here, begins = ".".join(table), dict[str, int](), "", None
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            here = header[2]
            if header[1] == "[[":
                counted[here] = counted.get(here, -1) + 1
                here = f"{here}[{counted[here]}]"
            if here in {wanted, key} or here.startswith(f"{key}["):
                begins = begins or number
        elif here == wanted and re.match(rf'\s*"?{re.escape(name)}"?\s*[=.]', line):
            return number
    return begins


@cache
def _shape(kind: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return get_type_hints(kind), {field.name.rstrip("_"): field for field in fields(kind)}


def _value(hint: Any, raw: Any, key: str, from_json: bool) -> Any:  # noqa: FBT001  one of ours, called from here only
    if get_origin(hint) is UnionType:
        if raw is None and from_json:
            return None
        hint = next(part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple:
        if not isinstance(raw, list):
            raise ShapeError(key, "must be a list")
        item = get_args(hint)[0]
        return tuple(_value(item, value, f"{key}[{place}]", from_json) for place, value in enumerate(raw))
    if hint is Period:
        return _read(Period.read, raw, key)
    if is_dataclass(hint):
        return build(hint, raw, key=key, from_json=from_json)  # type: ignore[arg-type]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if raw not in list(hint):
            raise ShapeError(key, f"must be one of {', '.join(hint)}")
        return hint(raw)
    return _plain(hint, raw, key, from_json)


def _plain(hint: Any, raw: Any, key: str, from_json: bool) -> Any:  # noqa: FBT001
    if from_json and hint in {date, datetime, time}:
        if not isinstance(raw, str):
            raise ShapeError(key, f"must be {_WANTED[hint]}")
        try:
            raw = hint.fromisoformat(raw)
        except ValueError:
            raise ShapeError(key, f"must be {_WANTED[hint]}") from None
    if type(raw) is not hint:  # exact: true is not a number, an instant is not a day
        raise ShapeError(key, f"must be {_WANTED[hint]}")
    if hint is int and raw < 1 and not from_json:
        raise ShapeError(key, "must be at least 1")
    if hint is datetime:
        if raw.tzinfo is None:
            raise ShapeError(key, f"must be {_WANTED[hint]}")
        return raw.astimezone(UTC)
    return raw


def _read(read: Any, raw: Any, key: str) -> Any:
    if not isinstance(raw, str):
        raise ShapeError(key, "must be text")
    try:
        return read(raw)
    except ValueError as problem:
        raise ShapeError(key, str(problem)) from None


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
