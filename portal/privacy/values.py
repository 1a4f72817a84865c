"""How a copy writes values: amounts in minor units with their currency, days and instants as ISO 8601."""

from datetime import UTC, date, datetime
from typing import Any


def money(minor: int, currency: str) -> dict[str, Any]:
    return {"minor": minor, "currency": currency}


def at(value: datetime | None) -> str:
    return value.isoformat() if value else ""


def at_second(value: int) -> str:
    """An instant as sessions keep it, in seconds."""
    return at(datetime.fromtimestamp(value, tz=UTC))


def on(value: date | None) -> str:
    return value.isoformat() if value else ""
