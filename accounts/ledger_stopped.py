"""Interest and fees of days on which a hold stopped them: nobody adds them, during the hold or after it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Final
from uuid import UUID

from django.db.models import F, Q

from accounts.days import today_in
from accounts.models import Debt, Hold, LedgerEntry

KINDS: Final = frozenset({LedgerEntry.Kind.INTEREST, LedgerEntry.Kind.FEE})
ROWS: Final = 2_000
TABLE: Final = "staged_stopped"
CREATE: Final = f"{TABLE} (debt_ref text, first_on date, last_on date)"
_INSTANT: Final = timedelta(microseconds=1)
_HOLD: Final = "debtor__holds__"


def on(debt: Debt, day: date) -> bool:
    """Whether a hold stopped interest and fees of this debt on that day, if only for a part of it. One query."""
    holds = Hold.objects.filter(Q(debt=None) | Q(debt=debt), debtor=debt.debtor_id, stops_interest=True)
    rows = holds.values_list("debtor__time_zone", "from_at", "until_at", "ended_at")
    return any(today_in(zone, start) <= day <= _last(zone, start, ends) for zone, start, *ends in rows)


def skip(cursor, creditors: list[UUID]) -> None:
    """Mark such rows of the staged file. With no hold of that kind among the creditors' people it is one query."""
    cursor.execute(f"DELETE FROM {TABLE}")
    found = 0
    for some in batched(_days(creditors), ROWS):
        cursor.executemany(f"INSERT INTO {TABLE} VALUES (%s, %s, %s)", some)
        found += len(some)
    if not found:
        return
    cursor.execute(f"CREATE INDEX IF NOT EXISTS staged_stopped_debt ON {TABLE} (debt_ref)")
    cursor.execute(
        f"""INSERT INTO staged_skip
            SELECT DISTINCT s.line, 'stopped' FROM staged_entry s JOIN {TABLE} p ON p.debt_ref = s.debt_ref
            WHERE s.kind IN ('interest', 'fee') AND s.effective_on BETWEEN p.first_on AND p.last_on
            ON CONFLICT DO NOTHING"""
    )


def _days(creditors: list[UUID]) -> Iterator[tuple[str, str, str]]:
    """Of each debt the days on which such a hold was in force, if only for a part of one, where the person lives."""
    bears = Q(**{f"{_HOLD}debt": None}) | Q(**{f"{_HOLD}debt": F("pk")})
    held = Debt.objects.filter(bears, creditor__in=creditors, **{f"{_HOLD}stops_interest": True}).order_by()
    columns = ("from_at", "until_at", "ended_at")
    rows = held.values_list("debt_ref", "debtor__time_zone", *(f"{_HOLD}{column}" for column in columns))
    for debt_ref, zone, start, *ends in rows.iterator(chunk_size=ROWS):
        yield debt_ref, today_in(zone, start).isoformat(), _last(zone, start, ends).isoformat()


def _last(zone: str, start: datetime, ends: list[datetime | None]) -> date:
    end = min(filter(None, ends), default=None)
    return date.max if end is None else today_in(zone, max(start, end - _INSTANT))
