"""P06: "this is not me", in two taps and one choice, without signing in."""

import pytest
from django.test import Client

from accounts.models import Event, Knock, Link, Message
from tests.portal.doors import RIGHT, come, come_in, make_person

CHOICES = ["unknown_person", "known_person", "number_is_mine_now", "matter_is_not_mine"]


@pytest.fixture
def person(db):
    return make_person(language="en")


def say(client, choice="unknown_person", **values):
    return client.post("/not-me", {"choice": choice} | values)


@pytest.mark.parametrize("choice", CHOICES)
def test_contact_stops_at_once(client, person, choice):
    link = come(client, person)
    response = say(client, choice, note="wrong number")
    assert (response.status_code, response.headers["Location"]) == (303, "/not-me/done")
    contact = person.debtor.contacts.get()
    assert contact.blocked_at is not None
    link.refresh_from_db()
    assert link.revoked_reason == "not me"
    assert list(Message.objects.values_list("template", "state")) == [("not_me_closing", "queued")]
    knock = Knock.objects.get()
    assert (knock.choice, knock.note, knock.link) == (choice, "wrong number", link)
    page = client.get("/not-me/done").content.decode()
    assert "We have stopped contacting this number. Sorry for the trouble" in page
    assert knock.reference in page
    assert client.get("/not-me/done").content.decode().count(knock.reference) == 1  # returning later shows the same


@pytest.mark.parametrize("data", [{}, {"choice": ""}, {"choice": "anything"}, {"note": "scanner"}])
def test_t3_a_press_without_a_choice_does_nothing(client, person, data):
    come(client, person)
    assert client.post("/not-me", data).headers["Location"] == "/not-me"
    assert 'id="errors"' in client.get("/not-me").content.decode()
    assert (Knock.objects.count(), person.debtor.contacts.get().blocked_at) == (0, None)


def test_t39_nothing_is_chosen_and_a_get_chooses_nothing(client, person):
    come(client, person)
    page = client.get("/not-me").content.decode()
    assert "checked" not in page
    assert page.count('name="choice"') == 4
    client.get("/not-me?choice=unknown_person")
    assert Knock.objects.count() == 0


def test_a_visit_by_that_link_ends_with_it(client, person):
    """T23: who came in on the same number is out with the next request."""
    come_in(client, person)
    other = Client()
    come(other, person)
    say(other)
    assert client.get("/preferences").headers["Location"].startswith("/signed-out")


def test_a_note_that_is_too_long_is_asked_for_again(client, person):
    come(client, person)
    say(client, note="x" * 201)
    assert Knock.objects.count() == 0
    assert "x" * 201 in client.get("/not-me").content.decode()


def test_without_a_link_we_cannot_know_the_number(client, db):
    assert client.get("/not-me").status_code == 200
    assert say(client).status_code == 200
    assert Knock.objects.count() == 0


def test_an_unknown_reference_is_answered_alike(person):
    answers = []
    for reference in (person.reference()[1], "ABCD2345"):
        browser = Client()
        browser.post("/start", {"reference": reference})
        response = say(browser)
        answers.append((response.status_code, response.headers["Location"]))
    assert answers[0] == answers[1]
    assert Link.objects.get().revoked_reason == "not me"


def test_nobody_is_named_and_nothing_personal_is_written(client, person):
    come(client, person)
    page = client.get("/not-me").content.decode()
    say(client, note="王小明 0912345678")
    assert person.debtor.name not in page
    assert "0912345678" not in str(list(Event.objects.values_list("data", flat=True)))


def test_the_page_is_limited_per_address(client, person):
    come(client, person)
    assert [say(client, "").status_code for _ in range(12)] == [303] * 10 + [429] * 2


def test_the_facts_are_no_way_in_afterwards(client, person):
    come(client, person)
    say(client)
    assert client.post("/verify", RIGHT).status_code == 410
