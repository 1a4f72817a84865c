"""How long a visit lasts, and how it ends: idle, at its longest, by signing out, by what happens to the link."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import links
from accounts.models import Hold, Link, Session
from plans.models import Draft
from portal.contact.models import ThreadMessage
from tests.factories import make_staff
from tests.portal.doors import RIGHT, WRONG, come, come_in, make_person

pytestmark = pytest.mark.one_engine  # about instants; what a request asks of the database is in test_queries.py

PAGE = "/preferences"


@pytest.fixture
def inside(client, db, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    come_in(client, make_person(language="en"))
    return client


def is_in(client):
    return client.get(PAGE).status_code == 200


def forward(time_machine, **span):
    time_machine.move_to(timezone.now() + timedelta(**span), tick=False)


@pytest.mark.parametrize(("minutes", "seconds", "still"), [(9, 59, True), (10, 0, False), (10, 1, False)])
def test_idle_for_ten_minutes(inside, time_machine, minutes, seconds, still):
    forward(time_machine, minutes=minutes, seconds=seconds)
    assert is_in(inside) is still


@pytest.mark.parametrize(("minutes", "still"), [(59, True), (60, False), (61, False)])
def test_sixty_minutes_in_all(inside, time_machine, minutes, still):
    start = timezone.now()
    for minute in range(9, minutes, 9):
        time_machine.move_to(start + timedelta(minutes=minute), tick=False)
        assert is_in(inside)
    time_machine.move_to(start + timedelta(minutes=minutes), tick=False)
    assert is_in(inside) is still


def test_staying_counts_as_use(inside, time_machine):
    for _ in range(3):
        forward(time_machine, minutes=8)
        assert inside.post("/stay").status_code == 303
    forward(time_machine, minutes=8)
    assert is_in(inside)


@pytest.mark.every_engine
def test_use_is_written_once_a_minute(inside, time_machine, django_assert_num_queries):
    forward(time_machine, seconds=59)
    with django_assert_num_queries(2):  # the session, and the link with its debtor
        assert inside.get("/help").status_code == 200
    forward(time_machine, seconds=2)
    seen = inside.session["seen_at"]
    assert is_in(inside)
    assert inside.session["seen_at"] == seen + 61


def test_after_time_the_way_back_is_shown_and_the_step_kept(inside, time_machine):
    forward(time_machine, minutes=11)
    response = inside.get("/preferences")
    assert response.headers["Location"] == "/signed-out?then=/preferences"
    page = inside.get(response.headers["Location"]).content.decode()
    assert "You are signed out to keep your information safe. Your answers are kept for 7 days" in page


def test_htmx_after_time_is_told_to_load_a_page(inside, time_machine):
    forward(time_machine, minutes=11)
    response = inside.get("/preferences", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (401, "/signed-out?then=/preferences")


# --- Signing out ----------------------------------------------------------------------------------------------------


def test_signing_out_ends_everything(inside):
    old = inside.cookies["session"].value
    inside.cookies["large"] = "1"
    response = inside.post("/sign-out")
    assert response.status_code == 303
    assert response.headers["Clear-Site-Data"] == '"cookies", "storage"'
    assert Session.objects.count() == 0
    replay = Client()
    replay.cookies["session"] = old
    assert not is_in(replay)
    fresh = Client()  # what the browser is after Clear-Site-Data
    page = fresh.get(response.headers["Location"])
    assert 'lang="en"' in page.content.decode()
    assert (fresh.cookies["language"].value, fresh.cookies["large"].value) == ("en", "1")


def test_leaving_quickly_shows_a_neutral_page(inside):
    response = inside.post("/sign-out", {"leave": "1"})
    page = inside.get(response.headers["Location"]).content.decode()
    assert "You can close this page." in page
    assert not is_in(inside)


def test_a_get_does_not_sign_out(inside):
    assert inside.get("/sign-out").status_code == 405
    assert is_in(inside)


def test_signing_out_twice_does_no_harm(client, db):
    assert [client.post("/sign-out").status_code for _ in range(2)] == [303, 303]


# --- T22, T23, T53 --------------------------------------------------------------------------------------------------


def test_t22_a_planted_key_is_not_taken_over(client, db):
    person = make_person()
    planted = client.session
    planted["typed"] = {}
    planted.save()
    client.cookies["session"] = planted.session_key
    come(client, person)
    client.post("/verify", RIGHT)
    assert client.session.session_key != planted.session_key
    attacker = Client()
    attacker.cookies["session"] = planted.session_key
    assert not is_in(attacker)


def revoke(link):
    links.revoke(links=Link.objects.filter(pk=link.pk), reason="staff", now=timezone.now())


def expire(link):
    Link.objects.filter(pk=link.pk).update(expires_at=timezone.now())


def contact(**values):
    return lambda link: type(link.contact).objects.filter(pk=link.contact_id).update(**values)


def die(link):
    Hold.objects.create(debtor=link.debtor, kind="deceased", from_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize(
    "end", [revoke, expire, contact(blocked_at=timezone.now()), contact(retired_at=timezone.now()), die]
)
def test_t23_invariant_26_what_ends_the_link_ends_the_visit(client, db, end):
    link = come_in(client, make_person())
    end(link)
    assert client.get(PAGE).headers["Location"].startswith("/signed-out")
    assert client.get(PAGE).status_code == 302
    assert Session.objects.count() == 0


def test_t53_an_inner_address_on_another_device_shows_nothing(client, db):
    come_in(client, make_person())
    for path in (PAGE, "/home", "/accounts", "/code", "/welcome"):
        assert Client().get(path).headers["Location"].startswith("/signed-out")


# --- Staff ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def staff(client, db, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    user = make_staff()
    client.post("/sign-in/login/", {"login": user.email, "password": "a long enough pass phrase"})
    return client


@pytest.mark.parametrize(("minutes", "still"), [(14, True), (15, False)])
def test_staff_are_signed_out_after_a_quarter_of_an_hour(staff, time_machine, minutes, still):
    forward(time_machine, minutes=minutes)
    assert (staff.get("/sign-in/2fa/").status_code == 200) is still


@pytest.mark.parametrize(("hours", "still"), [(7, True), (8, False)])
def test_staff_are_signed_out_after_eight_hours(staff, time_machine, hours, still):
    start = timezone.now()
    for minutes in range(14, hours * 60, 14):
        time_machine.move_to(start + timedelta(minutes=minutes), tick=False)
        assert staff.get("/sign-in/2fa/").status_code == 200
    time_machine.move_to(start + timedelta(hours=hours), tick=False)
    assert (staff.get("/sign-in/2fa/").status_code == 200) is still


# --- Going on -------------------------------------------------------------------------------------------------------


def come_back(client: Client, person) -> str:
    """Open a new link, confirm the facts, and say where that leads."""
    come(client, person)
    return client.post("/verify", RIGHT).headers["Location"]


def test_a_visit_that_timed_out_goes_on_where_it_was(client, db, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    person = make_person(language="en")
    come_in(client, person)
    forward(time_machine, minutes=11)
    client.get("/messages?before=x")
    assert come_back(client, person) == "/messages?before=x"
    assert Draft.objects.count() == 0
    assert come_back(Client(), person) == "/home"


def test_what_was_sent_too_late_is_in_the_form_again(client, db, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    person = make_person(language="en")
    come_in(client, person)
    forward(time_machine, minutes=11)
    typed = {"body": "May I start in March?", "once": str(uuid.uuid4())}
    client.post("/messages", typed, headers={"Referer": "http://testserver/messages"})
    assert ThreadMessage.objects.count() == 0
    other_device = Client()
    assert come_back(other_device, person) == "/messages"
    page = other_device.get("/messages").content.decode()
    assert "May I start in March?</textarea>" in page
    assert "This is what you had typed. It has not been sent yet." in page
    assert "messages" not in other_device.cookies  # a note travels in the session, not in a cookie of its own
    assert typed["once"] not in page
    assert "May I start in March?" in other_device.get("/messages").content.decode()  # until it is sent


def test_nobody_else_goes_on_where_a_visit_ended(client, db, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    come_in(client, make_person(language="en"))
    forward(time_machine, minutes=11)
    client.post("/messages", {"body": "Mine"}, headers={"Referer": "http://testserver/messages"})
    assert come_back(client, make_person(language="en")) == "/welcome"
    assert "Mine" not in client.get("/messages").content.decode()


@pytest.mark.parametrize("days", [7, 8])
def test_after_seven_days_a_visit_begins_anew(client, db, time_machine, days):
    time_machine.move_to(timezone.now(), tick=False)
    person = make_person(language="en")
    come_in(client, person)
    forward(time_machine, minutes=11)
    client.get("/messages")
    forward(time_machine, days=days)
    assert come_back(client, person) == "/home"


def test_a_code_is_never_kept(client, db, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    come_in(client, make_person(language="en"))
    forward(time_machine, minutes=11)
    client.post("/code", {"code": "123456"}, headers={"Referer": "http://testserver/code?then=/home"})
    assert "123456" not in Draft.objects.get().data


# --- After an hour the facts are asked again -------------------------------------------------------------------------

HTMX = {"HX-Request": "true", "Referer": "http://testserver/messages"}


def walk_to(client, time_machine, start, minutes):
    for minute in [*range(9, minutes, 9), minutes]:
        time_machine.move_to(start + timedelta(minutes=minute), tick=False)
        assert is_in(client)


def test_the_page_knows_when_to_ask(inside, time_machine):
    start = timezone.now()
    assert 'data-left="3480"' in inside.get(PAGE).content.decode()
    walk_to(inside, time_machine, start, 50)
    assert 'data-left="480"' in inside.get(PAGE).content.decode()


@pytest.mark.parametrize("script", [True, False])
def test_the_facts_confirmed_again_give_another_hour(inside, time_machine, script):
    start, headers = timezone.now(), HTMX if script else {"Referer": "http://testserver/messages"}
    walk_to(inside, time_machine, start, 58)
    asked = inside.get("/stay", headers=headers).content.decode()
    assert ("<html" in asked) is not script
    assert all(f'name="{name}"' in asked for name in RIGHT)
    assert 'type="text" name="postcode"' not in asked
    key = inside.session.session_key
    session = inside.session
    session["level2_at"] = int(start.timestamp())
    session.save()
    then = {} if script else {"then": "/messages"}
    answer = inside.post("/stay", RIGHT | then | {"facts": "1"}, headers=headers)
    assert answer.status_code == (204 if script else 303)
    assert answer.headers.get("HX-Trigger" if script else "Location") == ("stayed" if script else "/messages")
    assert inside.session.session_key != key
    assert "level2_at" not in inside.session  # big steps ask for a new code
    walk_to(inside, time_machine, timezone.now(), 59)


def test_the_facts_that_were_confirmed_are_asked(client, db, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    facts = {"postcode": "10617", "id_last4": "123X"}
    come(client, make_person(facts=facts, language="en"))
    assert client.post("/verify?facts=postcode.id_last4", facts).status_code == 303
    asked = client.get("/stay", headers=HTMX).content.decode()
    assert 'type="text" name="postcode"' in asked
    assert 'type="text" name="birth_year"' not in asked
    assert client.post("/stay", facts | {"facts": "1"}, headers=HTMX).status_code == 204


@pytest.mark.parametrize("script", [True, False])
def test_other_facts_give_nothing(inside, time_machine, script):
    start = timezone.now()
    walk_to(inside, time_machine, start, 58)
    answer = inside.post("/stay", WRONG | {"facts": "1"}, headers=HTMX if script else {})
    assert answer.status_code == (422 if script else 303)
    page = answer if script else inside.get(answer.headers["Location"])
    assert "This does not match our record" in page.content.decode()
    time_machine.move_to(start + timedelta(minutes=60), tick=False)
    assert not is_in(inside)


def test_tries_are_counted_as_at_the_door(inside):
    answers = [inside.post("/stay", WRONG | {"facts": "1"}, headers=HTMX) for _ in range(5)]
    assert answers[-1].headers["HX-Redirect"] == "/verify/help?paused=1"
    assert not is_in(inside)


def test_facts_that_come_too_late_are_kept_nowhere(inside, time_machine):
    start = timezone.now()
    walk_to(inside, time_machine, start, 58)
    time_machine.move_to(start + timedelta(minutes=60), tick=False)
    answer = inside.post("/stay", RIGHT | {"facts": "1"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/signed-out?then=/messages"
    assert "1990" not in "".join(Draft.objects.values_list("data", flat=True))


def test_without_script_the_limit_is_said_on_every_page(inside):
    assert "after 60 minutes in all" in inside.get("/home").content.decode().partition("<noscript>")[2]
