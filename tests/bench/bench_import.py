"""import_portfolio against the fastest way to write the same rows into the same live table without looking at them.

    python -m tests.bench.bench_import [--engine postgresql|sqlite] [--rows 1000000] [--rounds 5]

The floor is COPY on PostgreSQL and `executemany` in one transaction on SQLite, into a table with its keys, indexes,
constraints and triggers. Rounds alternate, each on a fresh copy of a database that has the debts and no entry. Both are
timed as whole processes' work: the command with its start, the floor with its connection. Goal: at least 40 %, at most
150 MB, and the same memory for a tenth of the rows.
"""

import argparse
import csv
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.postgres import Cluster

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "accounts" / "demo"
COLUMNS = "debt_id, entry_ref, kind, amount_minor, effective_on, description, act, posted_at"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pinghuan-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        rows = multiply(folder, options.rows)
        small = multiply(folder / "small", options.rows // 10)
        bench = Postgresql(folder) if options.engine == "postgresql" else Sqlite(folder)
        try:
            run(bench, folder, rows, small, options.rounds)
        finally:
            bench.stop()


def run(bench: "Postgresql | Sqlite", folder: Path, rows: int, small: int, rounds: int) -> None:
    seconds, memory = command(bench.url("base"), folder / "debts.csv")
    debts = sum(1 for _line in (folder / "debts.csv").open(encoding="utf-8")) - 1
    print(f"{debts} debts: {debts / seconds:,.0f}/s, {memory} MB", flush=True)
    ledger = [folder / "one.csv", folder / "ledger.csv"]
    bench.copy("base", "first")
    command(bench.url("first"), *ledger)
    bench.keep_rows("first")
    shares, again, peaks = [], [], []
    for turn in range(rounds):
        timed = {}
        for what in ("floor", "import") if turn % 2 else ("import", "floor"):
            bench.copy("base", "round")
            if what == "floor":
                timed[what] = bench.floor("round")
            else:
                timed[what], memory = command(bench.url("round"), *ledger)
                peaks.append(memory)
                again.append(command(bench.url("round"), *ledger)[0])
        shares.append(timed["floor"] / timed["import"])
        print(f"round {turn + 1}: {shares[-1]:.0%} of the floor ({rows / timed['import']:,.0f} rows/s)", flush=True)
    bench.copy("base", "round")
    _seconds, little = command(bench.url("round"), folder / "one.csv", folder / "small" / "ledger.csv")
    print(f"{rows} rows: median {statistics.median(shares):.0%} of the floor, {min(shares):.0%} to {max(shares):.0%}")
    print(f"the same file again, 0 changes: {rows / statistics.median(again):,.0f} rows/s")
    print(f"peak memory: {max(peaks)} MB at {rows} rows, {little} MB at {small} rows")


def multiply(folder: Path, wanted: int) -> int:
    """The demo portfolio as often as it takes, each time of other people. Returns how many entries that makes."""
    folder.mkdir(exist_ok=True)
    with (DEMO / "debts.csv").open(newline="", encoding="utf-8") as source:
        debts = [row for row in csv.DictReader(source) if row["creditor"] == "Formosa Card Services"]
    refs = {row["debt_ref"] for row in debts}
    with (DEMO / "ledger.csv").open(newline="", encoding="utf-8") as source:
        entries = [row for row in csv.DictReader(source) if row["debt_ref"] in refs]
    copies = -(-wanted // len(entries))
    for name, rows, identity in (
        ("one.csv", debts[:1], ("debt_ref", "debtor_ref")),
        ("debts.csv", debts, ("debt_ref", "debtor_ref")),
        ("ledger.csv", entries, ("debt_ref", "entry_ref")),
    ):
        with (folder / name).open("w", newline="", encoding="utf-8") as target:
            writer = csv.DictWriter(target, rows[0])
            writer.writeheader()
            for copy in range(1 if name == "one.csv" else copies):
                writer.writerows(renamed(rows, identity, copy))
    return copies * len(entries)


def renamed(rows: list[dict], identity: tuple[str, ...], copy: int) -> Iterator[dict]:
    for number, row in enumerate(rows):
        other = {column: f"{row[column]}-{copy}" for column in identity}
        if "phone" in row:
            other |= {"phone": f"+8869{copy * 1000 + number:08}", "person_ref": ""}
        yield row | other


def command(url: str, *files: Path) -> tuple[float, int]:
    """Seconds and peak MB of one `import_portfolio`."""
    environment = os.environ | {"DATABASE_URL": url, "DEMO": "1"}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_portfolio", *map(str, files)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    said = process.stdout.read() if process.stdout else ""
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status or "refused 0" not in said:
        raise SystemExit(f"import_portfolio failed: {said}")
    return seconds, usage.ru_maxrss // 1024


class Postgresql:
    def __init__(self, folder: Path):
        self._rows = folder / "rows.txt"
        self._cluster = Cluster()
        self._admin = psycopg.connect(self._cluster.url("postgres"), autocommit=True)
        self._admin.execute("CREATE DATABASE base")
        migrate(self.url("base"))

    def url(self, name: str) -> str:
        return self._cluster.url(name)

    def copy(self, source: str, name: str) -> None:
        self._admin.execute(f"DROP DATABASE IF EXISTS {name}")
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
        self._admin.execute("CHECKPOINT")

    def keep_rows(self, name: str) -> None:
        with psycopg.connect(self.url(name)) as database, self._rows.open("wb") as file:
            with database.cursor().copy(
                f"COPY (SELECT {COLUMNS} FROM accounts_ledgerentry ORDER BY id) TO STDOUT"
            ) as out:
                for block in out:
                    file.write(block)

    def floor(self, name: str) -> float:
        started = time.perf_counter()
        with psycopg.connect(self.url(name)) as database, self._rows.open("rb") as file:
            with database.cursor().copy(f"COPY accounts_ledgerentry ({COLUMNS}) FROM STDIN") as into:
                while block := file.read(1 << 20):
                    into.write(block)
        return time.perf_counter() - started

    def stop(self) -> None:
        self._admin.close()
        self._cluster.stop()


class Sqlite:
    def __init__(self, folder: Path):
        self._folder = folder
        self._rows: list[tuple] = []
        migrate(self.url("base"))

    def url(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.sqlite3"

    def copy(self, source: str, name: str) -> None:
        for ending in ("", "-wal", "-shm"):
            (self._folder / f"{name}.sqlite3{ending}").unlink(missing_ok=True)
        shutil.copyfile(self._folder / f"{source}.sqlite3", self._folder / f"{name}.sqlite3")

    def keep_rows(self, name: str) -> None:
        with self._open(name) as database:
            self._rows = database.execute(f"SELECT {COLUMNS} FROM accounts_ledgerentry ORDER BY id").fetchall()

    def floor(self, name: str) -> float:
        started = time.perf_counter()
        with self._open(name) as database:
            marks = ", ".join("?" * len(COLUMNS.split(", ")))
            database.executemany(f"INSERT INTO accounts_ledgerentry ({COLUMNS}) VALUES ({marks})", self._rows)
            database.commit()
        database.close()
        return time.perf_counter() - started

    def _open(self, name: str) -> sqlite3.Connection:
        database = sqlite3.connect(self._folder / f"{name}.sqlite3")
        database.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
        )
        return database

    def stop(self) -> None:
        pass


def migrate(url: str) -> None:
    environment = os.environ | {"DATABASE_URL": url, "DEMO": "1"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"], cwd=ROOT, env=environment, check=True
    )


if __name__ == "__main__":
    main()
