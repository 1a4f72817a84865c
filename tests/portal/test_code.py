"""P04: a code before a big step, sent when asked for, leading back to the very step."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import outbox
from accounts.models import Code, ContactPoint, Message
from portal.access import internal_path, step_or_home
from tests.portal.doors import RIGHT, come, come_in

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

STEP = "/preferences"


def send(client, **values):
    return client.post("/code", {"send": "1", "then": STEP} | values)


def digits():
    """The code in the newest message, as a phone would show it."""
    message = Message.objects.filter(purpose="code").order_by("-created_at", "-pk").first()
    return re.search(r"\d{6}", outbox.clear_text(message.body))[0]


def wrong():
    return f"{(int(digits()) + 1) % 10**6:06}"


def enter(client, code, **values):
    return client.post("/code", {"code": code, "then": STEP} | values)


def shown(client, path="/code"):
    return client.get(path).content.decode()


def test_opening_the_page_sends_nothing(inside):
    for method in (inside.get, inside.head):
        assert method("/code").status_code == 200
    assert (Code.objects.count(), Message.objects.count()) == (0, 0)


def test_a_code_gives_level_2_and_leads_back(inside):
    assert send(inside).headers["Location"] == "/code?then=/preferences"
    page = shown(inside, "/code?then=/preferences")
    assert f"ending {ContactPoint.objects.get().ending}. It works for 10 minutes" in page
    before = inside.session.session_key
    response = enter(inside, digits())
    assert (response.status_code, response.headers["Location"]) == (303, STEP)
    session = inside.session
    assert "level2_at" in session
    assert session.session_key != before  # T22
    assert inside.get("/code").headers["Location"] == "/home"


def test_t22_the_key_before_opens_nothing(inside):
    before = Client()
    before.cookies["session"] = inside.cookies["session"].value
    send(inside)
    enter(inside, digits())
    assert before.get("/preferences").headers["Location"].startswith("/signed-out")


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}\n"])
def test_pasting_with_spaces_works(inside, typed):
    send(inside)
    code = digits()
    assert enter(inside, typed.format(f"{code[:3]} {code[3:]}")).headers["Location"] == STEP


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "+123456", "1e5", "１２３４", "abcdef"])
def test_a_code_has_6_numbers_and_what_was_typed_stays(inside, typed):
    send(inside)
    assert enter(inside, typed).headers["Location"] == "/code?then=/preferences"
    page = shown(inside)
    assert "The code has 6 numbers" in page
    assert typed in page
    assert Code.objects.get().tries == 0


def test_a_wrong_code_is_said_and_counted(inside):
    send(inside)
    code = wrong()
    enter(inside, code)
    page = shown(inside)
    assert "That code does not match. Check the 6 digits in the text" in page
    assert code in page
    assert Code.objects.get().tries == 1


def test_after_five_codes_are_paused(inside):
    send(inside)
    code = wrong()
    for _ in range(5):
        enter(inside, code)
    assert "codes are paused for 15 minutes. You can contact us now instead" in shown(inside)
    enter(inside, digits())
    assert "level2_at" not in inside.session
    send(inside)
    assert "codes are paused for 15 minutes" in shown(inside)
    assert Code.objects.count() == 1


def test_an_expired_code_is_replaced_at_once(inside, time_machine):
    send(inside)
    old = digits()
    for _ in range(2):
        time_machine.move_to(timezone.now() + timedelta(minutes=5, seconds=1), tick=False)
        inside.post("/stay")
    enter(inside, old)
    assert "That code has expired. We have sent a new one" in shown(inside)
    assert Message.objects.filter(purpose="code").count() == 2
    assert enter(inside, digits()).headers["Location"] == STEP


def test_early_asking_says_how_long(inside, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    send(inside)
    time_machine.move_to(timezone.now() + timedelta(seconds=20), tick=False)
    send(inside)
    assert "You can ask again in 40 seconds" in shown(inside)
    assert Code.objects.count() == 1


def test_t20_a_code_of_another_session_is_none(inside, visitor):
    send(inside)
    other = Client()
    come_in(other, visitor)
    assert enter(other, digits()).headers["Location"].startswith("/code")
    assert "level2_at" not in other.session


@pytest.mark.parametrize("state", [{"blocked_at": timezone.now()}, {"changed_at": timezone.now()}])
def test_t21_no_contact_to_send_to_needs_a_person(inside, visitor, state):
    ContactPoint.objects.exclude(**state).update(**state)
    link = visitor.debtor.links.get()
    link.contact = None
    link.save()
    assert inside.get("/code").headers["Location"] == "/verify/help"
    assert send(inside).headers["Location"] == "/verify/help"
    assert Code.objects.count() == 0


def test_only_who_is_in_may_ask(client, visitor):
    come(client, visitor)
    for response in (client.get("/code"), send(client), enter(client, "123456")):
        assert response.headers["Location"].startswith("/signed-out")
    assert Code.objects.count() == 0


def test_the_resend_part_comes_alone_for_htmx(inside):
    send(inside)
    part = inside.get("/code?then=/preferences", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert 'name="send"' in part.content.decode()
    assert "HX-Request" in part.headers["Vary"]


def test_level_2_lasts_for_the_visit_only(inside, visitor):
    send(inside)
    enter(inside, digits())
    inside.post("/sign-out")
    come(inside, visitor)
    inside.post("/verify", RIGHT)
    assert "level2_at" not in inside.session


def test_pages_cost_few_queries(inside, django_assert_max_num_queries):
    send(inside)
    with django_assert_max_num_queries(7):
        inside.get("/code")


# --- Where it leads back to: T28, e11 -------------------------------------------------------------------------------

ELSEWHERE = [
    "",
    "evil.com",
    "//evil.com",
    "///evil.com",
    "\\\\evil.com",
    "/\\evil.com",
    "https:evil.com",
    "https:///evil.com",
    "https://evil.com",
    "http://pay.example.com@evil.com",
    "https://pay.example.com.evil.com",
    "https://evil。com",
    "/%09/evil.com",
    "/%2f%2fevil.com",
    "/..//evil.com",
    "/../evil.com",
    "/./home",
    "/home\r\nSet-Cookie: a=b",
    "/home#x",
    "javascript:alert(1)",
    "/nothing-here",
    "/sign-out",
    "/desk/",
    "/r/2222222222222222222222",
    "/home" + "x" * 1000,
]


@pytest.mark.parametrize("then", ELSEWHERE)
def test_t28_e11_no_way_out_of_the_site(inside, then):
    assert step_or_home(then) == "/home"
    send(inside)
    assert enter(inside, digits(), then=then).headers["Location"] == "/home"


@pytest.mark.parametrize("then", ["/home", "/preferences", "/accounts?page=2"])
def test_steps_of_our_own_are_come_back_to(db, then):
    assert step_or_home(then) == then


@pytest.mark.parametrize(
    "path",
    [path for path in ELSEWHERE if path not in {"/nothing-here", "/sign-out", "/desk/", "/r/2222222222222222222222"}],
)
def test_t28_the_language_leads_nowhere_else(client, db, path):
    assert internal_path(path) == ""
    assert client.post("/language", {"language": "en", "next": path}).headers["Location"] == reverse("start")
