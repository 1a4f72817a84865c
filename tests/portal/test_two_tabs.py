"""Double taps, the back button, two tabs, two devices: what is signed is what is shown, and nothing happens twice."""

import re
import uuid
from datetime import timedelta

import time_machine
from django.test import Client

from accounts.models import Debt, Hold, Knock
from plans.models import Draft, Offer, Plan
from portal.documents.models import Document
from tests.factories import NOW, make_entry, make_policy, sign_in
from tests.portal.conftest import Person, new_person, text_of
from tests.portal.doors import come, make_person
from tests.portal.plan_steps import agree, choose, hidden, send, url, walk


def at_the_check() -> Person:
    person = new_person(Client())
    make_policy(person.creditor, longest_months=10)  # so that there are several offers
    walk(person)
    choose(person)
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    return person


def offers_of(person: Person) -> list[str]:
    return re.findall(r'name="choice" value="([^"]+)"', text_of(person.get(url(person, "offers"))))


def signing(person: Person) -> dict[str, str]:
    """What the check page's form holds, and so what a tick on it would sign."""
    return hidden(text_of(person.get(url(person, "check"))))


# --- Two tabs -------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_its_form_signs(db, clock):
    """Tab 1 stands at the first offer, tab 2 takes another; tab 1 forgets the tick and is shown the check again."""
    person = at_the_check()
    tab_1 = signing(person)
    first, second, *_ = offers_of(person)
    send(person, "offers", {"choice": second})
    assert person.post(url(person, "agree"), tab_1).headers["Location"] == url(person, "check")
    shown = text_of(person.get(url(person, "check")))
    assert "Tick this if you agree to the plan" in shown
    assert hidden(shown)["offer"] == second
    assert tab_1["offer"] == first


def test_a_stale_form_is_replaced_by_a_fresh_one(db, clock):
    """The balance moved while the page was open: the next form signs what is true now, and not in circles."""
    person = at_the_check()
    old = signing(person)
    make_entry(person.debt, amount_minor=-100_000)
    Debt.objects.filter(pk=person.debt.pk).update(balance_minor=1_100_000)
    assert person.post(url(person, "agree"), old | {"agree": "on"}).headers["Location"] == url(person, "check")
    page = text_of(person.get(url(person, "check")))
    assert "The amount changed" in page
    assert not Plan.objects.exists()
    again = person.post(url(person, "check"), {"again": "1", "once": uuid.uuid4()})
    assert again.headers["Location"] == url(person, "offers")
    choose(person)
    assert agree(person).headers["Location"] == url(person, "done")
    assert Plan.objects.get().balance_minor == 1_100_000


def test_a_tick_is_not_kept_for_the_next_try(db, clock):
    person = at_the_check()
    old = signing(person)
    person.post(url(person, "agree"), old | {"agree": "on", "version": "77"})
    page = text_of(person.get(url(person, "check")))
    assert 'class="errors"' in page
    assert not re.search(r'name="agree"[^>]*checked', page)
    assert hidden(page)["version"] == old["version"]
    assert person.post(url(person, "agree"), hidden(page) | {"agree": "on"}).headers["Location"] == url(person, "done")


def test_both_tabs_agree_and_there_is_one_plan(db, clock):
    person = at_the_check()
    tabs = [signing(person), signing(person)]
    answers = [person.post(url(person, "agree"), tab | {"agree": "on"}) for tab in tabs]
    assert [answer.status_code for answer in answers] == [303, 302]
    assert {answer.headers["Location"] for answer in answers} == {url(person, "done")}
    assert Plan.objects.count() == 1


def test_back_after_the_agreement_shows_what_was_agreed(db, clock):
    person = at_the_check()
    agree(person)
    for step in ("shape", "amount", "date", "offers", "check"):
        assert person.get(url(person, step)).headers["Location"] == url(person, "done"), step


# --- Two devices ----------------------------------------------------------------------------------------------------


def test_the_other_device_goes_on_where_this_one_stopped(db, clock):
    person = new_person(Client())
    send(person, "shape", {"shape": "even"})
    send(person, "amount", {"amount": "900"})
    other = Client()
    other.cookies["language"] = "en"
    sign_in(other, person.debtor, creditor=person.creditor)
    assert 'value="900"' in other.get(url(person, "amount")).content.decode()


def test_a_page_that_times_out_elsewhere_does_not_lose_what_was_typed_here(db, clock):
    """Device 1 sends a message in the eleventh minute; after it, device 2 loads its home page, open as long."""
    person, other = new_person(Client()), Client()
    sign_in(other, person.debtor, creditor=person.creditor)
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        person.post(
            "/messages", {"body": "A long message.", "once": uuid.uuid4()}, Referer="http://testserver/messages"
        )
        other.get("/home")
        assert "A long message." in Draft.objects.get(debtor=person.debtor, flow="interrupted").data


# --- Double taps ----------------------------------------------------------------------------------------------------


def test_a_dispute_sent_twice_is_one_check(db, clock):
    person = new_person(Client())
    sent = {"reason": "paid", "note": "In June.", "once": uuid.uuid4()}
    answers = [person.post("/problem", sent).headers["Location"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert Hold.objects.filter(kind=Hold.Kind.DISPUTE).count() == 1


def test_a_pause_taken_and_ended_twice(db, clock):
    person = new_person(Client())
    for _ in range(2):
        assert person.post("/pause", {"days": "30", "once": uuid.uuid4()}).headers["Location"] == "/pause"
    assert Hold.objects.filter(kind=Hold.Kind.PAUSE).count() == 1
    for _ in range(2):
        assert person.post("/pause/end").headers["Location"] == "/pause"
    assert Hold.objects.filter(ended_at__isnull=False).count() == 1


def test_a_statement_asked_for_twice_is_one_paper(db, clock):
    person = new_person(Client())
    places = {person.post("/documents", {"period": "all", "once": uuid.uuid4()}).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    assert Document.objects.count() == 1


def test_offers_asked_for_twice_are_weighed_once(db, clock):
    person = new_person(Client())
    walk(person)
    asked = Offer.objects.filter(proposer=Offer.Proposer.DEBTOR).count()
    fields = {"first": "1", "first_on": "2026-12-05", "once": str(uuid.uuid4())}
    for _ in range(2):
        assert person.post(url(person, "date"), fields).status_code == 303
    assert Offer.objects.filter(proposer=Offer.Proposer.DEBTOR).count() == asked + 1


def test_words_at_the_door_left_twice_are_one_knock(db, clock):
    client = Client()
    come(client, make_person())
    helped = {"choice": "other", "name": "Ming", "reach": "0912", "once": uuid.uuid4()}
    wrong = {"choice": "unknown_person", "note": "", "once": uuid.uuid4()}
    for _ in range(2):
        assert client.post("/verify/help", helped).headers["Location"] == "/verify/help/done"
    for _ in range(2):
        assert client.post("/not-me", wrong).headers["Location"] == "/not-me/done"
    client.post("/verify/help", helped | {"name": "Somebody else"})
    assert sorted(Knock.objects.values_list("kind", flat=True)) == ["help", "help", "not_me"]
    assert Knock.objects.get(kind="not_me").reference in client.get("/not-me/done").content.decode()
