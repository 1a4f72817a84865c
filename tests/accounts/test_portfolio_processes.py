"""Imports as real processes: killed and run again, two at once, and how much memory they take."""

import csv
import random
import time
from pathlib import Path

import pytest

from accounts import proof
from accounts.models import ContactPoint, Debt, Debtor, Event, LedgerEntry
from accounts.money import Money
from accounts.portfolio_rows import DEBT_COLUMNS, LEDGER_COLUMNS
from tests.accounts.portfolio_files import DEBT, DEMO, write


def many(folder: Path, copies: int) -> tuple[Path, Path]:
    """The demo's Taiwanese debts as often as it takes for several commits."""
    with (DEMO / "debts.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        debts = [row for row in rows if row["creditor"].startswith("Formosa") and not row["person_ref"]]
    refs = {row["debt_ref"] for row in debts}
    with (DEMO / "ledger.csv").open(encoding="utf-8", newline="") as file:
        entries = [row for row in csv.DictReader(file) if row["debt_ref"] in refs]
    more_debts, more_entries = [], []
    for copy in range(copies):
        for number, row in enumerate(debts):
            other = {column: f"{row[column]}-{copy}" for column in ("debt_ref", "debtor_ref")}
            more_debts.append(row | other | {"phone": f"+8869{copy * 1000 + number:08}", "email": ""})
        more_entries += [
            row | {column: f"{row[column]}-{copy}" for column in ("debt_ref", "entry_ref")} for row in entries
        ]
    return (
        write(folder / "debts.csv", more_debts, list(debts[0])),
        write(folder / "ledger.csv", more_entries, LEDGER_COLUMNS),
    )


def disagreements() -> list[str]:
    """What `prove_ledger` would say; here, because each process takes seconds to start."""
    return proof.balances().disagree + proof.chains().disagree


def killed_and_resumed(database, folder: Path, copies: int, kills: int) -> None:
    """F27: kill -9 at random moments, run again, and everything is as if nothing had happened."""
    paths = many(folder, copies)
    for _ in range(kills):
        process = database.start("import_portfolio", *paths)
        time.sleep(random.uniform(0.5, 2.0 + copies / 4))  # from its start to about its end
        process.kill()
        process.wait()
        assert disagreements() == []  # at every moment what is there agrees with itself
    assert database.run("import_portfolio", *paths).returncode == 0
    with paths[1].open(encoding="utf-8", newline="") as file:
        expected = sorted(
            (row["debt_ref"], row["entry_ref"], Money(int(row["amount"]) * 100, "TWD").minor)
            for row in csv.DictReader(file)
        )
    there = LedgerEntry.objects.values_list("debt__debt_ref", "entry_ref", "amount_minor")
    assert sorted(there) == expected
    assert Debt.objects.count() == len({debt for debt, _ref, _amount in expected}) == Debtor.objects.count()
    assert ContactPoint.objects.filter(retired_at=None, blocked_at=None).count() == Debt.objects.count()
    (event,) = Event.objects.filter(data__file="ledger", data__entries__gt=0)
    assert event.data["entries"] == len(expected)
    assert set(LedgerEntry.objects.values_list("act", flat=True)) == {event.pk}
    again = database.run("import_portfolio", *paths)
    assert f"created 0, updated 0, unchanged {len(expected)}, refused 0" in again.stdout
    assert disagreements() == []


def test_an_import_that_is_killed_is_resumed_by_running_it_again(committed_db, tmp_path):
    killed_and_resumed(committed_db, tmp_path, copies=6, kills=2)


@pytest.mark.soak
def test_an_import_that_is_killed_many_times_is_resumed(committed_db, tmp_path):
    killed_and_resumed(committed_db, tmp_path, copies=48, kills=20)


def test_two_imports_of_the_same_files_at_once_load_them_once(committed_db, tmp_path):
    paths = many(tmp_path, 2)
    assert committed_db.run("import_portfolio", paths[0]).returncode == 0
    both = [committed_db.start("import_portfolio", *paths) for _ in range(2)]
    ends = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    created = sum(int(out.rpartition("ledger.csv: created ")[2].split(",")[0]) for out, _err in ends)
    assert created == LedgerEntry.objects.count()
    assert disagreements() == []


def test_a_refused_file_ends_the_command_with_one_sentence_and_no_traceback(committed_db, tmp_path):
    wrong = tmp_path / "debts.csv"
    wrong.write_bytes(b"PK\x03\x04")
    done = committed_db.run("import_portfolio", wrong)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == (
        "CommandError: debts.csv is an Excel workbook or a zip archive, not a CSV file. Save it as CSV in UTF-8."
    )


@pytest.mark.soak
def test_memory_does_not_grow_with_the_file(committed_db, tmp_path):
    """A gigabyte of rows that are all refused: read, listed and forgotten."""
    entries = tmp_path / "ledger.csv"
    block = "".join(f"D{number},E{number},fee,1e3,2026-04-05,{'x' * 150}\n" for number in range(10_000))
    with entries.open("w") as file:
        file.write(",".join(LEDGER_COLUMNS) + "\n")
        while file.tell() < 2**30:
            file.write(block)
    debts = write(tmp_path / "debts.csv", [DEBT], DEBT_COLUMNS)
    process = committed_db.start("import_portfolio", debts, entries)
    peak = 0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = max(peak, int(status.partition("VmHWM:")[2].split()[0] if "VmHWM:" in status else 0))
        time.sleep(0.2)
    assert process.returncode == 0
    assert peak // 1024 <= 150
