"""How many taps it takes from a text: in three languages, with script and without, with axe where script runs.

A tap is a press on a link, a button, a radio or a tick on a page of ours, each one counted; what is typed is not, nor
is opening the text's link. The steps that only say who it is come once before every way, and are counted for none:
from the first page to the two facts, and the code before signing. "This is not me" needs neither: all is counted.

A plan is sent when the person's own plan is with us and what is possible stands on the page. Signing it is counted too.
"""

import re

import pytest
from playwright.sync_api import Page

from accounts.models import ContactPoint, Event, Hold
from plans.models import Plan
from tests.journeys import steps
from tests.journeys.conftest import Someone, come_in

LANGUAGES = ["zh-hans", "zh-hant", "en"]
NOT_ME, PAUSE, DISPUTE, PLAN_SENT, PLAN_SIGNED = 3, 4, 4, 8, 12


def everywhere(begins_with_script: bool):  # noqa: FBT001  which of the two each language is walked with every time
    """Each language, with script and without: one of the two each time, the other in the soak."""
    rows = []
    for number, language in enumerate(LANGUAGES):
        for script in (True, False):
            soak = script != (begins_with_script == (number % 2 == 0))
            rows.append(pytest.param(language, script, marks=pytest.mark.soak if soak else ()))
    return pytest.mark.parametrize(("language", "script"), rows)


class Taps:
    """A person on a phone, whose every press is counted."""

    def __init__(self, page: Page, person: Someone, *, script: bool):
        self.page, self.person, self.script, self.count = page, person, script, 0

    def choose(self, selector: str) -> None:
        """A radio or a tick: nothing follows it."""
        self.count += 1
        self.page.check(selector)

    def press(self, selector: str) -> None:
        self.count += 1
        steps.press(self.page, selector)
        steps.look(self.page, self.person.language, axe=self.script)

    def type(self, selector: str, text: str) -> None:
        self.page.fill(selector, text)


@pytest.fixture
def taps(site, open_page, someone, phone):
    """`taps("en", script=True)`: somebody's first visit, on the page that the text leads to."""

    def begin(language: str, *, script: bool, known: bool = True) -> Taps:
        person = someone(language)
        page = open_page(base=site.url, language=language, scheme=steps.SCHEME[language], script=script)
        link = phone.remind(person)
        if known:
            come_in(page, link)
            assert page.url.endswith("/welcome")
        else:
            page.goto(link)
        steps.look(page, language, axe=script)
        return Taps(page, person, script=script)

    return begin


@everywhere(True)
def test_not_me(taps, language, script):
    one = taps(language, script=script, known=False)
    one.press("main a[href='/not-me']")
    one.choose("input[name=choice] >> nth=0")
    one.press("main form button")
    assert ContactPoint.objects.get(pk=one.person.contact.pk).blocked_at is not None
    assert one.count <= NOT_ME


@everywhere(False)
def test_a_pause(taps, language, script):
    one = taps(language, script=script)
    one.press("main a[href='/pause']")
    one.choose("input[name=days] >> nth=0")
    one.press("main form[action='/pause'] button")
    assert Hold.objects.filter(debtor=one.person.debtor, kind="pause").exists()
    assert one.count <= PAUSE


@everywhere(True)
def test_a_dispute(taps, language, script):
    one = taps(language, script=script)
    one.press("main a[href^='/problem']")
    one.choose("input[name=reason][value=not_mine]")
    one.press("main form[action^='/problem'] button")
    assert Hold.objects.filter(debtor=one.person.debtor, kind="dispute", stops_contact=True).exists()
    assert one.count <= DISPUTE


@everywhere(False)
def test_a_plan(taps, phone, language, script):
    one = taps(language, script=script)
    one.press("main a[href^='/plan/new']")
    one.press("button[name=shape][value=even]")
    one.type("#id_amount", one.person.can_manage)
    one.press("button[name=next]")
    one.choose("input[name=frequency][value=monthly]")
    one.choose("input[name=day][value='5']")
    one.press("button[name=rhythm]")
    one.choose("input[name=first_on] >> nth=0")
    sent = one.count + 1
    one.press("button[name=first]")
    assert Event.objects.filter(debtor=one.person.debtor, act="offer.asked").exists()
    assert re.search(r"/offers\?", one.page.url)
    assert one.count == sent <= PLAN_SENT
    one.choose("input[name=choice] >> nth=0")
    one.press("button[name=next]")
    steps.press(one.page, "main form .button")
    steps.confirm_code(one.page, lambda: phone.code(one.person))
    one.choose("#id_agree")
    one.press(f"form[action='{one.person.step('agree')}'] .acts button")
    assert Plan.objects.filter(debt=one.person.debt).exists()
    assert one.count <= PLAN_SIGNED
