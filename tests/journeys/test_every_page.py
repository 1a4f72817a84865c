"""Every page in every state: nothing axe finds, nothing sideways, nothing too small, no focus that cannot be seen.

Pages that a journey walks through are looked at there; the rest once in each language here. The grid of languages,
schemes, widths and states is the soak's.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import databases
from tests.browser import axe_violations, sideways, small_targets
from tests.journeys import scenes, steps
from tests.journeys.conftest import arrived
from tests.servers import Server, serve

LANGUAGES = ["zh-hans", "zh-hant", "en"]
# Looked at on the way by the other journeys.
WALKED = {"arrive", "verify", "not me", "not me, done", "shape", "amount", "date", "date, rhythm", "offers", "check"}
WALKED |= {
    "offers, opened",
    "code",
    "welcome",
    "done",
    "plan",
    "agreement",
    "statement",
    "documents",
    "home",
    "account",
}
WALKED |= {"messages", "pay, checking", "pause, running", "check progress", "in review", "send", "offer", "timed out"}
WALKED |= {"home, suggestion", "pause, empty", "dispute, running"}
WALKED |= {"helper, empty", "helper, one", "passkeys", "passkeys, empty"}
# Letters as far apart as WCAG 1.4.12 asks a page to bear.
SPACING = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}
        p{margin-bottom:2em!important}`);
    document.adoptedStyleSheets = [sheet];
}"""
NO_SPACING = "() => { document.adoptedStyleSheets = [] }"
# The focused element, when something lies over it at its middle and at all its corners.
COVERED = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const box = one.getBoundingClientRect(), x = [box.left + 2, (box.left + box.right) / 2, box.right - 2];
    const points = x.flatMap(at => [[at, box.top + 2], [at, (box.top + box.bottom) / 2], [at, box.bottom - 2]]);
    const seen = points.some(([x, y]) => {
        const top = document.elementFromPoint(x, y);
        return top && (top === one || one.contains(top) || top.contains(one));
    });
    return seen ? null : one.outerHTML.slice(0, 80);
}"""


@pytest.fixture(scope="module")
def site_server(django_db_setup, django_db_blocker) -> Iterator[Server]:
    """A site that takes files, since it has a scanner, which no page asks."""
    with django_db_blocker.unblock(), databases.clone(django_db_setup) as database:
        with serve(database, SCANNER_URL="clamd://127.0.0.1:1") as server:
            yield server


@pytest.fixture
def pages(site, open_page, someone, phone):
    """Opens every page of one language, one after the other: its name, and the tab that shows it."""

    def all_of(language: str, *, without: frozenset | set = frozenset(), **visitor) -> Iterator[tuple[str, Page]]:
        guest = open_page(base=site.url, language=language, **visitor)
        guest.context.add_cookies([{"name": "language", "value": language, "url": site.url}])
        link = phone.remind(someone(language))
        guest.goto(link)
        for name in [one for one in scenes.OPEN if one not in without]:
            guest.goto(scenes.OPEN[name].format(link=link))
            yield name, guest
        for scene in scenes.SCENES:
            person, named = scene(someone, language)
            wanted = [one for one in named if one not in without]
            if wanted:
                level = 2 if scene in scenes.AT_LEVEL_2 else 1
                page = arrived(open_page(base=site.url, language=language, **visitor), person, site, level=level)
                for name in wanted:
                    page.goto(named[name])
                    yield name, page
                page.context.close()

    return all_of


def looked_at(page: Page, language: str) -> list[str]:
    try:
        steps.look(page, language)
    except AssertionError as wrong:
        return [str(wrong)[:600]]
    return []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_that_no_journey_walks_through(pages, language):
    found = {}
    for name, page in pages(language, without=WALKED, scheme=steps.SCHEME[language], width=steps.WIDE[language]):
        found[name] = looked_at(page, language)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) > 20


@pytest.mark.soak
@pytest.mark.parametrize("state", ["as it is", "with errors"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_grid(pages, language, state):
    found = {}
    for name, page in pages(language):
        if state == "with errors":
            if name not in scenes.ERRORS:
                continue
            make_errors(page, scenes.ERRORS[name])
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width in (320, 360, 1280):
                page.set_viewport_size({"width": width, "height": 640})
                found[name, scheme, width] = (
                    axe_violations(page) + small_targets(page) + [sideways(page)] * (sideways(page) > 0)
                )
        found[name, "keyboard"] = covered_focus(page)
        found[name, "spacing"] = spread_out(page)
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


def make_errors(page: Page, button: str) -> None:
    """Type odd things into every box, choose nothing and send the form: the page says what is wrong."""
    page.eval_on_selector_all("main :checked", "all => all.forEach(one => { one.checked = false })")
    unasked = "main form#change textarea"  # what is written there without a tick is refused
    for box in page.locator(f"main input[type=text]:visible, main input:not([type]):visible, {unasked}").all():
        box.fill("x?")
    page.click(button)
    expect(page.locator("#errors, .error, .errorlist").first, page.url).to_be_visible()  # a page of its own, or a part
    page.wait_for_load_state()


def covered_focus(page: Page) -> list[str]:
    """What is focused by the tab key and cannot be seen then."""
    page.set_viewport_size({"width": 360, "height": 640})
    page.evaluate("document.activeElement.blur()")
    found = []
    for _control in range(page.locator("a[href], button, input:not([type=hidden]), select, textarea").count()):
        page.keyboard.press("Tab")
        found += [page.evaluate(COVERED)]
    return [one for one in found if one]


def spread_out(page: Page) -> list[str]:
    """What does not fit when letters and words stand further apart, at the narrowest."""
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate(SPACING)
    wider = sideways(page)
    page.evaluate(NO_SPACING)
    return [f"{wider} px too wide"] if wider else []
