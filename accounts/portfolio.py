"""Reads a creditor's files: streaming, idempotent, every refused row kept with its reason.

Each file goes through the same four steps: it is opened and refused whole if it is no such file, each row is checked by
itself, the rows are checked against each other, and what is left is written, some thousand rows at a time. Until the
third step is done nothing is written. What waits between the steps waits in a scratch database on disk, so memory stays
flat.
"""

import csv
import hashlib
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from pathlib import Path

from django.db import connection, transaction

from accounts import history, ledger, ledger_staging
from accounts.crypto import SEPARATOR
from accounts.ledger_staging import Row
from accounts.models import Creditor
from accounts.portfolio_debts import Debts, DebtWriter, row_hash
from accounts.portfolio_files import FileRefused, Rows
from accounts.portfolio_rows import (
    DEBT_COLUMNS,
    DEBT_OPTIONAL,
    LEDGER_COLUMNS,
    LEDGER_OPTIONAL,
    DebtRow,
    RowRefused,
    check_debt,
    check_ledger,
    plain_ledger,
)

BATCH = 1000  # rows; on SQLite a commit each, because it has one writer at a time and pages write as well
_CELLS = DEBT_COLUMNS + DEBT_OPTIONAL
_CREDITOR, _OWNER, _DEBT = (_CELLS.index(column) for column in ("creditor", "debtor_ref", "debt_ref"))
_PERSON = [
    _CELLS.index(column)
    for column in (
        "name birth_date id_last4 phone email wechat language time_zone person_ref postcode customer_number".split()
    )
]

__all__ = ["Debts", "FileRefused", "Refusals", "Report", "import_debts", "import_ledger", "rejected_path"]


class Strict(Exception):
    """Rolls back a file that was to be loaded whole or not at all."""


class Scratch:
    """A database of one import's own, on disk, gone when it is closed."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            """PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000; CREATE TABLE refused (line
            INTEGER PRIMARY KEY, field TEXT, reason TEXT); CREATE TABLE kept (line INTEGER PRIMARY KEY, debt TEXT, owner
            TEXT, person TEXT, content TEXT, cells TEXT);"""
        )
        self._database.execute("BEGIN")

    def execute(self, statement: str, values: Iterable = ()) -> sqlite3.Cursor:
        return self._database.execute(statement, tuple(values))

    def close(self) -> None:
        self._database.close()


class Refusals:
    """Refused rows of one file: line, column and reason, never the row itself."""

    def __init__(self, scratch: Scratch):
        self._scratch = scratch
        self.count = 0

    def add(self, line: int, column: str, reason: str) -> None:
        """The first reason of a line stands."""
        self.count += self._scratch.execute(
            "INSERT OR IGNORE INTO refused VALUES (?, ?, ?)", (line, column, reason)
        ).rowcount

    def write(self, path: Path) -> Path | None:
        """Write them beside the file, or into the working folder where that is not allowed; take an old list away.

        Raises FileRefused when neither can be written.
        """
        target = rejected_path(path)
        if not self.count:
            if os.access(target.parent, os.W_OK):
                target.unlink(missing_ok=True)
            return None
        for place in (target, Path.cwd() / target.name):
            half = place.with_suffix(".part")
            try:
                with half.open("w", newline="", encoding="utf-8") as file:
                    writer = csv.writer(file)
                    writer.writerow(["line", "column", "reason"])
                    writer.writerows(self._scratch.execute("SELECT line, field, reason FROM refused ORDER BY line"))
                half.replace(place)
            except OSError:
                continue
            return place
        raise FileRefused(f"{target} cannot be written, so the refused rows would be lost.")


@dataclass
class Report:
    """What came of one file. `created` + `updated` + `unchanged` + `refused` are the rows of the file."""

    path: Path
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    rejected: Path | None = None
    written: bool = True
    left_out: Counter = field(default_factory=Counter)  # cells that count as not given, by column
    contacts_replaced: int = 0
    contacts_shared: int = 0
    contacts_set_aside: int = 0
    new_creditors: tuple[Creditor, ...] = ()
    creditors: tuple[Creditor, ...] = ()


Progress = Callable[[str, int, int], None]  # what is being done, done so far, of how many (0: not known)


def rejected_path(path: Path) -> Path:
    """debts.csv → debts.rejected.csv"""
    return path.with_name(f"{path.stem}.rejected.csv")


def import_debts(path: Path, *, strict: bool, now: datetime, progress: Progress) -> Report:
    """Load debts.csv. Raises FileRefused; with `strict`, a single refused row leaves everything as it was."""
    scratch = Scratch()
    try:
        refusals, report = Refusals(scratch), Report(path)
        writer = DebtWriter(now, refusals.add)
        with Rows(path, DEBT_COLUMNS, DEBT_OPTIONAL, lambda done, size: progress("reading", done, size)) as rows:
            report.left_out = _keep(rows, scratch, refusals, writer)
            source = rows.sha256
        writer.debts.unchanged = _refuse_conflicts(scratch, refusals)
        if not (strict and refusals.count):
            try:
                _write_debts(scratch, refusals, writer, source, strict=strict, progress=progress)
            except Strict:
                report.written = False
        else:
            report.written = False
        report.rejected, report.refused = refusals.write(path), refusals.count
        if report.written:
            _fill(report, writer)
    finally:
        scratch.close()
    return report


def import_ledger(
    path: Path, *, creditors: Iterable[Creditor], strict: bool, now: datetime, progress: Progress
) -> Report:
    """Load ledger.csv into the debts of `creditors` (of all, if there are none). Raises FileRefused."""
    scratch = Scratch()
    try:
        refusals, report = Refusals(scratch), Report(path)
        with Rows(path, LEDGER_COLUMNS, LEDGER_OPTIONAL, lambda done, size: progress("reading", done, size)) as rows:
            report.written = False

            def may_write() -> bool:
                report.written = not (strict and refusals.count)
                return report.written

            loaded = ledger.load(
                rows=_entries(rows, refusals),
                creditors=list(creditors) or Creditor.objects.all(),
                source=lambda: rows.sha256,
                now=now,
                refuse=refusals.add,
                may_write=may_write,
                whole=strict,
                on_step=lambda step, done: progress(step, done, 0),
            )
        report.rejected, report.refused = refusals.write(path), refusals.count
        if report.written:
            report.created, report.unchanged = loaded.created, loaded.unchanged
            if not (loaded.created or loaded.unchanged or refusals.count):
                _record_empty(creditors, rows.sha256, now)
    finally:
        scratch.close()
    return report


# --- Debts ----------------------------------------------------------------------------------------------------------


def _keep(rows: Rows, scratch: Scratch, refusals: Refusals, writer: DebtWriter) -> Counter:
    """Keep each row for the next steps, checked by itself unless it says what it said the last time.

    Returns how many cells of which column cannot serve.
    """
    today, left_out = writer.now.date(), Counter[str]()
    for some in batched(rows, BATCH):
        read = [(line, tuple(map(_trimmed, cells))) for line, cells in some if not isinstance(cells, str)]
        for line, why in ((line, why) for line, why in some if isinstance(why, str)):
            refusals.add(line, "", why)
        hashes = [row_hash(cells) for _line, cells in read]
        unchanged = writer.unchanged(
            [(cells[_CREDITOR], cells[_DEBT], content) for (_line, cells), content in zip(read, hashes, strict=True)]
        )
        for (line, cells), content, is_known in zip(read, hashes, unchanged, strict=True):
            try:
                row, blank = (None, []) if is_known else check_debt(cells, today)
            except RowRefused as refusal:
                refusals.add(line, refusal.column, refusal.reason)
                continue
            left_out.update(blank)
            debt, owner = (cells[_CREDITOR] + SEPARATOR + cells[column] for column in (_DEBT, _OWNER))
            person = hashlib.sha256(repr([cells[column] for column in _PERSON]).encode()).hexdigest()
            kept = (line, debt, owner, person, content, None if is_known else json.dumps(row, ensure_ascii=False))
            scratch.execute("INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?)", kept)
    return left_out


def _trimmed(cell: str) -> str:
    return cell.strip(" ")


def _refuse_conflicts(scratch: Scratch, refusals: Refusals) -> int:
    """Rows of one file that contradict each other: all of them are refused. Returns how many rows change nothing."""
    scratch.execute("CREATE INDEX kept_debt ON kept (debt, owner, content)")
    scratch.execute("CREATE INDEX kept_owner ON kept (owner, person)")
    differing = """SELECT line FROM kept WHERE {key} IN (
        SELECT {key} FROM kept GROUP BY {key} HAVING min({told}) <> max({told})) ORDER BY line"""
    for column, reason, statement in (
        (
            "debtor_ref",
            "this debt stands in the file with two debtors",
            differing.format(key="debt", told="owner"),
        ),
        (
            "debt_ref",
            "this debt stands in the file more than once with different content",
            differing.format(key="debt", told="content"),
        ),
        (
            "debtor_ref",
            "the rows of this debtor say different things about the person",
            differing.format(key="owner", told="person"),
        ),
    ):
        for (line,) in scratch.execute(statement).fetchall():
            refusals.add(line, column, reason)
    scratch.execute(
        "CREATE TABLE twice AS SELECT line FROM kept WHERE line NOT IN (SELECT min(line) FROM kept GROUP BY debt)"
    )
    return scratch.execute(
        """SELECT count(*) FROM kept WHERE (cells IS NULL OR line IN (SELECT line FROM twice))
           AND line NOT IN (SELECT line FROM refused)"""
    ).fetchone()[0]


def _write_debts(
    scratch: Scratch, refusals: Refusals, writer: DebtWriter, source: str, *, strict: bool, progress: Progress
) -> None:
    total = scratch.execute("SELECT count(*) FROM kept WHERE cells IS NOT NULL").fetchone()[0]
    waiting = scratch.execute(
        """SELECT line, content, cells FROM kept WHERE cells IS NOT NULL
           AND line NOT IN (SELECT line FROM refused) AND line NOT IN (SELECT line FROM twice) ORDER BY line"""
    )
    whole = strict or connection.vendor == "postgresql"
    done = 0
    with transaction.atomic() if whole else nullcontext():
        while some := waiting.fetchmany(BATCH):
            writer.write([(line, content, DebtRow(*json.loads(cells))) for line, content, cells in some])
            done += len(some)
            progress("writing", done, total)
        if strict and refusals.count:
            raise Strict
        with transaction.atomic():
            _record(writer, source)


def _record(writer: DebtWriter, source: str) -> None:
    for creditor in sorted(writer.creditors.values(), key=lambda creditor: creditor.pk):
        if rows := writer.debts.by_creditor[creditor.pk]:
            history.record(
                by=f"creditor:{creditor.pk}",
                act="portfolio.imported",
                on=creditor,
                creditor=creditor,
                now=writer.now,
                data={"file": "debts", "sha256": source, "debts": rows},
            )


def _fill(report: Report, writer: DebtWriter) -> None:
    debts = writer.debts
    report.created, report.updated, report.unchanged = debts.created, debts.updated, debts.unchanged
    report.contacts_replaced, report.contacts_shared = debts.contacts_replaced, debts.contacts_shared
    report.contacts_set_aside = debts.contacts_set_aside
    report.new_creditors, report.creditors = tuple(debts.new_creditors), tuple(writer.creditors.values())


# --- Ledger -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def _record_empty(creditors: Iterable[Creditor], source: str, now: datetime) -> None:
    """A file without a row says that its creditors had no new entries."""
    for creditor in sorted(creditors, key=lambda creditor: creditor.pk):
        ledger_staging.record_read(creditor=creditor, source=source, entries=0, now=now)


def _entries(rows: Rows, refusals: Refusals) -> Iterator[Row]:
    """Rows that are right by themselves, as they are staged. A plain one takes the short way; the rest is looked at."""
    plain = plain_ledger()
    for line, cells in rows:
        if isinstance(cells, str):
            refusals.add(line, "", cells)
            continue
        entry = plain(line, cells)
        if entry is None:
            try:
                entry = (line, *check_ledger(cells))
            except RowRefused as refusal:
                refusals.add(line, refusal.column, refusal.reason)
                continue
        yield entry
