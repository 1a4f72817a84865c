"""Where a bench runs: throw-away databases, how many rounds, and how large things are."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import databases
from tests.databases import Database


@dataclass
class Place:
    template: str
    rounds: int
    quick: bool
    portfolio: Path | None = None  # a folder with debts.csv and ledger.csv; without one, the demo's

    @property
    def seconds(self) -> float:
        """How long a server is asked in one round."""
        return 0.5 if self.quick else 2.0

    @property
    def ledgers(self) -> dict[str, int]:
        """Entries in a table, in words, and the people who have ten each."""
        return {"10,000": 1_000, "100,000": 10_000} if self.quick else {"10,000": 1_000, "1,000,000": 100_000}

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        """A new migrated database."""
        with databases.clone(self.template) as database:
            yield database
