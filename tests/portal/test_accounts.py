"""P12: one card for each account, in its own currency; what is finished stays."""

import re
from datetime import timedelta

import pytest

from accounts.models import Debt
from tests.factories import NOW, make_creditor, make_debt
from tests.portal.conftest import new_person, queries, text_of


def cards_of(page: str) -> list[str]:
    rows = re.findall(r'<ul class="rows">(.*?)</ul>', page, re.DOTALL)
    return [re.findall(r"<strong>(.*?)</strong>", row) for row in rows]


def test_one_account_goes_straight_to_it(person):
    assert person.get("/accounts")["Location"] == f"/accounts/{person.debt.pk}"


def test_several_creditors_and_currencies_on_one_page(person):
    loan = make_debt(debtor=person.debtor, creditor=make_creditor(region="hk"), product="Loan", balance_minor=123_450)
    # The clock stands, and cards are sorted by when a debt was added.
    Debt.objects.filter(pk=loan.pk).update(created_at=NOW + timedelta(hours=1))
    make_debt(debtor=person.debtor, creditor=person.creditor, product="Phone", balance_minor=0)
    page = text_of(person.get("/accounts"))
    assert cards_of(page) == [["Credit card", "Loan"], ["Phone"]]
    assert re.findall(r'class="big num">([^<]*)<', page) == ["HK$1,234.50", "NT$12,000"]
    assert f"ending {person.debt.debt_ref[-4:]}" in page


def test_hidden_amounts_are_hidden_here_too(person):
    make_debt(debtor=person.debtor, creditor=person.creditor)
    person.post("/hide-amounts", {"hide": "1", "next": "/accounts"})
    page = text_of(person.get("/accounts"))
    assert "NT$" not in page
    assert "Show amounts" in page


def test_nobody_elses_accounts_are_listed(person):
    make_debt(debtor=person.debtor, creditor=person.creditor, product="Mine")
    make_debt(creditor=person.creditor, product="Theirs")
    assert "Theirs" not in text_of(person.get("/accounts"))


@pytest.mark.parametrize("more", [1, 3])
def test_queries_do_not_grow_with_debts(client, db, clock, more):
    person = new_person(client)
    for _ in range(more):
        make_debt(debtor=person.debtor)
    assert queries(lambda: person.get("/accounts")) == 5


def test_the_wrong_method_and_the_wrong_visitor(person, client):
    assert person.post("/accounts").status_code == 405
    client.cookies.clear()
    assert client.get("/accounts").status_code == 302
