"""P38: what is held and why, corrections with the law's clock, deletion with what stays and until when."""

import uuid

import pytest
from django.utils import translation

from accounts.models import Debt, Event, Message, PrivacyRequest
from plans.models import Draft
from portal import drafts
from portal.contact.models import ThreadMessage
from portal.privacy import fixing
from portal.privacy.held import HELD
from tests.factories import NOW, make_contact, make_staff, sign_in
from tests.portal.conftest import text_of

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

PAGE = "/preferences/privacy"


def test_everything_that_is_held_stands_on_the_page_with_its_ground(person):
    page = text_of(person.get(PAGE))
    with translation.override("en"):
        assert [row.words for row in HELD if str(row.words).replace("'", "&#x27;") not in page] == []
    assert "art. 19" in page
    assert "While an account is open" in page


def test_with_nothing_open_the_page_names_the_day(person):
    Debt.objects.filter(debtor=person.debtor).update(balance_minor=0)
    assert "Sunday 23 November 2031" in text_of(person.get(PAGE))


def test_a_correction_has_the_laws_clock_and_is_asked_once(person):
    key = str(uuid.uuid4())
    for _ in range(2):
        sent = person.post(f"{PAGE}/fix", {"about": "name", "words": "It is 王大明.", "once": key})
        assert sent["Location"] == f"{PAGE}/fix"
    request = PrivacyRequest.objects.get()
    assert (request.about, request.words, request.due_on.isoformat()) == ("name", "It is 王大明.", "2026-12-23")
    page = text_of(person.get(f"{PAGE}/fix"))
    assert "We answer by Wednesday 23 December 2026" in page
    (event,) = Event.objects.filter(act="fix.asked")
    assert event.data == {"about": "name", "law": request.law, "due": "2026-12-23"}


@pytest.mark.parametrize("typed", [{}, {"about": "x", "words": "y"}, {"about": "name", "words": " "}])
def test_what_says_nothing_is_not_sent_and_kept(person, typed):
    person.post(f"{PAGE}/fix", typed)
    assert not PrivacyRequest.objects.exists()
    assert "Please check" in text_of(person.get(f"{PAGE}/fix"))


@pytest.mark.every_engine
def test_staff_answer_once_with_an_event_and_a_message(person):
    make_contact(person.debtor)
    given = {"debtor": person.debtor, "about": "name", "words": "王大明", "key": uuid.uuid4()}
    request = fixing.ask(**given, by=person.debtor, now=NOW)
    fixing.answer(request=request, outcome="done", words="Your name is put right.", by=make_staff(), now=NOW)
    with pytest.raises(fixing.Answered):
        fixing.answer(request=request, outcome="refused", words="No.", by=make_staff(), now=NOW)
    assert ThreadMessage.objects.get().body == "Your name is put right."
    assert Message.objects.filter(template="new_message").count() == 1
    assert Event.objects.get(act="fix.answered").data == {"outcome": "done", "about": "name"}
    assert "Read the answer" in text_of(person.get(f"{PAGE}/fix"))


def test_deletion_needs_level_2_and_a_look_deletes_nothing(person):
    assert person.get(f"{PAGE}/erase")["Location"].startswith("/code?then=")
    drafts.keep(debtor=person.debtor, flow="plan", debt=person.debt, data={"a": "b"}, now=NOW)
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    page = text_of(person.get(f"{PAGE}/erase"))
    assert ("Goes now" in page, "Stays for a time" in page, "While an account is open" in page) == (True, True, True)
    assert Draft.objects.count() == 1
    assert person.post(f"{PAGE}/erase")["Location"] == f"{PAGE}/erase"
    assert not Draft.objects.exists()
    assert "You asked for this on" in text_of(person.get(f"{PAGE}/erase"))


def test_when_nothing_has_to_be_kept_the_person_is_signed_out_with_it(person, time_machine):
    Debt.objects.filter(debtor=person.debtor).update(balance_minor=0)
    time_machine.move_to(NOW.replace(year=2032), tick=False)
    person.client.cookies.clear()
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2, now=NOW.replace(year=2032))
    assert person.post(f"{PAGE}/erase")["Location"] == "/signed-out?plain=1"
    person.debtor.refresh_from_db()
    assert person.debtor.name == ""
    assert person.get("/home")["Location"].startswith("/signed-out")
