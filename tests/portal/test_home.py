"""P11: one sentence on where one stands, the amount, and five doors of equal weight."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts import holds, rules
from accounts.models import Debt, Hold
from portal.contact import thread
from tests.factories import NOW, TODAY, make_creditor, make_debt, make_entry, make_plan, make_staff, sign_in
from tests.portal.conftest import queries, text_of

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

DOORS = [
    "Make a plan",
    "Pay some or all now",
    "I cannot pay right now",
    "This is not mine, or the amount is wrong",
    "Talk to us",
]


def doors_of(page: str) -> list[str]:
    rows = re.search(r'<ul class="rows doors">(.*?)</ul>', page, re.DOTALL)[1]
    return re.findall(r"<span>(.*?)</span>", rows)


def hold(person, kind: str, **values) -> Hold:
    law = rules.law_for(person.creditor.region, TODAY)
    return holds.place(debtor=person.debtor, kind=kind, law=law, by="system", now=NOW, **values)


def test_says_what_is_owed_and_opens_five_doors(person):
    page = text_of(person.get("/home"))
    assert "Hello 王○明" in page
    assert "Nothing agreed yet" in page
    assert "NT$12,000" in page
    assert "As of Monday 23 November 2026" in page
    assert doors_of(page) == DOORS


def test_all_doors_are_the_same_element(person):
    page = text_of(person.get("/home"))
    rows = re.search(r'<ul class="rows doors">(.*?)</ul>', page, re.DOTALL)[1]
    assert set(re.findall(r"<li[^>]*>", rows)) == {"<li>"}
    assert {re.sub(r'href="[^"]*"', "", found) for found in re.findall(r"<a [^>]*>", rows)} == {"<a >"}


def test_the_title_names_nobody_and_nothing(person):
    assert "<title>Home – Repayment service</title>" in text_of(person.get("/home"))


@pytest.mark.parametrize(
    ("kind", "anyway"), [("pause", ["Make a plan anyway", "Pay anyway"]), ("dispute", ["Pay anyway"])]
)
def test_status_comes_first_and_paying_last_while_on_hold(person, kind, anyway):
    hold(person, kind, until=NOW + timedelta(days=14))
    assert doors_of(text_of(person.get("/home"))) == [DOORS[2], DOORS[3], DOORS[4], *anyway]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("pause", "Paused until Monday 7 December 2026"),
        ("dispute", "Being checked. No payment is needed"),
        ("court", "In a legal process. Please read this first"),
    ],
)
def test_a_hold_is_said_in_one_sentence(person, kind, words):
    hold(person, kind, until=datetime(2026, 12, 6, 16, tzinfo=UTC))
    assert words in text_of(person.get("/home"))


def test_an_ended_hold_is_not_said(person):
    ended = hold(person, "pause")
    holds.end(hold=ended, by="system", now=NOW)
    assert "Nothing agreed yet" in text_of(person.get("/home"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"balance_minor": 0}, "Fully paid"),
        ({"state": "closed"}, "Closed. Nothing more to pay"),
        ({"state": "transferred", "transferred_to": "Aurora"}, "Moved to Aurora. Please contact them"),
        ({"state": "legal"}, "In a legal process. Please read this first"),
        ({"balance_minor": -50_000}, "More was paid than needed. The credit is yours"),
    ],
)
def test_a_debt_that_is_not_to_be_paid_here_offers_no_plan(person, values, words):
    Debt.objects.filter(pk=person.debt.pk).update(**values)
    page = text_of(person.get("/home"))
    assert words in page
    assert doors_of(page) == [DOORS[4], DOORS[3], "Documents"]


def test_a_credit_is_said_plainly_and_does_not_lower_what_is_owed_elsewhere(person):
    make_debt(debtor=person.debtor, creditor=person.creditor, balance_minor=-50_000)
    page = text_of(person.get("/home"))
    assert "NT$12,000" in page
    assert re.search(r"Credit with Starbridge Bank \d+: +<span class=\"num\">NT\$500</span>", page)


def test_currencies_are_never_added_together(person):
    make_debt(debtor=person.debtor, creditor=make_creditor(region="hk"), balance_minor=123_450)
    make_debt(debtor=person.debtor, creditor=person.creditor, balance_minor=100_000)
    page = text_of(person.get("/home"))
    assert re.findall(r'class="big num">([^<]*)<', page) == ["HK$1,234.50", "NT$13,000"]


def test_a_reply_is_news_until_it_is_read(person):
    thread.answer(debtor=person.debtor, by=make_staff(), body="Of course.", now=NOW)
    assert "There is a reply to your message" in text_of(person.get("/home"))
    person.post("/messages", {"body": "Thank you.", "once": uuid.uuid4()})
    assert "There is a reply to your message" not in text_of(person.get("/home"))


def test_amounts_can_be_hidden_and_shown_without_script(person):
    answer = person.post("/hide-amounts", {"hide": "1", "next": "/home"})
    assert (answer.status_code, answer["Location"]) == (303, "/home")
    page = text_of(person.get("/home"))
    assert "NT$" not in page
    assert "amount hidden" in page
    person.post("/hide-amounts", {"hide": "0", "next": "/home"})
    assert "NT$12,000" in text_of(person.get("/home"))


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "evil", ""])
def test_the_switch_leads_nowhere_else(person, elsewhere):
    assert person.post("/hide-amounts", {"hide": "1", "next": elsewhere})["Location"] == "/home"


def test_a_running_plan_says_the_next_payment_and_leads_to_it(person):
    plan = make_plan(person.debt)
    page = text_of(person.get("/home"))
    assert "Your plan is running" in page
    assert "Next: NT$1,000 on Monday 7 December 2026" in page
    assert doors_of(page) == ["The next payment", "See or change the plan", *DOORS[2:]]
    assert f'href="/plan/{plan.pk}"' in page


def test_hidden_amounts_are_hidden_in_the_next_payment(person):
    make_plan(person.debt)
    person.post("/hide-amounts", {"hide": "1", "next": "/home"})
    assert "Next: •••••• on Monday 7 December 2026" in text_of(person.get("/home"))


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (datetime(2026, 12, 12, 4, tzinfo=UTC), "Next: NT$1,000 on"),
        (datetime(2026, 12, 14, 4, tzinfo=UTC), "We have not received this payment yet. You can move it, change it"),
        (datetime(2027, 1, 20, 4, tzinfo=UTC), "2 payments not received yet. Let us look at it together"),
    ],
)
def test_a_payment_that_did_not_come_is_said_calmly(person, day, words):
    make_plan(person.debt)
    with time_machine.travel(day, tick=False):
        del person.client.cookies["session"]
        sign_in(person.client, person.debtor, creditor=person.creditor, now=day)
        assert words in text_of(person.get("/home"))


def test_with_a_plan_home_takes_seven_queries_however_long_it_is(person):
    make_plan(person.debt)
    make_debt(debtor=person.debtor, creditor=person.creditor)
    assert queries(lambda: person.get("/home")) == 7


@pytest.mark.parametrize("more", [0, 2])
def test_queries_do_not_grow_with_debts(person, more):
    for _ in range(more):
        make_entry(make_debt(debtor=person.debtor, creditor=person.creditor))
    assert queries(lambda: person.get("/home")) == 5


def test_wrong_methods_are_refused(person):
    assert person.post("/home").status_code == 405
    assert person.get("/hide-amounts").status_code == 405


def test_nobody_is_let_in_without_signing_in(client, db):
    assert client.get("/home").status_code == 302
    assert client.post("/hide-amounts").status_code == 302


def test_staying_signed_in(person):
    assert person.post("/stay", **{"HX-Request": "true"}).status_code == 204
    assert person.post("/stay")["Location"] == "/home"
    assert person.client.put("/stay").status_code == 405


def test_nothing_owed_shows_no_amount(person):
    Debt.objects.filter(pk=person.debt.pk).update(balance_minor=0)
    assert "NT$" not in text_of(person.get("/home"))
