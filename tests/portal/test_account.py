"""P13: how the amount came about adds up, every entry is there, and old money is warned about."""

import re
import uuid
from datetime import date, timedelta

import pytest
from django.db.models import Sum

from accounts import holds, ledger, limitation, rules
from accounts.models import Debt, Event, LedgerEntry
from accounts.money import Money
from tests.factories import NOW, TODAY, make_debt, make_entry
from tests.portal.conftest import Person, new_person, queries, text_of

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py


def address(person: Person, more: str = "") -> str:
    return f"/accounts/{person.debt.pk}{more}"


def settle(debt: Debt) -> None:
    """Set the balance to what the ledger says, as its writers would have."""
    total = debt.entries.aggregate(total=Sum("amount_minor"))["total"]
    Debt.objects.filter(pk=debt.pk).update(balance_minor=total)


NOW_ON_THAT_DAY = "Now<br><small>Monday 23 November 2026</small>"


def table_of(page: str) -> dict[str, str]:
    rows = re.findall(r'<th scope="row">(.*?)</th><td class="amount num">(.*?)</td>', page)
    return dict(rows)


def minor(words: str) -> int:
    digits = int(re.sub(r"\D", "", words)) * 100
    return -digits if words.startswith("−") else digits


@pytest.fixture
def ledger_rows(person):
    for kind, amount in (("interest", 30_000), ("interest", 12_300), ("fee", 10_000), ("charge", 5_000)):
        make_entry(person.debt, kind=kind, amount_minor=amount)
    paid = make_entry(person.debt, kind="payment", amount_minor=-200_000)
    make_entry(person.debt, kind="write_off", amount_minor=-1_000)
    make_entry(person.debt, kind="adjustment", amount_minor=-700)
    make_entry(person.debt, kind="reversal", amount_minor=200_000, reverses=paid)
    settle(person.debt)


def test_the_amount_is_explained_line_by_line_and_adds_up(person, ledger_rows):
    table = table_of(text_of(person.get(address(person))))
    person.debt.refresh_from_db()
    names = ["Started at", "Interest", "Fees", "Other charges", "Payments and credits", "Corrections"]
    assert list(table) == [*names, NOW_ON_THAT_DAY]
    total = sum(minor(table[name]) for name in names)
    assert total == minor(table[NOW_ON_THAT_DAY]) // 100 * 100
    assert table["Interest"] == "+NT$423"
    assert table["Payments and credits"] == "−NT$2,010"


def test_lines_with_nothing_in_them_are_left_out(person):
    assert list(table_of(text_of(person.get(address(person)))))[:-1] == ["Started at", "Payments and credits"]


@pytest.mark.every_engine
def test_every_entry_is_there_newest_first_and_older_ones_by_key(person):
    for number in range(45):
        day = TODAY - timedelta(days=number // 3)
        make_entry(person.debt, effective_on=day, amount_minor=-100 * (number + 1), description=f"row {number}")
    seen, path = [], address(person)
    for _ in range(5):
        page = text_of(person.get(path))
        seen += re.findall(r">row (\d+)<", page)
        older = re.search(r'href="(\?before=[^#"]*)', page)
        if older is None:
            break
        path = address(person) + older[1]
    in_order = LedgerEntry.objects.filter(debt=person.debt, kind="payment").order_by("-effective_on", "-id")
    assert seen == [entry.description.removeprefix("row ") for entry in in_order]


@pytest.mark.parametrize(
    "before", ["x", "2026-11-23", "2026-13-45.1", "2026-11-23.-1", "2026-11-23.x", "²", "2026-11-23.²"]
)
def test_a_made_up_key_is_not_found(person, before):
    assert person.client.get(address(person), {"before": before}).status_code == 404


def test_says_whose_it_is_and_how_to_pay_today(person):
    page = text_of(person.get(address(person)))
    for words in (person.creditor.name, "The money goes to Starbridge Bank", "000-123456-78", person.debt.debt_ref):
        assert words in page


def test_the_original_creditor_is_named(person):
    Debt.objects.filter(pk=person.debt.pk).update(original_creditor="Bright Lake Bank")
    assert "Bright Lake Bank" in text_of(person.get(address(person)))


def test_while_it_is_checked_nobody_is_asked_to_pay(person):
    law = rules.law_for("tw", TODAY)
    holds.place(debtor=person.debtor, kind="dispute", law=law, by="system", now=NOW, debt=person.debt)
    page = text_of(person.get(address(person)))
    assert "Being checked. No payment is needed" in page
    assert "000-123456-78" not in page


def test_interest_that_was_stopped_says_since_when(person):
    hold = holds.place(debtor=person.debtor, kind="pause", law=rules.law_for("tw", TODAY), by="system", now=NOW)
    type(hold).objects.filter(pk=hold.pk).update(stops_interest=True)
    assert "No interest is added since Monday 23 November 2026" in text_of(person.get(address(person)))


def test_somebody_elses_account_is_not_there(person):
    theirs = make_debt(creditor=person.creditor)
    for path in (f"/accounts/{theirs.pk}", f"/accounts/{theirs.pk}/old", f"/accounts/{uuid.uuid4()}"):
        assert person.get(path).status_code == 404


def test_wrong_methods_are_refused(person):
    assert person.post(address(person)).status_code == 405
    assert person.client.put(address(person, "/old")).status_code == 405


@pytest.mark.parametrize("rows", [1, 60])
def test_queries_do_not_grow_with_entries(person, rows):
    for _ in range(rows):
        make_entry(person.debt)
    assert queries(lambda: person.get(address(person))) == 7


# --- Old money -------------------------------------------------------------------------------------------------------


@pytest.fixture
def old(client, db, clock) -> Person:
    return new_person(client, opened_on=date(2005, 1, 1), overdue_since=date(2011, 11, 23))


WARNING = "This may be too old to be enforced"


def test_old_money_is_warned_about_and_the_bank_account_waits(old):
    page = text_of(old.get(address(old)))
    assert WARNING in page
    assert "000-123456-78" not in page
    assert WARNING in text_of(old.get(address(old, "/old?to=pay")))
    assert "000-123456-78" not in text_of(old.get("/pay"))


def test_young_money_is_not_warned_about(person):
    assert WARNING not in text_of(person.get(address(person)))
    assert "000-123456-78" in text_of(person.get("/pay"))


def test_the_last_day_counts_and_the_day_before_does_not(client, db, clock):
    person = new_person(client, opened_on=date(2005, 1, 1), overdue_since=date(2011, 11, 24))
    assert not limitation.too_old([person.debt], TODAY)
    assert limitation.too_old([person.debt], TODAY + timedelta(days=1))


def test_a_payment_since_then_starts_the_time_anew_unless_it_was_taken_back(old):
    paid = ledger.post(
        debt=old.debt,
        kind="payment",
        amount=Money(-100_000, "TWD"),
        effective_on=date(2020, 1, 1),
        entry_ref="paid",
        by="system",
        now=NOW,
    )
    assert not limitation.too_old([old.debt], TODAY)
    ledger.reverse(entry=paid, by="system", now=NOW, reason="returned")
    assert limitation.too_old([old.debt], TODAY)
    assert WARNING in text_of(old.get(address(old)))


@pytest.mark.parametrize("to", ["plan", "pay"])
def test_going_on_is_logged_and_opens_the_door(old, to):
    answer = old.post(address(old, "/old"), {"choice": "go_on", "to": to})
    assert answer.status_code == 303
    assert answer["Location"].endswith(f"?debt={old.debt.pk}")
    event = Event.objects.get(act="limitation.went_on")
    assert (event.on, event.data["to"], event.by) == (f"debt:{old.debt.pk}", to, f"debtor:{old.debtor.pk}")
    assert not limitation.must_warn(old.debt, by=old.debtor, today=TODAY)
    assert "000-123456-78" in text_of(old.get("/pay"))


def test_going_back_is_logged_and_the_guard_stays(old):
    answer = old.post(address(old, "/old"), {"choice": "stay", "to": "pay"})
    assert answer["Location"] == address(old)
    assert Event.objects.filter(act="limitation.stayed").count() == 1
    assert limitation.must_warn(old.debt, by=old.debtor, today=TODAY)


def test_the_guard_costs_no_more_queries_than_any_page(old):
    assert queries(lambda: old.get(address(old))) <= 7
    assert queries(lambda: old.get("/pay")) <= 7


# --- How to pay today ------------------------------------------------------------------------------------------------


def test_without_a_bank_account_one_can_ask(person):
    type(person.creditor).objects.update(bank_account="")
    assert "Ask us which account to pay to" in text_of(person.get("/pay"))


def test_each_debt_has_its_own_reference(person):
    other = make_debt(debtor=person.debtor, creditor=person.creditor)
    page = text_of(person.get("/pay"))
    assert page.count("What you owe") == 2
    assert other.debt_ref in page
    assert other.debt_ref not in text_of(person.get(f"/pay?debt={person.debt.pk}"))
    assert person.post("/pay").status_code == 405
