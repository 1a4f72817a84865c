"""What was typed and refused stays, with its errors, until the form passes: over reloads, and beside other forms."""

import uuid
from datetime import timedelta

import pytest
import time_machine

from tests.factories import NOW, make_debt, sign_in
from tests.portal.conftest import text_of
from tests.portal.doors import come, make_person
from tests.portal.plan_steps import choose, hidden, send, url, walk

pytestmark = pytest.mark.one_engine  # about what forms keep


def errors(page: str) -> bool:
    return 'class="errors"' in page


def test_a_refused_form_survives_reloads_until_it_passes(person):
    send(person, "shape", {"shape": "even"})
    send(person, "amount", {"amount": "12 apples"})
    for _ in range(3):
        page = text_of(person.get(url(person, "amount")))
        assert 'value="12 apples"' in page
        assert errors(page)
    send(person, "amount", {"amount": "900"})
    page = text_of(person.get(url(person, "amount")))
    assert 'value="900"' in page
    assert not errors(page)


def test_what_an_act_refused_survives_reloads_too(person):
    key = str(uuid.uuid4())
    person.post("/messages", {"body": "One", "once": key})
    person.post("/messages", {"body": "Another", "once": key})
    for _ in range(2):
        page = text_of(person.get("/messages"))
        assert "This was sent already" in page
        assert hidden(page)["once"] != key
    assert person.post("/messages", hidden(page) | {"body": "Another"})["Location"] == "/messages#newest"
    assert not errors(text_of(person.get("/messages")))


def test_another_form_that_passes_takes_nothing_away(person):
    send(person, "shape", {"shape": "even"})
    send(person, "amount", {"amount": "x"})
    person.post("/messages", {"body": "Hello", "once": uuid.uuid4()})
    assert 'value="x"' in text_of(person.get(url(person, "amount")))


def test_plus_and_minus_count_as_an_answer(person):
    send(person, "shape", {"shape": "even"})
    send(person, "amount", {"amount": "x"})
    person.post(url(person, "amount"), {"amount": "500", "more": "1"})
    page = text_of(person.get(url(person, "amount")))
    assert 'value="1000"' in page
    assert not errors(page)


def test_what_was_refused_for_one_offer_is_not_said_of_another(person):
    walk(person)
    choose(person)
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    person.post(url(person, "agree"), hidden(text_of(person.get(url(person, "check")))))
    for _ in range(2):
        assert "Tick this if you agree to the plan" in text_of(person.get(url(person, "check")))
    choose(person)
    assert not errors(text_of(person.get(url(person, "check"))))


def test_each_account_has_its_own(person):
    second = make_debt(debtor=person.debtor, creditor=person.creditor)
    send(person, "shape", {"shape": "even"})
    person.post(f"/plan/new?debt={second.pk}", {"shape": "even"})
    send(person, "amount", {"amount": "x"})
    assert not errors(text_of(person.get(f"/plan/new/amount?debt={second.pk}")))


@pytest.mark.parametrize(("minutes", "there"), [(9, True), (11, False)])
def test_at_the_door_it_is_kept_for_minutes_only(client, db, clock, minutes, there):
    come(client, make_person())
    client.post("/verify/help", {"choice": "other", "name": "Ming", "reach": ""})
    with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
        assert ("Ming" in text_of(client.get("/verify/help"))) is there


def test_facts_typed_behind_one_link_are_not_shown_behind_another(client, db, clock):
    come(client, make_person())
    client.post("/verify", {"birth_year": "1977", "birth_month": "1", "birth_day": "1", "id_last4": "9999"})
    assert 'value="1977"' in text_of(client.get("/verify"))
    come(client, make_person())
    assert 'value="1977"' not in text_of(client.get("/verify"))


def test_a_visit_does_not_fill_up(person):
    debts = [make_debt(debtor=person.debtor, creditor=person.creditor) for _ in range(8)]
    for debt in debts:
        person.post(f"/plan/new?debt={debt.pk}", {"shape": "nonsense"})
    assert len(person.client.session["typed"]) == 6
    assert errors(text_of(person.get(f"/plan/new?debt={debts[-1].pk}")))
