"""Reversals of a file that say which entry they take back: one of the same debt, of this file or an earlier one."""

import pytest

from accounts import ledger, ledger_reversals, ledger_staging, outcomes
from accounts.models import Debt, LedgerEntry
from accounts.money import Money
from tests.accounts.portfolio_files import counts, load, rejected
from tests.factories import NOW, summed

pytestmark = pytest.mark.django_db
PAID = {"entry_ref": "P1", "kind": "payment", "amount": "-500"}
BACK = {"entry_ref": "R1", "kind": "reversal", "amount": "500", "reverses_ref": "P1"}
FEE = {"entry_ref": "F1", "kind": "fee", "amount": "30"}


def taken_back() -> dict[str, str | None]:
    """The references of all reversals, each with that of the entry it takes back."""
    found = LedgerEntry.objects.filter(kind="reversal")
    assert all(debt.balance == summed(debt) for debt in Debt.objects.all())
    return dict(found.values_list("entry_ref", "reverses__entry_ref"))


@pytest.mark.every_engine
@pytest.mark.parametrize(
    "files_of",
    [
        pytest.param([[{}, PAID, BACK]], id="after it in one file"),
        pytest.param([[BACK, PAID, {}]], id="before it in one file"),
        pytest.param([[{}, PAID], [BACK]], id="in a later file"),
        pytest.param([[{}, PAID], [{}, PAID, BACK], [{}, BACK, PAID]], id="in files that tell all of it again"),
        pytest.param([[{}, PAID, BACK], [{}, PAID, BACK | {"reverses_ref": ""}]], id="then without the column's cell"),
    ],
)
def test_a_reversal_takes_back_the_entry_it_names(files, monkeypatch, files_of):
    monkeypatch.setattr(ledger_staging, "CHUNK", 1)
    for entries in files_of:
        said = load(*files(entries=entries))["ledger.csv"]
        assert said["refused"] == 0
    assert taken_back() == {"R1": "P1"}
    assert said["unchanged"] + said["created"] == len(files_of[-1])
    assert Debt.objects.get().balance == Money(120_000, "TWD")


IS_NONE, TAKEN, TWICE = (ledger_reversals.PROBLEMS[why] for why in ("names_none", "taken_back", "names_twice"))
OTHERWISE, LARGER, SIGN = (ledger_reversals.PROBLEMS[why] for why in ("known_otherwise", "larger", "same_sign"))


@pytest.mark.every_engine
@pytest.mark.parametrize(
    ("wrong", "column", "reason"),
    [
        ({"reverses_ref": "P9"}, *IS_NONE),
        ({"reverses_ref": "R1"}, *ledger_reversals.PROBLEMS["names_reversal"]),  # itself
        ({"reverses_ref": "Z1"}, *ledger_reversals.PROBLEMS["names_reversal"]),
        ({"reverses_ref": "O1"}, *IS_NONE),  # of another debt, loaded before
        ({"reverses_ref": "O2"}, *IS_NONE),  # of another debt, in this file
        ({"reverses_ref": "BAD"}, *IS_NONE),  # itself refused
        ({"reverses_ref": "E1"}, *LARGER),  # an opening of zero
        ({"amount": "500.01"}, *LARGER),
        ({"amount": "-500"}, *SIGN),
        ({"reverses_ref": "F1", "amount": "30"}, *SIGN),
        ({"reverses_ref": "F1", "amount": "-30.01"}, *LARGER),
        ({"reverses_ref": "P0"}, *TAKEN),
        ({"kind": "adjustment"}, "reverses_ref", "is only for a reversal; leave it empty for other kinds"),
        ({"reverses_ref": "P" * 61}, "reverses_ref", "is longer than 60 signs"),
        ({"entry_ref": "Z1"}, *OTHERWISE),  # it took back P0
        ({"entry_ref": "Z0", "amount": "100"}, *OTHERWISE),  # it named none
    ],
)
def test_what_cannot_be_taken_back_is_refused_with_the_reason(files, wrong, column, reason):
    debts = [{}, {"debt_ref": "D2"}]
    before = [{"amount": "0"}, {"entry_ref": "P0", "kind": "payment", "amount": "-500"}, FEE]
    before += [{"entry_ref": "Z1", "kind": "reversal", "amount": "500", "reverses_ref": "P0"}]
    before += [{"entry_ref": "Z0", "kind": "reversal", "amount": "100", "reverses_ref": ""}]
    before += [PAID | {"debt_ref": "D2", "entry_ref": "O1"}]
    assert load(*files(debts, before))["ledger.csv"] == counts(created=6)
    other = PAID | {"debt_ref": "D2", "entry_ref": "O2"}
    bad = {"entry_ref": "BAD", "kind": "payment", "amount": "-500", "effective_on": "2026-02-30"}
    given, entries = files(debts, [BACK | wrong, PAID, other, bad])
    assert load(given, entries)["ledger.csv"] == counts(created=2, refused=2)
    assert (2, column, reason) in rejected(entries)
    assert taken_back() == {"Z1": "P0", "Z0": None}


def test_two_rows_that_take_back_the_same_are_both_refused(files):
    given, entries = files(entries=[{}, PAID, BACK, BACK | {"entry_ref": "R2", "amount": "1"}])
    assert load(given, entries)["ledger.csv"] == counts(created=2, refused=2)
    assert rejected(entries) == [(4, *TWICE), (5, *TWICE)]
    assert taken_back() == {}


def test_what_staff_took_back_is_not_taken_back_by_a_file_nor_the_other_way(files):
    load(*files(entries=[{}, PAID, FEE]))
    undone = ledger.reverse(entry=LedgerEntry.objects.get(entry_ref="P1"), by="system", now=NOW, reason="A slip.")
    back = BACK | {"reverses_ref": "F1", "amount": "-30"}
    given, entries = files(entries=[BACK | {"entry_ref": "R0"}, back])
    assert load(given, entries)["ledger.csv"] == counts(created=1, refused=1)
    assert rejected(entries) == [(2, *TAKEN)]
    assert taken_back() == {undone.entry_ref: "P1", "R1": "F1"}
    assert not outcomes.to_take_back(Debt.objects.all()).exists()
