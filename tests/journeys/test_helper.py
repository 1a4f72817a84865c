"""Someone trusted, from being named to being removed: two phones, three languages, with script and without."""

import re

import pytest
from playwright.sync_api import Page

from accounts.models import Helper, Message
from accounts.outbox import clear_text
from tests.journeys import steps
from tests.journeys.conftest import Phone, Someone, come_in

LANGUAGES = ["zh-hans", "zh-hant", "en"]
NUMBER = {"zh-hans": "+8613812345678", "zh-hant": "0912 345 678", "en": "+1 212 555 0187"}


def said(template: str) -> str:
    """The newest text of this kind, before it is sent."""
    return clear_text(Message.objects.filter(template=template).latest("created_at").body)


def code(page: Page, button: str, field: str) -> None:
    steps.press(page, button)
    page.fill("[name=code]", re.search(r"\b(\d{6})\b", said("code"))[1])
    steps.press(page, field)


def names_one(page: Page, phone: Phone, person: Someone, *, axe: bool) -> str:
    """Name a helper; the number that is told."""
    come_in(page, phone.remind(person))
    page.goto("/preferences/helper")
    code(page, "main form button", "main form[novalidate] button")
    steps.look(page, person.language, axe=axe)
    steps.press(page, "main form[novalidate] button")
    steps.look(page, person.language, axe=axe)  # with its errors
    page.fill("[name=name]", "Lin Mei")
    page.check("[name=relation][value=adviser]")
    page.fill("[name=reach]", NUMBER[person.language])
    for right in ("see", "agree"):
        page.check(f"[name=rights][value={right}]")
    page.check("[name=months][value='1']")
    steps.press(page, "main form[novalidate] button")
    steps.look(page, person.language, axe=axe)
    return page.inner_text(".word")


def arrives(page: Page, word: str, language: str, *, axe: bool) -> None:
    text = said("helper_invited")
    if link := re.search(r"http\S+/r/\w+", text):
        page.goto(link[0])
        page.click("main .button")
    else:
        page.goto("/start")
        page.fill("[name=reference]", re.search(r"[2-9A-Z]{4} [2-9A-Z]{4}", text)[0])
        steps.press(page, "main form[action='/start'] button")
    steps.look(page, language, axe=axe)
    page.fill("[name=word]", word)
    steps.press(page, "main form[novalidate] button")
    steps.look(page, language, axe=axe)
    code(page, "main form button", "main form[novalidate] button")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_from_being_named_to_being_removed(site, open_page, someone, phone, language, script):
    person = someone(language)
    about = {"base": site.url, "language": language, "scheme": steps.SCHEME[language], "script": script}
    mine, theirs = open_page(**about), open_page(**about)
    word = names_one(mine, phone, person, axe=script)
    arrives(theirs, word, language, axe=script)
    assert theirs.url.endswith("/helping")
    steps.look(theirs, language, axe=script)
    steps.press(theirs, "main .rows a[href='/home']")
    assert theirs.locator(".helping").count() == 1
    steps.look(theirs, language, axe=script)
    assert theirs.goto("/messages").status == 403
    steps.look(theirs, language, axe=script)

    mine.goto(f"/preferences/helper/{Helper.objects.get(debtor=person.debtor).pk}")
    steps.look(mine, language, axe=script)
    steps.press(mine, "[name=remove]")
    theirs.goto("/home")
    assert "/signed-out" in theirs.url
