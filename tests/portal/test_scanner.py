"""A scanner with a real browser presses everything; and a person on a shared phone presses Back."""

import pytest

from accounts.models import FactTry, Knock, User
from tests.portal.doors import make_person

LANGUAGES = ["zh-hans", "zh-hant", "en"]


@pytest.mark.parametrize("script", [True, False])
def test_t2_t3_pressing_every_button_changes_nothing(site, open_page, script):
    person = make_person()
    link, token = person.link()
    page = open_page(base=site.url, script=script)
    for path in (f"/r/{token}", "/verify", "/not-me", "/verify/help", "/start"):
        page.goto(path)
        for place in range(page.locator("main button").count()):
            page.goto(path)
            page.locator("main button").nth(place).click()
    link.refresh_from_db()
    assert (link.opened_at, link.failed, link.revoked_at) == (None, 0, None)
    assert (FactTry.objects.count(), Knock.objects.count(), User.objects.count()) == (0, 0, 0)


def come_in(page, person):
    _link, token = person.link()
    page.goto(f"/r/{token}")
    page.locator("main .button").first.click()
    for name, value in {"birth_year": "1990", "birth_month": "3", "birth_day": "5", "id_last4": "123x"}.items():
        page.fill(f"[name={name}]", value)
    page.locator("main form button").first.click()
    page.wait_for_url("**/welcome")


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("language", LANGUAGES)
def test_in_from_the_text_in_two_taps_and_two_facts(site, open_page, language, script):
    page = open_page(base=site.url, language=language, script=script)
    come_in(page, make_person(language=language))
    lang = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}[language]
    assert page.locator("html").get_attribute("lang") == lang


def test_t9_back_after_signing_out_shows_nothing(site, open_page):
    person = make_person(language="en")
    page = open_page(base=site.url)
    come_in(page, person)
    page.goto("/preferences")
    page.locator("header form button", has_text="Sign out").click()
    page.wait_for_url("**/signed-out*")
    page.go_back()
    assert "/signed-out" in page.url
    page.go_forward()
    page.goto("/preferences")
    assert "/signed-out" in page.url


def test_t51_nothing_is_left_in_the_browsers_storage(site, open_page):
    page = open_page(base=site.url)
    come_in(page, make_person())
    page.goto("/code")
    kept = page.evaluate("() => [JSON.stringify(localStorage), JSON.stringify(sessionStorage)]")
    assert "1990" not in "".join(kept)
    assert kept[0] == "{}"


def test_back_after_a_wrong_fact_keeps_what_was_typed(site, open_page):
    _link, token = make_person().link()
    page = open_page(base=site.url)
    page.goto(f"/r/{token}")
    page.goto("/verify")
    for name, value in {"birth_year": "1990", "birth_month": "3", "birth_day": "5", "id_last4": "9999"}.items():
        page.fill(f"[name={name}]", value)
    page.locator("main form button").first.click()
    assert page.locator("#errors").evaluate("box => box === document.activeElement")
    assert page.input_value("[name=id_last4]") == "9999"
    page.go_back()
    assert page.locator("main form").count() == 1
