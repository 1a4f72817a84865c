"""Reversals in a creditor's file that name the entry they take back, by the creditor's own reference for it.

The entry is one of the same debt, loaded before or by this file, wherever in it. As `accounts.ledger.reverse` has it,
an entry is taken back once, and what takes back is not taken back itself. A file may take back less than all of it.
"""

from typing import Final

from django.db import connection

TABLE: Final = "staged_reversal"
CREATE: Final = f"{TABLE} (line bigint PRIMARY KEY, debt_ref text, entry_ref text, reverses_ref text, amount bigint)"
PROBLEMS: Final = {
    "known_otherwise": (
        "reverses_ref",
        "is another entry than this reversal took back when it was loaded, or it named none; entries are never changed",
    ),
    "names_none": (
        "reverses_ref",
        "is no entry of this debt: none was loaded before, and no row of this file that can be loaded has it",
    ),
    "names_reversal": ("reverses_ref", "is a reversal itself, and those are not taken back; send the entry again"),
    "taken_back": ("reverses_ref", "is an entry that was taken back already"),
    "names_twice": ("reverses_ref", "is taken back by more than one row of this file; none of them was loaded"),
    "larger": ("amount", "is larger than that of the entry it takes back"),
    "same_sign": ("amount", "has the sign of the entry it takes back; to take one back, it has the other"),
}
_OPEN: Final = "NOT EXISTS (SELECT 1 FROM staged_skip x WHERE x.line = r.line)"
_FROM: Final = f"FROM {TABLE} r JOIN staged_debt k ON k.debt_ref = r.debt_ref"


def find(cursor, scale: str) -> bool:
    """Gather the staged reversals that name an entry; False when there is none. `scale` makes minor units of digits."""
    cursor.execute(f"DELETE FROM {TABLE}")
    cursor.execute(
        f"""INSERT INTO {TABLE}
            SELECT s.line, s.debt_ref, s.entry_ref, s.reverses_ref, s.digits * {scale}
            FROM staged_entry s JOIN staged_debt k ON k.debt_ref = s.debt_ref
            WHERE s.reverses_ref <> '' AND NOT EXISTS (SELECT 1 FROM staged_skip x WHERE x.line = s.line)"""
    )
    found = cursor.rowcount > 0
    if found and connection.vendor == "postgresql":
        cursor.execute(f"ANALYZE {TABLE}")
    return found


def skip_known(cursor) -> None:
    """Those that the ledger has under their reference, where they take back another entry, or none."""
    cursor.execute(
        f"""INSERT INTO staged_skip
            SELECT r.line, 'known_otherwise' {_FROM}
            JOIN accounts_ledgerentry e ON e.debt_id = k.id AND e.entry_ref = r.entry_ref AND e.kind = 'reversal'
            LEFT JOIN accounts_ledgerentry b ON b.id = e.reverses_id
            WHERE b.id IS NULL OR b.entry_ref <> r.reverses_ref ON CONFLICT DO NOTHING"""
    )


def skip(cursor, scale: str, *, doubled: bool) -> None:
    """Those that cannot take back what they name, once it is known which other rows of the file are not written."""
    cursor.execute(
        f"""INSERT INTO staged_skip
            SELECT line, CASE WHEN kind IS NULL THEN 'names_none' WHEN kind = 'reversal' THEN 'names_reversal'
                              WHEN taken THEN 'taken_back' WHEN abs(amount) > abs(entry) THEN 'larger'
                              ELSE 'same_sign' END
            FROM (SELECT r.line, r.amount, coalesce(e.kind, f.kind) AS kind, b.id IS NOT NULL AS taken,
                         coalesce(e.amount_minor, f.amount) AS entry
                  {_FROM}
                  LEFT JOIN accounts_ledgerentry e ON e.debt_id = k.id AND e.entry_ref = r.reverses_ref
                  LEFT JOIN accounts_ledgerentry b ON b.reverses_id = e.id
                  LEFT JOIN (SELECT s.debt_ref, s.entry_ref, s.kind, s.digits * {scale} AS amount
                             FROM staged_entry s JOIN staged_debt k ON k.debt_ref = s.debt_ref
                             WHERE NOT EXISTS (SELECT 1 FROM staged_skip x WHERE x.line = s.line)
                            ) f ON f.debt_ref = r.debt_ref AND f.entry_ref = r.reverses_ref
                  WHERE {_OPEN}) named
            WHERE kind IS NULL OR kind = 'reversal' OR taken OR abs(amount) > abs(entry)
                  OR (amount > 0) = (entry > 0)
            ON CONFLICT DO NOTHING"""
    )
    if doubled:
        _skip_doubled(cursor)


def _skip_doubled(cursor) -> None:
    cursor.execute(
        f"""INSERT INTO staged_skip
            SELECT r.line, 'names_twice' FROM {TABLE} r JOIN (
                SELECT r.debt_ref, r.reverses_ref FROM {TABLE} r WHERE {_OPEN}
                GROUP BY r.debt_ref, r.reverses_ref HAVING count(*) > 1
            ) t ON t.debt_ref = r.debt_ref AND t.reverses_ref = r.reverses_ref
            WHERE {_OPEN} ON CONFLICT DO NOTHING"""
    )
