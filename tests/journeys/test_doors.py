"""The other doors, and what happens to real people on the way: Back, two taps, two tabs, two phones, no network."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import ContactPoint, Hold, Message
from plans.models import Plan
from portal.contact.models import Call, ThreadMessage
from tests.browser import kept_in_storage
from tests.journeys import steps
from tests.journeys.conftest import Someone, arrived, come_in, confirm, time_out

LANGUAGES = ["zh-hans", "zh-hant", "en"]


@pytest.fixture
def visitor(site, open_page, someone):
    """`visitor("en")` gives a person who has signed in, and their phone's empty tab."""

    def make(language: str = "en", *, script: bool = True, level: int = 1, **policy) -> tuple[Page, Someone]:
        person = someone(language, **policy)
        page = open_page(base=site.url, language=language, script=script, scheme=steps.SCHEME[language])
        return arrived(page, person, site, level=level), person

    return make


@pytest.fixture
def taps():
    """Counts what is tapped on a page, the link itself included."""

    class Taps:
        count = 0

        def on(self, page: Page, selector: str) -> None:
            self.count += 1
            steps.press(page, selector)

    return Taps()


# --- The doors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "script"), [("zh-hans", True), ("zh-hant", False), ("en", True)])
def test_not_me_is_three_taps_from_the_text_and_silence_follows(
    site, open_page, someone, phone, taps, language, script
):
    person = someone(language)
    page = open_page(base=site.url, language=language, script=script)
    page.goto(phone.remind(person))
    taps.count += 1
    taps.on(page, "main a[href='/not-me']")
    steps.look(page, language, axe=script)
    page.check("input[name=choice][value=unknown_person]")
    taps.on(page, "main form button")
    assert taps.count <= 3
    steps.look(page, language, axe=script)
    assert ContactPoint.objects.get(pk=person.contact.pk).blocked_at is not None
    last = Message.objects.filter(debtor=person.debtor).latest("created_at")
    assert (last.template, phone.texts(person.debtor)[-1]) == ("not_me_closing", last.body)
    assert person.debtor.name not in page.content()
    page.goto("/home")
    assert "/signed-out" in page.url
    assert Message.objects.filter(contact=person.contact, state="queued").count() == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_equal_doors(visitor, language):
    page, _person = visitor(language)
    page.goto("/home")
    steps.look(page, language)
    looks = page.eval_on_selector_all(
        ".doors a",
        """all => all.map(one => {
            const look = getComputedStyle(one), words = getComputedStyle(one.querySelector('span'));
            return [one.offsetWidth, one.offsetHeight, look.color, look.backgroundColor, look.borderWidth,
                words.fontSize, words.fontWeight, words.color].join();
        })""",
    )
    assert (len(looks), len(set(looks))) == (5, 1)
    assert page.locator("main :checked, .doors .button").count() == 0
    lowest = page.eval_on_selector(".doors", "one => one.getBoundingClientRect().bottom + scrollY")
    assert lowest < 960  # one and a half screens of a small phone


@pytest.mark.parametrize(("language", "script"), [("zh-hans", False), ("zh-hant", True), ("en", False)])
def test_a_pause_is_two_taps_from_home(visitor, phone, taps, language, script):
    page, person = visitor(language, script=script)
    page.goto("/home")
    taps.on(page, ".doors a[href='/pause']")
    steps.look(page, language, axe=script)
    taps.on(page, "button[name=days] >> nth=0")
    assert taps.count <= 2
    steps.look(page, language, axe=script)
    hold = Hold.objects.get(debtor=person.debtor)
    assert (hold.kind, hold.stops_contact) == ("pause", True)
    page.check("input[name=wanted][value=talk]")
    steps.press(page, "main form[action='/pause/after'] button")
    assert page.url.endswith("/messages")
    reminder, _token = phone.queue_reminder(person)
    assert not [text for text in phone.texts(person.debtor) if "/r/" in text]
    reminder.refresh_from_db()
    assert (reminder.state, reminder.reason.split(",")[0]) == ("cancelled", "PAUSED")
    page.goto("/home")
    assert page.locator(".doors a").count() == 5


@pytest.mark.parametrize(("language", "script"), [("zh-hans", True), ("zh-hant", False), ("en", True)])
def test_not_mine_is_sent_without_papers_and_is_followed(visitor, taps, language, script):
    page, person = visitor(language, script=script)
    page.goto("/home")
    taps.on(page, ".doors a[href^='/problem']")
    steps.look(page, language, axe=script)
    taps.on(page, "button[name=reason][value=not_mine]")
    assert taps.count <= 2
    hold = Hold.objects.get(debtor=person.debtor)
    assert hold.stops_contact
    assert page.url.endswith(f"/problem/{hold.pk}")
    steps.look(page, language, axe=script)
    page.goto("/pay")
    steps.look(page, language, axe=script)


@pytest.mark.parametrize(("language", "script"), [("zh-hans", False), ("zh-hant", True), ("en", False)])
def test_talking_to_someone(visitor, language, script):
    page, person = visitor(language, script=script)
    page.goto("/home")
    steps.press(page, ".doors a[href='/messages']")
    steps.look(page, language, axe=script)
    page.fill("textarea", "早上好\nWhat does 4 mean?")
    page.click("main form button")
    expect(page.locator("#thread")).to_contain_text("早上好")
    steps.look(page, language, axe=script)
    page.reload()
    assert ThreadMessage.objects.filter(debtor=person.debtor).count() == 1
    page.goto("/feedback")
    page.check("input[name=answer][value=somewhat]")
    steps.press(page, "main form button")
    assert page.locator("main form").count() == 0
    steps.look(page, language, axe=script)


def test_the_thread_asks_once_in_twenty_seconds_and_hears_almost_nothing(visitor):
    page, _person = visitor("en")
    page.clock.install()
    page.goto("/messages")
    page.fill("textarea", "Hello")
    steps.press(page, "main form button")
    asked = []
    page.on("request", lambda one: asked.append(one.url) if "after=" in one.url else None)
    for count in range(1, 4):
        with page.expect_response(lambda one: "after=" in one.url) as answered:
            page.clock.run_for(20_000)
        assert (answered.value.status, len(asked)) == (204, count)
        assert answered.value.request.sizes()["responseBodySize"] == 0


@pytest.mark.parametrize(("language", "script"), [("zh-hans", True), ("zh-hant", False)])
def test_a_call_is_asked_for_and_taken_back(visitor, language, script):
    page, person = visitor(language, script=script)
    page.goto("/messages")
    steps.press(page, "main a[href='/messages/call']")
    steps.look(page, language, axe=script)
    page.check("input[name=slot] >> nth=0")
    page.check("input[name=number] >> nth=0")
    steps.press(page, "main form[action='/messages/call'] button")
    steps.look(page, language, axe=script)
    assert Call.objects.get(debtor=person.debtor).state == "asked"
    page.goto("/home")
    steps.press(page, "main a[href='/messages/call']")
    steps.press(page, "main form[action='/messages/call/cancel'] button")
    assert Call.objects.get(debtor=person.debtor).state == "cancelled"


# --- Back, twice, at once -------------------------------------------------------------------------------------------


def answers_on(page: Page) -> list[str]:
    """What a page shows as answered: what is chosen, and what stands in its boxes."""
    return page.eval_on_selector_all(
        "main input:checked, main input[type=text], main textarea",
        "all => all.map(one => one.name + '=' + one.value).filter(one => !one.endsWith('='))",
    )


@pytest.mark.parametrize("script", [True, False])
def test_back_after_each_step_keeps_the_answers(visitor, site, script):
    page, person = visitor(script=script)
    steps.up_to_the_check(page, person, script=script)
    found = {}
    while page.url != f"{site.url}{person.step('shape')}":
        page.go_back()
        found.setdefault(re.search(r"/(\w+)\?", page.url)[1], answers_on(page))
    amount = found["amount"][0].removesuffix(".00")
    assert (amount, page.locator("button[value=even][aria-current]").count()) == (f"amount={person.can_manage}", 1)
    assert {"frequency=monthly", "day=5"} <= set(found["date"]) or found["date"][0].startswith("first_on=")
    assert found["offers"][0].startswith("choice=")
    page.goto(person.step("check"))
    assert page.url.endswith(person.step("check"))  # going back took nothing away


@pytest.mark.parametrize("script", [True, False])
def test_two_taps_on_agree_make_one_plan(visitor, script):
    page, person = visitor(script=script, level=2)
    steps.up_to_the_check(page, person, script=script)
    page.check("#id_agree")
    page.dblclick(f"form[action='{person.step('agree')}'] .acts button", no_wait_after=True)
    page.wait_for_url("**/done?*")
    page.goto(person.step("done"))
    plan = Plan.objects.get(debt=person.debt)
    assert plan.reference in page.inner_text("main")
    assert Message.objects.filter(debtor=person.debtor, template="plan_agreed").count() <= 1


def test_agreeing_in_two_tabs_makes_one_plan(visitor):
    page, person = visitor(level=2)
    steps.up_to_the_check(page, person)
    other = page.context.new_page()
    other.goto(person.step("check"))
    for tab in (page, other):
        tab.check("#id_agree")
        steps.press(tab, f"form[action='{person.step('agree')}'] .acts button")
        assert tab.url.endswith(person.step("done"))
    plan = Plan.objects.get(debt=person.debt)
    assert plan.reference in other.inner_text("main")


def test_an_older_tab_signs_what_it_shows(visitor):
    page, person = visitor(level=2)
    steps.up_to_the_check(page, person)
    other = page.context.new_page()
    other.goto(person.step("amount"))
    other.fill("#id_amount", str(int(person.can_manage) * 2))
    steps.press(other, "button[name=next]")
    page.check("#id_agree")
    steps.press(page, f"form[action='{person.step('agree')}'] .acts button")
    # What stood on the screen is what is signed: the offer is still open, so it holds.
    agreed = Plan.objects.get(debt=person.debt)
    assert agreed.offer.answers.ask["instalment"] == int(person.can_manage) * 100


def test_put_down_at_any_step_and_picked_up_on_another_phone(site, open_page, visitor):
    page, person = visitor(script=False)
    page.goto(person.step("shape"))
    second = arrived(open_page(base=site.url, language="en"), person, site)
    for act, comes_next in zip(answers_of(person), ["amount", "date", "date", "offers", "check"], strict=True):
        act(page)
        assert page.url.endswith(person.step(comes_next))
        second.goto("/home")
        steps.press(second, ".doors a[href^='/plan']")
        steps.press(second, ".panel a.button")
        assert (second.url, second.inner_text("main h1")) == (page.url, page.inner_text("main h1"))


def answers_of(person: Someone) -> list:
    """What answers each step of a plan, in turn."""

    def amount(page: Page) -> None:
        page.fill("#id_amount", person.can_manage)
        steps.press(page, "button[name=next]")

    return [steps.choose_shape, amount, steps.choose_rhythm, steps.choose_first_day, steps.take_offer]


# --- Time and the network -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [True, False])
def test_a_visit_that_ends_in_the_middle_of_a_form_goes_on_there(site, open_page, someone, phone, script):
    person = someone("en")
    page = open_page(base=site.url, language="en", script=script)
    come_in(page, phone.remind(person))
    page.goto(person.step("shape"))
    steps.choose_shape(page)
    page.fill("#id_amount", "123.5")
    time_out(page)
    steps.press(page, "button[name=next]")
    assert "/signed-out" in page.url
    steps.look(page, "en", axe=script)
    page.goto(phone.remind(person))
    page.click("main .button")
    confirm(page)
    assert page.url.endswith(person.step("amount"))
    assert page.input_value("#id_amount") == "123.5"
    steps.press(page, "button[name=next]")
    assert page.url.endswith(person.step("date"))


def test_a_dropped_connection_keeps_what_was_typed_and_says_so(visitor):
    page, person = visitor("zh-hant")
    page.goto(person.step("shape"))
    steps.choose_shape(page)
    page.context.set_offline(True)
    page.locator("#id_amount").press_sequentially("1500")
    said = page.get_attribute("body", "data-offline")
    expect(page.locator("#net")).to_have_text(said)  # the preview could not be asked for
    page.click("button[name=next]")
    expect(page.locator("#net")).to_have_text(said)
    assert page.input_value("#id_amount") == "1500"
    page.context.set_offline(False)
    expect(page.locator("#net")).to_be_empty()
    steps.press(page, "button[name=next]")
    assert page.url.endswith(person.step("date"))
    assert kept_in_storage(page) == []


def test_large_text_fits_a_phone(visitor):
    page, person = visitor("zh-hans")
    page.goto("/help")
    steps.press(page, "main button[value=large]")
    for path in ("/home", f"/accounts/{person.debt.pk}", person.step("shape"), "/documents", "/pause"):
        page.goto(path)
        assert page.locator("html.large").count() == 1
        steps.look(page, "zh-hans", axe=False)
