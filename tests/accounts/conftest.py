"""What tests of importing share: both files of a creditor, right but for what a test says."""

from pathlib import Path

import pytest

from accounts.portfolio_rows import DEBT_COLUMNS, LEDGER_COLUMNS
from tests.accounts.portfolio_files import DEBT, ENTRY, write


@pytest.fixture
def files(tmp_path):
    """Makes both files: each argument is what differs from a row that is right."""

    def make(debts: list[dict] | None = None, entries: list[dict] | None = None, optional=()) -> tuple[Path, Path]:
        given = [DEBT | row for row in debts or [{}]]
        columns = DEBT_COLUMNS + [name for row in given for name in row if name not in DEBT_COLUMNS]
        return (
            write(tmp_path / "debts.csv", given, list(dict.fromkeys(columns))),
            write(tmp_path / "ledger.csv", [ENTRY | row for row in entries or []], LEDGER_COLUMNS),
        )

    return make
