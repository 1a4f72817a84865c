"""A creditor's files as tests write them, and what an import says and leaves behind."""

import csv
import io
from pathlib import Path

from django.core.management import call_command

from accounts import portfolio
from accounts.models import ContactPoint, CreditorRef, Debt, Debtor, LedgerEntry

DEMO = Path(portfolio.__file__).parent / "demo"
DEBT = {
    "creditor": "Starbridge Bank",
    "debtor_ref": "P1",
    "name": "王小明",
    "birth_date": "1990-03-05",
    "id_last4": "0123",
    "phone": "+886912345678",
    "email": "ming@example.com",
    "language": "zh-hant",
    "time_zone": "Asia/Taipei",
    "debt_ref": "D1",
    "product": "credit card",
    "currency": "TWD",
    "credit_limit": "20000",
    "opened_on": "2020-01-31",
    "overdue_since": "2026-07-25",
}
ENTRY = {
    "debt_ref": "D1",
    "entry_ref": "E1",
    "kind": "opening",
    "amount": "1200",
    "effective_on": "2026-04-05",
    "description": "Balance brought forward",
}


def write(path: Path, rows: list[dict], columns: list[str], **format_) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, **format_)
        writer.writeheader()
        writer.writerows(rows)
    return path


def load(*paths: Path, strict: bool = False) -> dict[str, dict[str, int]]:
    """The four counts of each file."""
    out = io.StringIO()
    call_command("import_portfolio", *map(str, paths), strict=strict, stdout=out, stderr=io.StringIO())
    counts = {}
    for line in out.getvalue().splitlines():
        if ": created " in line:
            name, _, rest = line.partition(": ")
            counts[name] = {what: int(count) for what, count in (one.split(" ") for one in rest.split(", "))}
    return counts


def rejected(path: Path) -> list[tuple[int, str, str]]:
    with portfolio.rejected_path(path).open(encoding="utf-8", newline="") as file:
        return [(int(row["line"]), row["column"], row["reason"]) for row in csv.DictReader(file)]


def counts(created: int = 0, updated: int = 0, unchanged: int = 0, refused: int = 0) -> dict[str, int]:
    return {"created": created, "updated": updated, "unchanged": unchanged, "refused": refused}


def state() -> dict:
    """All that an import leaves behind, without ids and instants."""
    contacts = ContactPoint.objects.values_list(
        "debtor__name", "channel", "address_index", "retired_at", "blocked_reason"
    )
    entries = LedgerEntry.objects.values_list("debt__debt_ref", "entry_ref", "kind", "amount_minor", "effective_on")
    return {
        "debts": sorted(Debt.objects.values_list("creditor__name", "debt_ref", "balance_minor", "row_hash")),
        "refs": sorted(CreditorRef.objects.values_list("creditor__name", "debtor_ref", "debtor__name")),
        "people": Debtor.objects.count(),
        "contacts": sorted(contacts, key=str),
        "entries": sorted(entries),
    }
