"""P38, devices: a person sees where they are signed in, in coarse words, and ends any of it at once."""

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import Event, Session
from portal.sign_in.browsers import kind_of, words_of
from tests.portal.doors import come_in, make_person

PAGE = "/preferences/privacy/devices"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50"


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (PHONE, "iPhone, in WeChat"),
        ("Mozilla/5.0 (Linux; Android 15; SM-A155F) AppleWebKit/537.36", "Android device"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Windows computer"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "Mac"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux computer"),
        ("", "Another device"),
        ("<script>alert(1)</script>", "Another device"),
    ],
)
def test_a_browser_is_told_in_a_coarse_word(agent, words):
    with translation.override("en"):
        assert words_of(kind_of(agent)) == words


@pytest.fixture
def two(db):
    """One person on two devices, and somebody else."""
    person, browsers = make_person(language="en"), [Client(headers={"user-agent": PHONE}), Client()]
    for browser in browsers:
        browser.cookies["language"] = "en"
        come_in(browser, person)
    other = Client()
    come_in(other, make_person(language="en"))
    return (*browsers, other)


def shown(browser):
    return browser.get(PAGE).content.decode()


def test_both_are_shown_and_nobody_elses(two):
    phone, here, _other = two
    page = shown(here)
    assert page.count("Sign out there") == 1
    assert ("iPhone, in WeChat" in page, "this device" in page) == (True, True)
    assert all(key not in page for key in Session.objects.values_list("session_key", flat=True))
    assert "127.0.0.1" not in page
    assert phone.get(PAGE).status_code == 200


@pytest.mark.parametrize("what", ["one", "others"])
def test_one_press_ends_the_other_at_once_and_leaves_this_one(two, what):
    phone, here, other = two
    ends = "others" if what == "others" else shown(here).split('name="end" value="')[1][:24]
    assert here.post(PAGE, {"end": ends}).status_code == 303
    assert phone.get(PAGE)["Location"].startswith("/signed-out")
    assert here.get(PAGE).status_code == other.get(PAGE).status_code == 200
    (event,) = Event.objects.filter(act="devices.signed_out")
    assert event.data == {"ended": 1}
    here.post(PAGE, {"end": ends})
    assert Event.objects.filter(act="devices.signed_out").count() == 1


@pytest.mark.parametrize("end", ["", "x", "0" * 24])
def test_what_is_no_device_ends_nothing(two, end):
    _phone, here, other = two
    theirs = shown(other)
    assert "Sign out there" not in theirs
    here.post(PAGE, {"end": end})
    assert Session.objects.exclude(user=None).count() == 3


def test_a_visit_under_a_new_key_is_still_the_persons(two):
    _phone, here, _other = two
    before = set(Session.objects.values_list("session_key", flat=True))
    session = here.session
    session.cycle_key()
    here.cookies["session"] = session.session_key
    assert Session.objects.exclude(user=None).count() == 3
    assert set(Session.objects.values_list("session_key", flat=True)) != before
    assert shown(here).count("this device") == 1
