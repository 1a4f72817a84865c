"""A supervisor writes words and sees them counted while typing; a second one approves them. Wide, narrow, no script."""

import pytest
from playwright.sync_api import expect

from portal.contact import wordings
from tests.browser import axe_violations, sideways
from tests.journeys import steps
from tests.journeys.test_desk import sign_in_as_staff
from tests.portal.desk import make_role

PAGE = "/desk/wordings/new_message"
WORDS = "{sender}: we wrote back. Read it here: {link}"


@pytest.mark.parametrize(
    ("language", "width", "script"), [("en", 1280, True), ("zh-hans", 360, True), ("zh-hant", 1280, False)]
)
def test_words_are_written_by_one_and_approved_by_another(site, open_page, language, width, script):
    page = open_page(base=site.url, language=language, width=width, script=script)
    sign_in_as_staff(page, make_role("supervisor"), axe=script)
    page.goto("/desk/wordings")
    look(page, axe=script)
    page.goto(PAGE)
    look(page, axe=script)
    page.fill("#sms-en", "{sender}: your debt " + "is here " * 30 + "{link}")
    if script:
        expect(page.locator("#look-sms-en .over")).to_be_visible()
        expect(page.locator("#look-sms-en .problem")).to_have_count(2)
        look(page, axe=True)
    steps.press(page, "button[name=keep]")
    assert page.locator(".problem").count() == 2
    assert page.input_value("#sms-en").startswith("{sender}: your debt")
    look(page, axe=script)
    page.fill("#sms-en", WORDS)
    steps.press(page, "button[name=keep]")
    draft = wordings.versions._latest("new_message")
    assert draft.texts["en"]["sms"] == WORDS
    second = open_page(base=site.url, language=language, width=width, script=script)
    sign_in_as_staff(second, make_role("supervisor"), axe=script)
    second.goto(PAGE)
    look(second, axe=script)
    steps.press(second, f"form[action='/desk/wording/{draft.pk}/approve'] button")
    draft.refresh_from_db()
    assert draft.state == "approved"
    second.goto(f"/desk/wording/{draft.pk}/gateways")
    look(second, axe=script)


def look(page, *, axe: bool) -> None:
    assert not axe or axe_violations(page) == []
    assert sideways(page) == 0
