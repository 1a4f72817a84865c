"""The frame in a real browser: nothing axe finds, nothing too wide or small; the switch, errors, note; no script."""

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Debt
from tests.browser import axe_violations, sideways, small_targets
from tests.factories import give_facts, make_contact, make_creditor, make_debt, make_debtor, make_entry, sign_in
from tests.journeys.steps import INLINE
from tests.portal.doors import RIGHT, WRONG

PATHS = ["/home", "/accounts", "/accounts/{}", "/pay", "/pause", "/problem", "/messages"]
SCANNED = {"/pause", "/messages"}  # by axe here; the others by the journeys in each language
# One language, scheme and width for each page; the full grid is the soak's.
LOOKS = [("zh-hans", "light", 320), ("zh-hant", "dark", 360), ("en", "light", 1280)]


@pytest.fixture
def debt(site) -> Debt:
    """An account with a page's worth of entries, of somebody who owes another amount as well."""
    creditor = make_creditor()
    debtor = make_debtor(creditor=creditor)
    debt = make_debt(creditor=creditor, debtor=debtor)
    for _ in range(25):
        make_entry(debt)
    make_debt(creditor=make_creditor(region="hk"), debtor=debtor)
    make_contact(debtor)
    give_facts(debtor)
    return debt


@pytest.fixture
def enter(site, open_page, debt):
    """`enter("/home", width=…)` opens that page as that person, who has signed in."""

    def at(path: str, *, language: str = "en", **visitor):
        client = Client()
        sign_in(client, debt.debtor, creditor=debt.creditor, now=timezone.now())
        page = open_page(base=site.url, language=language, **visitor)
        cookies = {"session": client.cookies["session"].value, "language": language}
        page.context.add_cookies([{"name": name, "value": value, "url": site.url} for name, value in cookies.items()])
        page.goto(path)
        return page

    return at


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_each_page_reads_well_everywhere(enter, debt, language, scheme, width):
    page = enter("/home", language=language, scheme=scheme, width=width)
    found = {}
    for path in PATHS:
        page.goto(path.format(debt.pk))
        axe = axe_violations(page) if path in SCANNED else []
        found[path] = (axe, sideways(page), small_targets(page), INLINE.search(page.content()))
    assert found == dict.fromkeys(PATHS, ([], 0, [], None))


def test_all_five_doors_are_equal_and_on_the_first_screens(enter):
    page = enter("/home", language="zh-hans", width=360)
    looks = page.eval_on_selector_all(
        ".doors a",
        """all => all.map(one => {
            const look = getComputedStyle(one);
            return [look.fontSize, look.fontWeight, look.color, look.backgroundColor, look.minHeight].join();
        })""",
    )
    assert len(looks) == 5
    assert len(set(looks)) == 1
    assert page.locator(".doors").bounding_box()["y"] + page.locator(".doors").bounding_box()["height"] < 960


def test_the_switch_hides_amounts_without_leaving_the_page(enter):
    page = enter("/home")
    expect(page.locator("#main")).to_contain_text("NT$12,000")
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="Hide amounts").click()
    expect(page.locator("#main")).not_to_contain_text("NT$")
    expect(page.get_by_role("button", name="Show amounts")).to_be_focused()
    assert page.evaluate("window.stayed")


@pytest.mark.parametrize("script", [True, False])
def test_a_mistake_is_said_at_the_top_and_at_the_field_and_back_loses_nothing(enter, script):
    page = enter("/problem", script=script)
    page.get_by_role("link", name="Another account").click()
    page.locator("main .rows a").first.click()
    page.get_by_role("button", name="The amount is wrong").click()
    page.locator("textarea").fill("I paid in October")
    page.get_by_label("How much of it is right?").fill("x")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#errors")).to_contain_text("Please check")
    assert page.title().startswith("Error: ")
    assert page.locator("textarea").input_value() == "I paid in October"
    if script:
        expect(page.locator("#errors")).to_be_focused()
    page.get_by_label("How much of it is right?").fill("9000")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("h1")).to_contain_text("we will not ask you to pay that part")


@pytest.mark.parametrize("script", [True, False])
def test_a_pause_takes_two_taps(enter, script):
    page = enter("/home", script=script)
    page.get_by_role("link", name="I cannot pay right now").click()
    page.locator("main").get_by_role("button", name="Two weeks").click()
    expect(page.locator("h1")).to_contain_text("Paused until")


def test_a_dropped_connection_keeps_what_was_typed(enter):
    page = enter("/messages")
    page.locator("textarea").fill("May I start later?")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#net")).to_contain_text("What you typed is still here")
    assert page.locator("textarea").input_value() == "May I start later?"
    page.context.set_offline(False)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#thread")).to_contain_text("May I start later?")


def test_the_note_before_the_visit_ends_lets_one_stay(enter):
    page = enter("/home")
    page.clock.install()
    page.reload()
    page.clock.fast_forward("07:50")
    expect(page.locator("#still")).to_be_hidden()
    page.clock.fast_forward("00:15")
    expect(page.locator("#still")).to_be_visible()
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.locator("#still")).to_be_hidden()


def test_after_an_hour_the_facts_are_asked_on_the_same_page(enter):
    page = enter("/messages")
    page.clock.install()
    page.reload()
    page.locator("textarea").fill("May I start later?")
    page.clock.fast_forward("57:50")
    expect(page.locator("#again")).to_be_hidden()
    page.clock.fast_forward("00:15")
    expect(page.locator("#again")).to_be_visible()
    for name, value in WRONG.items():
        page.locator(f"#again [name={name}]").fill(value)
    page.locator("#again button").click()
    expect(page.locator("#again .error")).to_be_focused()
    page.locator("#again [name=id_last4]").fill(RIGHT["id_last4"])
    page.locator("#again button").click()
    expect(page.locator("#again")).to_be_hidden()
    assert page.locator("textarea").input_value() == "May I start later?"
    page.clock.fast_forward("57:50")
    expect(page.locator("#again")).to_be_hidden()


def test_the_first_tab_leads_to_the_content(enter):
    page = enter("/home")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_nothing_comes_from_elsewhere(enter, site):
    asked = []
    page = enter("/home")
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert {url for url in asked if not url.startswith((site.url, "data:"))} == set()
    assert len([url for url in asked if not url.startswith("data:")]) <= 4
