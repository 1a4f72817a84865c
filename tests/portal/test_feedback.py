"""P39: asked once in a visit, after something was done; kept without a name; words of danger reach staff at once."""

import uuid

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Event
from portal.contact import feedback
from portal.contact.models import Feedback, PlanStep, ThreadMessage
from tests.factories import NOW, make_debtor
from tests.portal.conftest import new_person, text_of
from tests.portal.plan_steps import agree, choose, url, walk

ASKED = "Do things feel clearer now?"
PHONES = {
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148": "phone",
    "Mozilla/5.0 (Linux; Android 15; Pixel) Mobile Safari/537.36 MicroMessenger/8.0": "phone",
    "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Mobile/15E148": "tablet",
    "Mozilla/5.0 (Linux; Android 15; SM-X910) Safari/537.36": "tablet",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64)": "computer",
    "": "computer",
}


def answer(person, choice="yes", words="", **more):
    return person.post("/feedback", {"answer": choice, "words": words, "once": str(uuid.uuid4())} | more)


@pytest.mark.parametrize(("browser", "device"), PHONES.items())
def test_no_more_is_kept_of_a_browser_than_what_it_runs_on(browser, device):
    assert feedback.device_of(browser) == device


def test_an_answer_is_kept_without_the_person(person):
    person.client.cookies["large"] = "1"
    events = Event.objects.count()
    first = answer(person, "somewhat", "The table helped.")
    row = Feedback.objects.get()
    assert (first.status_code, first["Location"], row.answer, row.words) == (
        303,
        "/feedback",
        "somewhat",
        "The table helped.",
    )
    assert (row.language, row.device, row.large_text, row.day) == ("en", "computer", True, NOW.date())
    assert Event.objects.count() == events
    assert {field.name for field in Feedback._meta.get_fields() if field.is_relation} == {"creditor"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM contact_feedback")
        assert "table" not in cursor.fetchone()[0]
    assert ASKED not in text_of(person.get("/feedback"))
    assert answer(person, "no").status_code == 303  # once in a visit
    assert Feedback.objects.count() == 1


def test_without_an_answer_the_words_stay(person):
    assert answer(person, "", "Half a thought").status_code == 303
    page = text_of(person.get("/feedback"))
    assert ("Choose one" in page, "Half a thought" in page, Feedback.objects.count()) == (True, True, 0)
    assert " checked" not in page


def test_two_taps_are_one_answer(person):
    key = str(uuid.uuid4())
    for _ in range(2):
        answer(person, "yes", "Good", once=key)
        session = person.client.session
        session.pop("feedback")  # as if the two came at once
        session.save()
    assert Feedback.objects.count() == 1
    answer(person, "no", "Other", once=key)
    assert "sent already" in text_of(person.get("/feedback"))


def test_words_of_danger_go_to_the_thread_with_the_name_and_bring_the_crisis_line(person):
    answer(person, "no", "I want to die")
    said = ThreadMessage.objects.get(debtor=person.debtor)
    assert (said.safety, said.body) == (True, "I want to die")
    assert "please talk to someone now" in text_of(person.get("/feedback"))


def test_other_words_do_not(person):
    answer(person, "no", "Too many pages")
    assert ThreadMessage.objects.count() == 0
    assert "please talk to someone now" not in text_of(person.get("/feedback"))


def test_it_is_offered_after_something_was_done_and_once(person):
    assert ASKED not in text_of(person.get("/preferences"))
    person.post("/preferences", {"called": "x" * 500})
    assert ASKED not in text_of(person.get("/preferences"))  # never after a failure
    person.get("/preferences")
    person.post("/preferences", {"amounts": "hide"})
    assert ASKED in text_of(person.get("/preferences"))
    answer(person)
    person.post("/preferences", {"amounts": "show"})
    assert ASKED not in text_of(person.get("/preferences"))


def test_a_plan_is_counted_begun_and_finished_and_asked_about(person):
    walk(person)
    walk(person)
    choose(person)
    agree(person)
    assert ASKED in text_of(person.get(url(person, "done")))
    steps = PlanStep.objects.order_by("finished").values_list("finished", "language", "device", "large_text")
    assert list(steps) == [(False, "en", "computer", False), (True, "en", "computer", False)]
    for path in ("/home", "/pause", "/problem", "/messages", "/preferences"):
        assert ASKED not in text_of(person.get(path)), path


def test_a_visitor_who_has_not_come_in_is_not_asked(db, clock):
    assert Client().get("/feedback")["Location"].startswith("/signed-out")


def test_too_many_words_are_refused_by_the_act(db, clock):
    person = new_person(Client())
    about = {"creditor": person.creditor, "after": "", "key": uuid.uuid4(), "by": person.debtor, "now": NOW}
    about["setting"] = feedback.Setting(language="en", device="phone", large_text=False)
    with pytest.raises(ValueError, match="At most"):
        feedback.give(debtor=make_debtor(), answer="yes", words="x" * 1001, **about)
