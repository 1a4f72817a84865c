"""Which facts may be asked of a visitor, how they compare, and when asking stops.

A fact is short, so only the key protects its hash: HMAC(FACTS_KEY, debtor id ‖ kind ‖ normalised value). An empty hash
means "not on file": it matches nothing, an empty answer least of all.
"""

import re
import unicodedata
import uuid
from datetime import date

from django.conf import settings

from accounts.crypto import keyed_hash

KINDS = ("birth_date", "id_last4", "postcode", "customer_number")
PLACEHOLDER_DATES = {date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1), date(1899, 12, 30)}
NO_VALUES = {"NULL", "NONE", "UNDEFINED", "NAN", "NIL", "TRUE", "FALSE", "NA", "XXXX", "XXXXXX"}
LONGEST = 200  # signs; nothing longer is looked at
_SHAPES = {"id_last4": r"[0-9A-Z]{4}", "postcode": r"[0-9A-Z]{3,10}", "customer_number": r"[0-9A-Z]{4,40}"}
_DROPPED = re.compile(r"[\s\-‐-―−_.·()/\u200b-\u200f\u2060\ufeff]+")
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)


def normalise(kind: str, value: str | date | None) -> str:
    """The value in the one form that is hashed, or "" when it cannot serve as a fact.

    Typing is forgiven (width, case, spaces, dashes, O for 0 in postcodes and customer numbers); a birth date is a
    `date` or year-month-day. Placeholder dates of other systems, and words such as NULL, are no facts.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind} is not a kind of fact.")
    if value is None:
        return ""
    if kind == "birth_date":
        return _normalise_date(value)
    text = str(value)
    if len(text) > LONGEST:
        return ""
    text = _DROPPED.sub("", unicodedata.normalize("NFKC", text)).upper()
    if text in NO_VALUES or not re.fullmatch(_SHAPES[kind], text):
        return ""
    return text if kind == "id_last4" else text.replace("O", "0")


def _normalise_date(value: str | date) -> str:
    if not isinstance(value, date):
        text = str(value)[:LONGEST]
        found = _ISO_DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if not found:
            return ""
        try:
            value = date(*map(int, found.groups()))
        except ValueError:
            return ""
    return "" if value in PLACEHOLDER_DATES or value.year < 1880 else value.strftime("%Y-%m-%d")


def hash_fact(*, debtor_id: uuid.UUID | str, kind: str, value: str | date | None) -> str:
    """The keyed hash that is stored and compared; "" when the value is unusable and so counts as not on file."""
    normalised = normalise(kind, value)
    return keyed_hash(settings.FACTS_KEY, str(debtor_id), kind, normalised) if normalised else ""
