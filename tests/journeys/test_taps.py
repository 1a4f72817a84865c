"""How many taps it takes from a text: in three languages, with script and without, with axe where script runs.

A tap is a press on a link, a button, a radio or a tick on a page of ours, each one counted from the page that the link
opens: also those that only say who it is. What is typed is not, nor is opening the link in the text.

A plan is sent when the person's own plan is with us and what is possible stands on the page.
"""

import re

import pytest
from playwright.sync_api import Page

from accounts import disputes
from accounts.models import ContactPoint, Event, Hold
from tests.factories import make_creditor
from tests.journeys import steps
from tests.journeys.conftest import FACTS, Someone, make_account

LANGUAGES = ["zh-hans", "zh-hant", "en"]
NOT_ME, PAUSE, DISPUTE, PLAN_SENT = 3, 4, 4, 8


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
        self.seen: set[str] = set()

    def choose(self, selector: str) -> None:
        """A radio or a tick: nothing follows it."""
        self.count += 1
        self.page.check(selector)

    def press(self, selector: str) -> None:
        """A press, and a look at the page that follows: with axe once at each, however its state."""
        self.count += 1
        steps.press(self.page, selector)
        page = re.sub(r"[0-9a-f-]{36}", "", self.page.url)
        steps.look(self.page, self.person.language, axe=self.script and page not in self.seen)
        self.seen.add(page)

    def type(self, selector: str, text: str) -> None:
        self.page.fill(selector, text)


@pytest.fixture
def taps(site, open_page, someone, phone):
    """`taps("en", script=True)`: somebody's first visit, on the page that the text leads to."""

    def begin(language: str, *, script: bool) -> Taps:
        person = someone(language)
        page = open_page(base=site.url, language=language, scheme=steps.SCHEME[language], script=script)
        page.goto(phone.remind(person))
        steps.look(page, language, axe=script)
        return Taps(page, person, script=script)

    return begin


@pytest.fixture
def known(taps):
    """The same, after the facts: on the page before one looks."""

    def come_in(language: str, *, script: bool) -> Taps:
        one = taps(language, script=script)
        one.press("main a[href='/verify']")
        for name, value in FACTS.items():
            one.type(f"[name={name}]", value)
        one.press("main form button")
        assert one.page.url.endswith("/welcome")
        return one

    return come_in


@everywhere(True)
def test_not_me(taps, language, script):
    one = taps(language, script=script)
    one.press("main a[href='/not-me']")
    one.choose("input[name=choice] >> nth=0")
    one.press("main form button")
    assert ContactPoint.objects.get(pk=one.person.contact.pk).blocked_at is not None
    assert one.count <= NOT_ME


@everywhere(False)
def test_a_pause(known, language, script):
    one = known(language, script=script)
    one.press("main a[href='/pause']")
    one.press("button[name=days] >> nth=0")
    assert Hold.objects.filter(debtor=one.person.debtor, kind="pause").exists()
    assert one.count <= PAUSE


@everywhere(True)
def test_a_dispute_for_whatever_reason_and_of_several_accounts(known, language, script):
    """From the page before one looks, each reason anew; the text was about one of two accounts."""
    one = known(language, script=script)
    debtor, creditor = one.person.debtor, one.person.creditor
    make_account(make_creditor(region=creditor.region), debtor, one.person.debt.currency, whole=10_000)
    before, count = one.page.url, one.count
    for reason in disputes.REASONS:
        one.page.goto(before)
        one.count = count
        one.press("main a[href^='/problem']")
        one.press(f"button[name=reason][value={reason}]")
        assert one.count <= DISPUTE, reason
        hold = Hold.objects.get(debtor=debtor, kind="dispute", reason=reason, stops_contact=True, stops_payments=True)
        assert hold.debt == (None if reason == "died" else one.person.debt)
        one.press("form[action$='/withdraw'] button")  # pressed by mistake: one tap more
        assert not Hold.objects.filter(pk=hold.pk, ended_at=None).exists()


@everywhere(False)
def test_a_plan(known, language, script):
    one = known(language, script=script)
    one.press("main a[href^='/plan/new']")
    one.press("button[name=shape][value=even]")
    one.type("#id_amount", one.person.can_manage)
    one.press("button[name=next]")
    one.press("button[name=day][value='5']")
    one.choose("input[name=first_on] >> nth=0")
    one.press("button[name=first]")
    assert Event.objects.filter(debtor=one.person.debtor, act="offer.asked").exists()
    assert "/plan/new/offers?" in one.page.url
    assert one.count <= PLAN_SENT
