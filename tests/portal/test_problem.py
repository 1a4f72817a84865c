"""P30 and P31: what is not right stops contact at once, needs no papers and no code, and gets an answer by a day."""

import re
import uuid

import pytest
from django.db import transaction

from accounts import disputes, outbox, rules
from accounts.models import Event, Hold, Link, Message
from tests.factories import NOW, TODAY, make_contact, make_creditor, make_debt
from tests.portal.conftest import new_person, queries, text_of

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py


def send(person, **values):
    return person.post(
        "/problem", {"reason": "wrong_amount", "note": "I paid in October", "once": uuid.uuid4()} | values
    )


def test_each_reason_is_a_press_of_its_own_and_nothing_is_chosen_beforehand(person):
    page = text_of(person.get("/problem"))
    assert re.findall(r'<button name="reason" value="(\w+)"', page) == list(disputes.REASONS)
    assert not re.search(r'type="radio"| checked|aria-current="true"', page.partition("<main")[2])


def test_contact_and_payments_stop_at_once(person):
    reminder = outbox.queue(
        key="reminder-1",
        debtor=person.debtor,
        contact=make_contact(person.debtor),
        purpose="reminder",
        template="first_contact",
        context={"creditor": "Starbridge", "link": "http://localhost/r/x"},
        now=NOW,
    )
    answer = send(person)
    hold = Hold.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/problem/{hold.pk}")
    assert (hold.kind, hold.debt, hold.reason, hold.note) == (
        "dispute",
        person.debt,
        "wrong_amount",
        "I paid in October",
    )
    assert hold.stops_contact
    assert hold.stops_payments
    assert Message.objects.get(pk=reminder.pk).state == "cancelled"
    assert Message.objects.get(template="check_opened").purpose == "service"
    event = Event.objects.get(act="hold.placed")
    assert "October" not in str(event.data)


def test_the_answer_is_promised_by_a_working_day_and_has_a_reference(person):
    send(person)
    hold = Hold.objects.get()
    page = text_of(person.get(f"/problem/{hold.pk}"))
    assert "We have it. While we check, we will not ask you to pay" in page
    assert "Our answer, by Thursday 26 November 2026" in page
    assert disputes.reference(hold) in page
    assert "I paid in October" in page
    assert "Being checked. No payment is needed" in text_of(person.get("/home"))
    assert f'href="/problem/{hold.pk}"' in text_of(person.get("/problem"))


@pytest.mark.every_engine
def test_a_second_tap_opens_one_check(person):
    key = uuid.uuid4()
    answers = {send(person, once=key)["Location"] for _ in range(2)}
    assert answers == {f"/problem/{Hold.objects.get().pk}"}


def test_the_same_form_sent_with_other_words_is_asked_about(person):
    key = uuid.uuid4()
    send(person, once=key)
    assert send(person, once=key, note="And in November")["Location"] == "/problem"
    page = text_of(person.get("/problem"))
    assert "This was sent already" in page
    assert str(key) not in page
    assert Hold.objects.count() == 1


def test_with_several_accounts_one_says_which(person):
    other = make_debt(debtor=person.debtor, creditor=person.creditor)
    asked = text_of(person.get("/problem"))
    assert set(re.findall(r'href="/problem\?debt=([^"]+)"', asked)) == {str(person.debt.pk), str(other.pk), "all"}
    assert '<button name="reason"' not in asked
    for about in (str(other.pk), "all"):
        page = text_of(person.get(f"/problem?debt={about}"))
        assert f'name="debt" value="{about}"' in page
        assert "Another account" in page
        send(person, debt=about)
    assert list(Hold.objects.order_by("created_at").values_list("debt", flat=True)) == [other.pk, None]
    assert send(person)["Location"] == "/problem"
    assert "Choose which account it is about" in text_of(person.get("/problem"))


@pytest.mark.parametrize("named", ["by the text", "by its creditor", "by nothing"])
def test_who_comes_by_a_text_about_one_account_is_asked_about_that_one(person, named):
    at_same = person.creditor if named != "by its creditor" else make_creditor()
    make_debt(debtor=person.debtor, creditor=at_same)
    make_debt(debtor=person.debtor, creditor=person.creditor, balance_minor=0)
    if named == "by the text":
        link = Link.objects.get()
        about = {"purpose": "service", "template": "check_opened", "contact": make_contact(person.debtor), "now": NOW}
        with transaction.atomic():
            outbox.queue(key="1", debtor=person.debtor, debt=person.debt, link=link, **about)
    page = text_of(person.get("/problem"))
    assert (f'name="debt" value="{person.debt.pk}"' in page) is (named != "by nothing")
    assert ("Which account is it?" in page) is (named == "by nothing")
    assert "Which account is it?" in text_of(person.get("/problem?debt="))


def test_somebody_elses_account_cannot_be_named(person):
    make_debt(debtor=person.debtor, creditor=person.creditor)
    theirs = make_debt(creditor=person.creditor)
    assert send(person, debt=str(theirs.pk))["Location"] == "/problem"
    assert not Hold.objects.exists()


@pytest.mark.parametrize("values", [{"reason": ""}, {"reason": "nonsense"}, {"note": "x" * 1001}])
def test_what_is_no_reason_opens_nothing(person, values):
    assert send(person, **values)["Location"] == "/problem"
    page = text_of(person.get("/problem"))
    assert 'class="errors"' in page
    assert values.get("note", "") in page
    assert not Hold.objects.exists()


def test_the_longest_note_is_taken(person):
    send(person, note="字" * 1000)
    assert Hold.objects.get().note == "字" * 1000


def test_a_check_that_ended_says_so(person):
    send(person)
    Hold.objects.update(ended_at=NOW, ended_reason="corrected")
    page = text_of(person.get(f"/problem/{Hold.objects.get().pk}"))
    assert "The check is finished" in page
    assert "Nothing agreed yet" in text_of(person.get("/home"))


def test_a_check_is_its_owners_alone(person, client):
    send(person)
    hold = Hold.objects.get()
    other = new_person(client)
    assert other.get(f"/problem/{hold.pk}").status_code == 404
    assert other.get(f"/problem/{uuid.uuid4()}").status_code == 404


def test_wrong_methods_and_strangers(person, client):
    assert person.client.put("/problem").status_code == 405
    assert person.post(f"/problem/{uuid.uuid4()}").status_code == 405
    client.cookies.clear()
    assert client.post("/problem", {"reason": "not_mine"}).status_code == 302
    assert not Hold.objects.exists()


@pytest.mark.parametrize(("more", "count"), [(0, 4), (1, 5), (3, 5)])
def test_queries_do_not_grow_with_debts(person, more, count):
    for _ in range(more):
        make_debt(debtor=person.debtor, creditor=person.creditor)
    assert queries(lambda: person.get("/problem")) == count


def test_the_law_shortens_a_long_promise():
    class Slow:
        reply_days, region = 30, "cn"

    assert disputes.reply_by(creditor=Slow, law=rules.law_for("cn", TODAY), today=TODAY).isoformat() == "2026-12-02"
