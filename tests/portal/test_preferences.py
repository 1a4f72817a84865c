"""P36, P08, P09 and the two cookies that anyone may set."""

import re
from datetime import time

import pytest

from accounts.models import Debtor, Event
from accounts.rules.contact_law import Weekday
from portal.contact.models import Stop, Wish
from portal.contact.wishes import WRITTEN
from portal.pages.legal import PAGES as LEGAL
from tests.factories import NOW, make_contact, make_debt
from tests.portal.doors import come

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py


def shown(client, path="/preferences"):
    return client.get(path).content.decode()


@pytest.mark.every_engine
@pytest.mark.parametrize(
    ("chosen", "field", "kept"),
    [({"texts": "zh-hans"}, "language", "zh-hans"), ({"amounts": "hide"}, "hide_amounts", True)],
)
def test_what_is_about_the_person_is_kept_once_with_an_event(inside, visitor, chosen, field, kept):
    for _ in range(2):
        assert inside.post("/preferences", chosen).headers["Location"] == "/preferences"
    visitor.debtor.refresh_from_db()
    assert getattr(visitor.debtor, field) == kept
    assert list(Event.objects.filter(act="preferences.changed").values_list("data", flat=True)) == [{field: kept}]


@pytest.mark.parametrize(
    ("chosen", "cookie", "value"),
    [
        ({"language": "zh-hant"}, "language", "zh-hant"),
        ({"size": "large"}, "large", "1"),
        ({"size": "normal"}, "large", "0"),
    ],
)
def test_what_is_about_the_pages_is_a_cookie(inside, chosen, cookie, value):
    assert inside.post("/preferences", chosen).cookies[cookie].value == value


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"once": "1"},
        {"stop": "x"},
        {"again": "post"},
        {"texts": "xx"},
        {"amounts": "both"},
        {"language": ""},
        {"hide_amounts": "1"},
        {"name": "x"},
    ],
)
def test_what_is_no_choice_changes_nothing(inside, chosen):
    before = Debtor.objects.values().get()
    assert inside.post("/preferences", chosen).status_code == 303
    assert Debtor.objects.values().get() == before


def test_the_page_shows_what_is_set(inside):
    for chosen in ({"texts": "zh-hant"}, {"amounts": "hide"}, {"size": "large"}):
        inside.post("/preferences", chosen)
    page = shown(inside)
    for name, value in [("texts", "zh-hant"), ("amounts", "hide"), ("size", "large"), ("language", "en")]:
        assert f'name="{name}" value="{value}"' in page
    assert page.count(" checked") == 5  # and "No reminders", which is so until the person says otherwise
    assert '<html lang="en" class="large">' in page


def test_large_text_for_everyone(client, db):
    assert client.post("/preferences/text-size", {"size": "large", "next": "/help"}).headers["Location"] == "/help"
    assert 'class="large"' in shown(client, "/help")
    client.post("/preferences/text-size", {"size": "normal", "next": "/help"})
    assert 'class="large"' not in shown(client, "/help")


@pytest.mark.parametrize("page", LEGAL)
def test_legal_pages(client, db, page, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get(f"/legal/{page}").status_code == 200


@pytest.mark.parametrize("page", ["x", "privacy.html", "../base", "PRIVACY"])
def test_no_other_legal_page(client, db, page):
    assert client.get(f"/legal/{page}").status_code == 404


def test_help_for_a_stranger_has_every_region_and_no_name(client, visitor):
    come(client, visitor)
    page = shown(client, "/help")
    for line in ("12356", "1925", "116 123", "988"):
        assert line in page
    assert visitor.creditor.phone not in page


def test_help_for_a_person_has_their_region_and_whom_to_call(inside, visitor, django_assert_num_queries):
    with django_assert_num_queries(2):
        page = shown(inside, "/help")
    assert (visitor.creditor.phone in page, "1925" in page, "12356" in page) == (True, True, False)


@pytest.mark.parametrize(("language", "first"), [("zh-hans", "12356"), ("zh-hant", "1925"), ("en", "Samaritans")])
def test_the_nearest_line_stands_first(client, db, language, first):
    client.cookies["language"] = language
    page = shown(client, "/help")
    others = [line for line in ("12356", "1925", "Samaritans") if line != first]
    assert all(page.index(first) < page.index(other) for other in others)


def test_genuine_names_our_own_address(client, db, settings):
    settings.PUBLIC_BASE_URL = "https://pay.example.com"
    assert "<dd>pay.example.com</dd>" in shown(client, "/genuine")


# --- How, when and whether to be written to --------------------------------------------------------------------------


def the_wish(person):
    return Wish.objects.filter(debtor=person.debtor).values(*WRITTEN).first()


NO_WISH = {
    "channel": "",
    "hours_from": None,
    "hours_until": None,
    "days": [],
    "called": "",
    "instalment_texts": False,
}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"channel": "sms"}, {"channel": "sms"}),
        ({"channel": "none"}, {"channel": "none"}),
        ({"instalments": "yes"}, {"instalment_texts": True}),
        ({"called": "  小明 "}, {"called": "小明"}),
        (
            {"hours_from": "09:00", "hours_until": "18:00", "days": ["sun", "mon"]},
            {"hours_from": time(9), "hours_until": time(18), "days": ["mon", "sun"]},
        ),
        ({"hours_from": "20:00", "hours_until": ""}, {"hours_from": time(20), "hours_until": time(23, 59)}),
        ({"hours_from": "", "hours_until": "12:00"}, {"hours_from": time(0), "hours_until": time(12)}),
        ({"hours_from": "", "hours_until": "", "days": [day.value for day in Weekday]}, {}),
    ],
)
def test_each_wish_is_kept_by_itself_and_shown_again(inside, visitor, typed, kept):
    assert inside.post("/preferences", typed).headers["Location"] == "/preferences"
    assert the_wish(visitor) == NO_WISH | kept
    inside.post("/preferences", typed)
    assert Event.objects.filter(act="wish.kept").count() == 1
    page = shown(inside)
    for name, value in typed.items():
        for one in [value] if isinstance(value, str) else value:
            if one and kept:
                assert re.search(rf'value="{one.strip()}"[^>]* (checked|selected|aria)|name="{name}"', page)


def test_the_words_of_a_wish_are_in_no_event(inside):
    inside.post("/preferences", {"called": "Captain"})
    assert "Captain" not in str(list(Event.objects.values()))


RIGHT = {
    "hours_from": {"hours_from": "09:00", "hours_until": "18:00"},
    "called": {"called": "x"},
    "channel": {"channel": "post"},
    "instalments": {"instalments": "no"},
}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"hours_from": "18:00", "hours_until": "09:00"}, "Choose a time that is later than the first one"),
        ({"hours_from": "09:00", "hours_until": "09:00"}, "Choose a time that is later than the first one"),
        ({"called": "x" * 61}, "This is too long. Please shorten it to 60 characters"),
        ({"channel": "email"}, "Choose one"),  # no address on file
        ({"channel": "wechat"}, "Choose one"),
        ({"instalments": "maybe"}, "Choose one"),
    ],
)
def test_an_error_says_what_and_keeps_what_was_typed(inside, visitor, typed, sentence):
    assert inside.post("/preferences", typed).status_code == 303
    page = shown(inside)
    assert page.count(sentence) == 2  # in the summary and at its field
    assert the_wish(visitor) is None
    for name in typed.keys() & {"hours_from", "called"}:
        assert f'value="{typed[name]}"' in page
    inside.post("/preferences", {"texts": "en"})
    assert page.count(sentence) == shown(inside).count(sentence)  # another form that passes takes nothing away
    inside.post("/preferences", RIGHT[next(iter(typed))])
    assert sentence not in shown(inside)


@pytest.mark.parametrize("channel", ["email", "wechat"])
def test_only_the_ways_on_file_are_there_to_choose(inside, visitor, channel):
    assert f'name="channel" value="{channel}"' not in shown(inside)
    make_contact(visitor.debtor, channel=channel)
    assert f'name="channel" value="{channel}"' in shown(inside)
    inside.post("/preferences", {"channel": channel})
    assert the_wish(visitor)["channel"] == channel


def test_stop_texting_me_and_write_to_me_again(inside, visitor):
    assert "Stop texting me" in shown(inside)
    inside.post("/preferences", {"stop": "sms"})
    assert [(one.channel, one.source, one.ended_at) for one in Stop.objects.all()] == [("sms", "page", None)]
    assert ("We do not text you." in shown(inside), "Stop texting me" in shown(inside)) == (True, False)
    inside.post("/preferences", {"again": "sms"})
    assert Stop.objects.filter(ended_at=None).count() == 0
    assert "Stop texting me" in shown(inside)


def test_to_stop_texts_takes_no_more_taps_than_to_pay(inside, visitor):
    """From home. To pay: the door, then at least the transfer that the page explains. To stop: Settings, one button."""
    make_debt(debtor=visitor.debtor, creditor=visitor.creditor)
    home = shown(inside, "/home")
    pay = [re.search(r'href="(/pay[^"]*)"', home)[1], "the transfer itself"]
    stop = [re.search(r'href="(/preferences)"', home)[1]]
    page = shown(inside, stop[0])
    form = re.search(r'<form method="post" action="([^"]*)">((?:(?!</form>).)*Stop texting me.*?)</form>', page, re.S)
    assert not re.search(r'type="(radio|checkbox|text)"|<select', form[2])  # nothing to choose or to type
    stop.append("Stop texting me")
    inside.post(form[1], {"stop": re.search(r'name="stop" value="(\w+)"', form[2])[1]})
    assert Stop.objects.filter(debtor=visitor.debtor, channel="sms", ended_at=None).count() == 1
    assert len(stop) <= len(pay)


def test_a_contact_that_is_blocked_has_no_button(inside, visitor):
    make_contact(visitor.debtor, channel="email", blocked_at=NOW)
    assert "Stop emailing me" not in shown(inside)
