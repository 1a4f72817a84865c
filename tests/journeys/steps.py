"""The steps of a plan as a person taps them, in any language: by the names of fields, never by words."""

import re

from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from portal.sign_in import totp
from tests.browser import SIDEWAYS, SMALL_TARGETS, axe_violations, sideways

NARROWEST = 320
# At which width axe looks, beside the phone's; each page is looked at once in each language.
WIDE = {"zh-hans": 360, "zh-hant": 390, "en": 1280}
SCHEME = {"zh-hans": "light", "zh-hant": "dark", "en": "light"}
INLINE = re.compile(r"""<script(?![^>]* (?:src=|type="application/json"))|<style| style=| on[a-z]+=""")
LANG = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}


# All that is looked at in the narrowest window, asked for at once: what a question costs is the way to the browser.
SEEN = f"""() => ({{
    lang: document.documentElement.lang,
    headings: document.querySelectorAll("h1").length,
    small: ({SMALL_TARGETS})(),
    sideways: ({SIDEWAYS})(),
    html: document.documentElement.outerHTML,
}})"""


def look(page: Page, language: str, *, axe: bool = True) -> None:
    """The page as it should be for everybody: nothing sideways, nothing too small, nothing that axe finds."""
    before = page.viewport_size
    page.wait_for_load_state()  # a tap may only just have led here
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    seen = page.evaluate(SEEN)
    assert INLINE.search(seen.pop("html")) is None, page.url
    assert seen == {"lang": LANG[language], "headings": 1, "small": [], "sideways": 0}, page.url
    page.set_viewport_size({"width": WIDE[language], "height": 800})
    assert sideways(page) == 0, page.url
    if axe:
        assert axe_violations(page) == [], page.url
    if page.viewport_size != before:
        page.set_viewport_size(before)


def press(page: Page, selector: str) -> None:
    """Tap, and wait for the page that follows."""
    with page.expect_navigation():
        page.click(selector)


def choose_shape(page: Page, shape: str = "even") -> None:
    press(page, f"button[name=shape][value={shape}]")


def type_amount(page: Page, amount: str, *, script: bool) -> None:
    """Type what can be managed, and read what it comes to: by itself with script, asked for without."""
    assert page.input_value("#id_amount") == ""
    expect(page.locator("#preview")).to_be_empty()
    page.locator("#id_amount").press_sequentially(amount)
    if not script:
        press(page, "button[name=work]")
        assert page.input_value("#id_amount") in {amount, f"{amount}.00"}
    expect(page.locator("#preview p").first).to_contain_text(re.compile(r"\d"))


def choose_rhythm(page: Page, day: str = "5") -> None:
    press(page, f"button[name=day][value='{day}']")


def choose_first_day(page: Page) -> None:
    page.check("input[name=first_on] >> nth=0")
    press(page, "button[name=first]")


def take_offer(page: Page) -> None:
    page.check("input[name=choice] >> nth=0")
    press(page, "button[name=next]")


def confirm_code(page: Page, read_code) -> None:
    """From the code page back to the step it came from; `read_code()` gives the code of the text."""
    press(page, "main form button")
    page.fill("#id_code", read_code())
    press(page, "main form button")


def up_to_the_check(page: Page, person, *, script: bool = True) -> None:
    """Every answer of a plan, from its first page to the one where it is signed."""
    page.goto(person.step("shape"))
    choose_shape(page)
    type_amount(page, person.can_manage, script=script)
    press(page, "button[name=next]")
    choose_rhythm(page)
    choose_first_day(page)
    take_offer(page)
    assert page.url.endswith(person.step("check"))


def second_factor(page: Page, user: User) -> None:
    """The code that the authenticator app shows; when it runs out on its way, the next one, as anybody would do."""
    for _code in range(2):
        page.fill("[name=code]", totp.current_code(user, timezone.now()))
        press(page, "main form button >> nth=0")
        if page.url.endswith("/desk/"):
            return
    raise AssertionError(page.url)
