"""A birth date from three boxes, typed as people type it."""

import re
import unicodedata
from datetime import date

FIELDS = ("birth_year", "birth_month", "birth_day")
OLDEST = 125  # years
# A whole date in one box, year first; a date whose order cannot be told, such as 01/02/90, is asked for again.
_WHOLE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII)
_NUMBER = re.compile(r"\s*(\d{1,4})\s*[年月日]?\s*", re.ASCII)


def read(year: str, month: str, day: str, *, today: date) -> date | None:
    """The day that was typed, or None when it is no day a living person was born on."""
    boxes = [unicodedata.normalize("NFKC", box) for box in (year, month, day)]
    filled = [box for box in boxes if box.strip()]
    whole = _WHOLE.fullmatch(filled[0].strip()) if len(filled) == 1 else None
    parts = list(whole.groups()) if whole else [found[1] if (found := _NUMBER.fullmatch(box)) else "" for box in boxes]
    if not all(parts) or len(parts[0]) != 4 or max(len(parts[1]), len(parts[2])) > 2:
        return None
    try:
        born = date(*map(int, parts))
    except ValueError:
        return None
    return born if born < today and today.year - born.year <= OLDEST else None
