from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from accounts import ledger
from accounts.ledger import (
    AmountTooLarge,
    CannotBeReversed,
    EntryKnownOtherwise,
    StoppedThatDay,
    WrongCurrency,
    WrongSign,
    ZeroAmount,
)
from accounts.models import Debt, Event, Hold, LedgerEntry
from accounts.money import Money
from tests.factories import NOW, TODAY, make_debt, summed
from tests.races import race


def post(debt: Debt, kind: str = "payment", minor: int = -5000, ref: str = "E1", currency: str = "TWD", **values):
    about = {"effective_on": TODAY, "entry_ref": ref, "by": "system", "now": NOW} | values
    return ledger.post(debt=debt, kind=kind, amount=Money(minor, currency), **about)


@pytest.mark.django_db
def test_an_entry_moves_the_balance_and_carries_its_event():
    debt = make_debt(balance_minor=100_000)
    entry = post(debt)
    assert debt.balance_minor == 95_000
    assert ledger.balance(debt) == summed(debt) == Money(95_000, "TWD")
    event = Event.objects.get(pk=entry.act)
    assert (event.act, event.debtor_id, event.on) == ("ledger.posted", debt.debtor_id, f"debt:{debt.pk}")
    assert event.data == {"entry": entry.pk, "kind": "payment", "amount_minor": -5000, "currency": "TWD"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "day", "hold", "refused"),
    [
        ("fee", 0, {}, True),
        ("interest", 5, {}, True),
        ("interest", -1, {}, False),
        ("charge", 0, {}, False),
        ("fee", 0, {"stops_interest": False}, False),
        ("fee", 3, {"ended_at": NOW + timedelta(days=2)}, False),
        ("fee", 2, {"ended_at": NOW + timedelta(days=2)}, True),  # a day of which a part was stopped
        ("fee", 0, {"debt": None}, True),
    ],
)
def test_interest_and_fees_are_not_added_for_a_day_on_which_a_hold_stops_them(kind, day, hold, refused):
    debt = make_debt()
    stops = {"debtor": debt.debtor, "debt": debt, "kind": "breathing_space", "from_at": NOW, "stops_interest": True}
    Hold.objects.create(**stops | hold)
    made = {"kind": kind, "minor": 500, "effective_on": TODAY + timedelta(days=day), "now": NOW + timedelta(days=9)}
    if not refused:
        assert post(debt, **made).kind == kind
        return
    with pytest.raises(StoppedThatDay, match="A hold stops interest and fees on"):
        post(debt, **made)
    assert summed(debt) == ledger.balance(debt)


@pytest.mark.django_db
def test_the_same_entry_again_is_the_first_one():
    debt = make_debt(balance_minor=100_000)
    assert post(debt) == post(debt)
    assert summed(debt) == ledger.balance(debt) == Money(95_000, "TWD")
    assert Event.objects.filter(act="ledger.posted").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"currency": "CNY"}, WrongCurrency),
        ({"minor": 0}, ZeroAmount),
        ({"minor": 5000}, WrongSign),
        ({"kind": "write_off", "minor": 1}, WrongSign),
        ({"kind": "charge", "minor": -1}, WrongSign),
        ({"kind": "interest", "minor": -1}, WrongSign),
        ({"kind": "fee", "minor": -1}, WrongSign),
        ({"minor": -(10**13)}, AmountTooLarge),
        ({"kind": "adjustment", "minor": 2**63}, AmountTooLarge),
        ({"kind": "adjustment", "minor": -(2**63)}, AmountTooLarge),
        ({"kind": "opening", "minor": 1}, EntryKnownOtherwise),  # the debt has one
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_everything_as_it_was(values, refusal):
    debt = make_debt(balance_minor=100_000)
    with pytest.raises(refusal):
        post(debt, **values)
    assert ledger.balance(debt) == summed(debt) == Money(100_000, "TWD")
    assert LedgerEntry.objects.count() == 1
    assert not Event.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("changed", [{"minor": -5001}, {"kind": "adjustment"}, {"effective_on": date(2026, 1, 1)}])
def test_a_known_reference_with_other_content_is_refused(changed):
    debt = make_debt()
    post(debt)
    with pytest.raises(EntryKnownOtherwise):
        post(debt, **changed)


@pytest.mark.django_db
def test_a_balance_that_would_not_fit_is_refused():
    debt = make_debt(balance_minor=2**63 - 10)
    with pytest.raises(AmountTooLarge):
        post(debt, kind="charge", minor=10)


@pytest.mark.django_db
def test_a_reversal_undoes_once_and_names_what_it_undoes():
    debt = make_debt(balance_minor=100_000)
    entry = post(debt)
    undone = ledger.reverse(entry=entry, by="system", now=NOW, reason="returned by the bank")
    again = ledger.reverse(entry=entry, by="system", now=NOW, reason="twice")
    assert undone == again
    assert (undone.reverses, undone.amount_minor, undone.effective_on) == (entry, 5000, TODAY)
    assert ledger.balance(debt) == summed(debt) == Money(100_000, "TWD")
    with pytest.raises(CannotBeReversed):
        ledger.reverse(entry=undone, by="system", now=NOW, reason="")


@dataclass(frozen=True)
class Posting:
    """One posting in a process of its own; picklable."""

    debt: str
    ref: str

    def __call__(self) -> int:
        return post(Debt.objects.get(pk=self.debt), ref=self.ref, minor=-1).pk


def test_two_writers_lose_nothing_of_each_other(committed_db):
    debt = make_debt(balance_minor=100_000)
    written = race([Posting(str(debt.pk), f"E{number // 2}") for number in range(8)])
    assert len(set(written)) == 4  # each reference was posted twice
    assert ledger.balance(debt) == summed(debt) == Money(100_000 - 4, "TWD")
