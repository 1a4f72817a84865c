"""P36, P08, P09 and the two cookies that anyone may set."""

import pytest

from accounts.models import Debtor, Event
from portal.pages.legal import PAGES as LEGAL
from tests.portal.doors import come, come_in, make_person


@pytest.fixture
def person(db):
    return make_person(language="en")


@pytest.fixture
def inside(client, person):
    come_in(client, person)
    return client


def shown(client, path="/preferences"):
    return client.get(path).content.decode()


@pytest.mark.parametrize(
    ("chosen", "field", "kept"),
    [({"texts": "zh-hans"}, "language", "zh-hans"), ({"amounts": "hide"}, "hide_amounts", True)],
)
def test_what_is_about_the_person_is_kept_once_with_an_event(inside, person, chosen, field, kept):
    for _ in range(2):
        assert inside.post("/preferences", chosen).headers["Location"] == "/preferences"
    person.debtor.refresh_from_db()
    assert getattr(person.debtor, field) == kept
    assert list(Event.objects.filter(act="preferences.changed").values_list("data", flat=True)) == [{field: kept}]


@pytest.mark.parametrize(
    ("chosen", "cookie", "value"),
    [
        ({"language": "zh-hant"}, "language", "zh-hant"),
        ({"size": "large"}, "large", "1"),
        ({"size": "normal"}, "large", ""),
    ],
)
def test_what_is_about_the_pages_is_a_cookie(inside, chosen, cookie, value):
    assert inside.post("/preferences", chosen).cookies[cookie].value == value


@pytest.mark.parametrize(
    "chosen", [{}, {"texts": "xx"}, {"amounts": "both"}, {"language": ""}, {"hide_amounts": "1"}, {"name": "x"}]
)
def test_what_is_no_choice_changes_nothing(inside, chosen):
    before = Debtor.objects.values().get()
    assert inside.post("/preferences", chosen).status_code == 303
    assert Debtor.objects.values().get() == before


def test_the_page_shows_what_is_set(inside):
    inside.post("/preferences", {"texts": "zh-hant", "amounts": "hide", "size": "large"})
    page = shown(inside)
    for name, value in [("texts", "zh-hant"), ("amounts", "hide"), ("size", "large"), ("language", "en")]:
        assert f'name="{name}" value="{value}"' in page
    assert page.count("checked") == 4
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


def test_help_for_a_stranger_has_every_region_and_no_name(client, person):
    come(client, person)
    page = shown(client, "/help")
    for line in ("12356", "1925", "116 123", "988"):
        assert line in page
    assert person.creditor.phone not in page


def test_help_for_a_person_has_their_region_and_whom_to_call(inside, person, django_assert_num_queries):
    with django_assert_num_queries(2):
        page = shown(inside, "/help")
    assert (person.creditor.phone in page, "1925" in page, "12356" in page) == (True, True, False)


@pytest.mark.parametrize(("language", "first"), [("zh-hans", "12356"), ("zh-hant", "1925"), ("en", "Samaritans")])
def test_the_nearest_line_stands_first(client, db, language, first):
    client.cookies["language"] = language
    page = shown(client, "/help")
    others = [line for line in ("12356", "1925", "Samaritans") if line != first]
    assert all(page.index(first) < page.index(other) for other in others)


def test_genuine_names_our_own_address(client, db, settings):
    settings.PUBLIC_BASE_URL = "https://pay.example.com"
    assert "<dd>pay.example.com</dd>" in shown(client, "/genuine")
