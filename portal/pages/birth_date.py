"""A birth date from three boxes, typed as people type it."""

from datetime import date

from portal import day_boxes

FIELDS = ("birth_year", "birth_month", "birth_day")
OLDEST = 125  # years


def read(year: str, month: str, day: str, *, today: date) -> date | None:
    """The day that was typed, or None when it is no day a living person was born on."""
    born = day_boxes.read(year, month, day)
    return born if born is not None and born < today and today.year - born.year <= OLDEST else None
