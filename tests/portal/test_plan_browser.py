"""The way to a plan in a real browser on a phone: with script and without, no violation and nothing sideways."""

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Debtor
from plans.models import Plan
from tests.browser import axe_violations, sideways
from tests.factories import make_contact, make_creditor, make_debt, make_debtor, make_policy, sign_in


@pytest.fixture
def way(site, open_page):
    """A person at the first step: `way(language=…, script=…)` gives their page and debt."""

    def begin(*, language: str, script: bool):
        creditor = make_creditor()
        make_policy(creditor, longest_months=24, budget_over_months=18, settlement_ladder=[[3, 2_000]])
        debtor = make_debtor(creditor=creditor, language=language)
        debt = make_debt(creditor=creditor, debtor=debtor, balance_minor=2_468_000)
        make_contact(debtor)
        page = open_page(base=site.url, language=language, script=script)
        visit_as(page, site.url, debtor, language, level=1)
        page.goto(f"/plan/{debt.pk}/shape", timeout=60_000)  # the first page waits for the server
        return page, debt

    return begin


def visit_as(page: Page, address: str, debtor: Debtor, language: str, *, level: int) -> None:
    client = Client()
    sign_in(client, debtor, level=level, now=timezone.now())
    session = client.cookies["session"].value
    page.context.add_cookies(
        [
            {"name": name, "value": value, "url": address}
            for name, value in (("session", session), ("language", language))
        ]
    )


@pytest.mark.parametrize(("language", "script"), [("zh-hans", True), ("zh-hant", True), ("en", True), ("en", False)])
def test_a_plan_on_a_phone(way, site, language, script):
    page, debt = way(language=language, script=script)

    def looked_at(page: Page) -> None:
        if script:  # without it the checker itself cannot run
            assert axe_violations(page) == []
            assert sideways(page) == 0

    def press(page: Page, selector: str) -> None:
        looked_at(page)
        page.click(selector)
        page.wait_for_load_state()

    press(page, "main form .acts button")
    looked_at(page)  # with its error
    page.check("input[value=even]")
    press(page, "main form .acts button")
    page.fill("#id_amount", "1000")
    if script:
        page.wait_for_selector("#preview p")
    press(page, "button[name=next]")
    page.check("input[name=frequency][value=monthly]")
    page.check("input[name=day][value='5']")
    press(page, "button[name=rhythm]")
    page.check("input[name=first_on] >> nth=0")
    press(page, "button[name=first]")
    page.fill("#id_wages", "30000")
    page.check("#id_consent")
    press(page, "button[name=next]")
    page.fill("#id_home", "12000")
    press(page, "button[name=next]")
    press(page, "button[name=next]")
    page.click("a[hx-get]")
    page.wait_for_selector(".offer table")
    page.check("input[name=choice] >> nth=0")
    press(page, "button[name=next]")
    looked_at(page)
    visit_as(page, site.url, debt.debtor, language, level=2)
    page.reload()
    page.check("#id_agree")
    press(page, "form[action] .acts button")
    looked_at(page)
    assert "/done" in page.url
    page.go_back()
    assert "/done" in page.url
    plan = Plan.objects.get(debt=debt)
    page.goto(f"/plan/{plan.pk}")
    looked_at(page)
