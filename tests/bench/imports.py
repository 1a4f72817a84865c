"""import_portfolio beside the fastest way to write the same rows into the same live table without looking at them.

The floor is COPY on PostgreSQL and `executemany` in one transaction on SQLite, into a table with its keys, indexes,
constraints and triggers. Rounds alternate, each on a fresh copy of a database that has the debts and no entry. Both are
timed as a whole: the command with its start, the floor with its connection. The rows are the demo's, which are real,
as often as it takes, or those of a folder with debts.csv and ledger.csv.
"""

import contextlib
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

from tests.bench.measure import Rounds, Row
from tests.bench.place import Place
from tests.postgres import Cluster

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "accounts" / "demo"
ROUNDS = 6  # of a minute each; the fewest whose smallest and largest ratio bound the median with 95 % certainty
# What a process has held at most is asked of itself, once done: Linux adds the memory of whoever started it to what it
# tells of a child, and this bench holds a million rows.
MEASURED = """
import re, sys
from pathlib import Path
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
print(re.search("VmHWM:\\\\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
"""
COLUMNS = "debt_id, entry_ref, kind, amount_minor, effective_on, description, act, posted_at"


def postgresql(place: Place) -> list[Row]:
    with _folder() as folder:
        return _compare(Postgresql(folder), "COPY", folder, place)


def sqlite(place: Place) -> list[Row]:
    with _folder() as folder:
        return _compare(Sqlite(folder), "executemany", folder, place)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pinghuan-bench-") as name:
        Path(name).chmod(0o755)  # the database server reads in it
        yield Path(name)


def _compare(engine: "Postgresql | Sqlite", floor: str, folder: Path, place: Place) -> list[Row]:
    try:
        wanted = 100_000 if place.quick else 1_000_000
        rows = multiply(folder, wanted, place.portfolio)
        small = multiply(folder / "small", wanted // 10, place.portfolio)
        ledger = [folder / "one.csv", folder / "ledger.csv"]
        _seconds, for_debts = command(engine.url("base"), folder / "debts.csv")
        engine.copy("base", "round")
        command(engine.url("round"), *ledger)
        engine.keep_rows("round")
        peaks: list[int] = []

        def load() -> float:
            engine.copy("base", "round")
            seconds, memory = command(engine.url("round"), *ledger)
            peaks.append(memory)
            return 1 / seconds

        def bare() -> float:
            engine.copy("base", "round")
            return 1 / engine.floor("round")

        rounds = Rounds({"import": load, "floor": bare}).run(min(place.rounds, ROUNDS))
        engine.copy("base", "round")
        _seconds, little = command(engine.url("round"), folder / "one.csv", folder / "small" / "ledger.csv")
    finally:
        engine.stop()
    speed = f"{rows * statistics.median(rounds.measured['import']):,.0f} rows/s"
    what = f"import of {rows:,} rows"
    return [
        Row(f"{what}: speed, of {floor}'s", rounds.ratios("import", "floor"), 0.40, at_least=True, note=speed),
        Row(f"{what}: peak memory", [max(peaks)], 150, unit=" MB"),
        Row(f"import of {count(folder / 'debts.csv'):,} debts: peak memory", [for_debts], 150, unit=" MB"),
        Row(f"{what}: peak memory, of {small:,} rows'", [max(peaks) / little], 1.2),
    ]


def multiply(folder: Path, wanted: int, portfolio: Path | None) -> int:
    """A portfolio as often as it takes, each time of other people. Returns how many entries that makes."""
    folder.mkdir(exist_ok=True)
    source_of = portfolio or DEMO
    with (source_of / "debts.csv").open(newline="", encoding="utf-8") as source:
        debts = [row for row in csv.DictReader(source) if row["creditor"] == "Formosa Card Services"]
    refs = {row["debt_ref"] for row in debts}
    with (source_of / "ledger.csv").open(newline="", encoding="utf-8") as source:
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


def count(file: Path) -> int:
    """Rows below the head."""
    with file.open(newline="", encoding="utf-8") as source:
        return sum(1 for _row in csv.reader(source)) - 1


def renamed(rows: list[dict], identity: tuple[str, ...], copy: int) -> Iterator[dict]:
    for number, row in enumerate(rows):
        other = {column: f"{row[column]}-{copy}" for column in identity}
        if "phone" in row:
            other |= {"phone": f"+8869{copy * 1000 + number:08}", "person_ref": ""}
        yield row | other


def command(url: str, *files: Path) -> tuple[float, int]:
    """Seconds and peak MB of one `import_portfolio`."""
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "import_portfolio", *map(str, files)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    said, _newline, kilobytes = done.stdout.rstrip().rpartition("\n")
    if done.returncode or "refused 0" not in said:
        raise SystemExit(f"import_portfolio failed: {done.stdout}")
    return seconds, int(kilobytes) // 1024


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
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"], cwd=ROOT, env=environment, check=True
    )
