"""A day from three boxes, year, month and day: typed as people type it, never chosen from a script's calendar."""

import re
import unicodedata
from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

# A whole date in one box, year first; a date whose order cannot be told, such as 01/02/90, is asked for again.
_WHOLE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII)
_NUMBER = re.compile(r"\s*(\d{1,4})\s*[年月日]?\s*", re.ASCII)
LONGEST = 40  # characters that are looked at in one box


def read(year: str, month: str, day: str) -> date | None:
    """The day that was typed, whole in one box or in three; None when there is no such day."""
    boxes = [unicodedata.normalize("NFKC", box[:LONGEST]) for box in (year, month, day)]
    filled = [box for box in boxes if box.strip()]
    whole = _WHOLE.fullmatch(filled[0].strip()) if len(filled) == 1 else None
    parts = list(whole.groups()) if whole else [found[1] if (found := _NUMBER.fullmatch(box)) else "" for box in boxes]
    if not all(parts) or len(parts[0]) != 4 or max(len(parts[1]), len(parts[2])) > 2:
        return None
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def number(text: str) -> int | None:
    """A number typed alone in one box, as 5 or 5日; None for anything else."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text[:LONGEST]))
    return int(found[1]) if found else None


def boxes(name: str) -> dict[str, forms.CharField]:
    """The three fields of one day, to add to a form: `name`_year, `name`_month and `name`_day."""
    labels = {"year": _("Year"), "month": _("Month"), "day": _("Day")}
    return {
        f"{name}_{part}": forms.CharField(
            label=label, required=False, widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
        )
        for part, label in labels.items()
    }
