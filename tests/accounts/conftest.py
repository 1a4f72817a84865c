"""What tests of importing share: both files of a creditor, right but for what a test says."""

from pathlib import Path

import pytest

from accounts.portfolio_rows import DEBT_COLUMNS, LEDGER_COLUMNS
from tests.accounts.portfolio_files import DEBT, ENTRY, write


def columns(always: list[str], rows: list[dict]) -> list[str]:
    """Those that a file always has, then the optional ones that some row gives."""
    return list(dict.fromkeys([*always, *(name for row in rows for name in row)]))


@pytest.fixture
def files(tmp_path):
    """Makes both files: each argument is what differs from a row that is right."""

    def make(debts: list[dict] | None = None, entries: list[dict] | None = None, optional=()) -> tuple[Path, Path]:
        given = [DEBT | row for row in debts or [{}]]
        booked = [ENTRY | row for row in entries or []]
        return (
            write(tmp_path / "debts.csv", given, columns(DEBT_COLUMNS, given)),
            write(tmp_path / "ledger.csv", booked, columns(LEDGER_COLUMNS, booked)),
        )

    return make
