"""A proposal that needed a person: asked on a phone, answered at the desk, accepted and signed on the phone."""

import pytest
from playwright.sync_api import Page

from plans.models import Offer, Plan
from tests.browser import axe_violations, sideways
from tests.journeys import steps
from tests.journeys.conftest import arrived, come_in
from tests.portal.desk import make_role

PASS_PHRASE = "a long enough pass phrase"  # of `factories.make_staff`


def sign_in_as_staff(page: Page, user, *, axe: bool = True) -> None:
    """With the password and the code of the authenticator app; the password alone opens nothing."""
    page.goto("/desk/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASS_PHRASE)
    steps.press(page, "main form button")
    assert "/desk/" not in page.url
    assert not axe or axe_violations(page) == []  # axe is script
    steps.second_factor(page, user)


@pytest.mark.parametrize(("language", "script"), [("zh-hant", True), ("en", False)])
def test_the_desk_answers_and_the_person_signs(site, open_page, someone, phone, language, script):
    person = someone(language)
    page = open_page(base=site.url, language=language, script=script, scheme=steps.SCHEME[language])
    come_in(page, phone.remind(person))
    ask_a_person(page, person, axe=script)
    ask = Offer.objects.get(debt=person.debt, needs_person=True)

    desk = open_page(base=site.url, language=language, width=1280)
    staff = make_role("agent")
    sign_in_as_staff(desk, staff)
    reason = "We can go a little further than our usual terms."
    answer_it(desk, ask, reason)

    phone.follow(page, person)  # a text says that there is a reply
    accept_it(page, person, reason, staff, axe=script)
    steps.confirm_code(page, lambda: phone.code(person))
    page.check("#id_agree")
    steps.press(page, f"form[action='{person.step('agree')}'] .acts button")
    plan = Plan.objects.get(debt=person.debt)
    suggestion = Offer.objects.get(debt=person.debt, proposer="staff")
    assert (plan.offer, plan.total_minor) == (suggestion, person.owes.minor)
    assert plan.reference in page.inner_text("main")


def ask_a_person(page: Page, person, *, axe: bool) -> None:
    """None of the offers suits: the plan goes to a person, with a word about it."""
    page.goto(person.step("shape"))
    steps.choose_shape(page)
    page.fill("#id_amount", person.can_manage)
    steps.press(page, "button[name=next]")
    steps.choose_rhythm(page)
    steps.choose_first_day(page)
    steps.press(page, "button[name=person]")
    steps.look(page, person.language, axe=axe)
    page.fill("textarea", "I start a new job in January.")
    steps.press(page, "main form .acts button")
    assert page.url.endswith(person.step("done"))
    steps.look(page, person.language, axe=axe)


def answer_it(desk: Page, ask: Offer, reason: str) -> None:
    """From what waits today to the review, and one of the computed suggestions."""
    desk.goto("/desk/")
    steps.press(desk, f"a[href='/desk/review/{ask.pk}']")
    assert "I start a new job in January." in desk.inner_text("#content")
    assert sideways(desk) == 0
    answer = desk.locator("form.answer[action$='/suggest']").first
    answer.locator("textarea").fill(reason)
    with desk.expect_navigation():
        answer.locator("button").click()
    assert "/desk/case/" in desk.url


def accept_it(page: Page, person, reason: str, staff, *, axe: bool) -> None:
    """The suggestion stands on the home page, beside what was asked, signed by a name; accepting leads to the check."""
    assert page.url.endswith("/home")
    steps.look(page, person.language, axe=axe)
    steps.press(page, "main a[href*='/offer/']")
    steps.look(page, person.language, axe=axe)
    said = page.inner_text("main")
    assert (reason in said, staff.first_name in said) == (True, True)
    looks = page.eval_on_selector_all(
        ".even > *", "all => all.map(one => [getComputedStyle(one).color, getComputedStyle(one).fontSize].join())"
    )
    assert (len(looks), len(set(looks))) == (4, 1)
    steps.press(page, "button[name=accept]")
    assert page.url.endswith(person.step("check"))
    steps.look(page, person.language, axe=axe)
    steps.press(page, "main form .button")


def test_at_the_desk_without_the_second_factor_nothing_opens(site, open_page, someone):
    person = someone("en")
    desk = open_page(base=site.url, language="en", width=1280)
    user = make_role("agent")
    desk.goto("/desk/")
    desk.fill("[name=login]", user.email)
    desk.fill("[name=password]", PASS_PHRASE)
    steps.press(desk, "main form button")
    desk.goto(f"/desk/case/{person.debtor.pk}")
    assert "/sign-in/" in desk.url
    assert person.debtor.name not in desk.content()
    assert arrived(open_page(base=site.url, language="en"), person, site).goto("/desk/").status == 404
