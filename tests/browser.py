"""A real browser for journeys: Debian's Chromium without windows, driven by Playwright, against a real server."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.servers import Server

PHONE, DESKTOP = 360, 1280
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"resultTypes": ["violations"], "runOnly": TAGS}
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL_TARGETS = """() => [...document.querySelectorAll(
    'a[href]:not(.skip), button, select, textarea, input:not([type=hidden], [type=radio], [type=checkbox]), '
    + 'label:has([type=radio], [type=checkbox])'
)].filter(one => {
    const box = one.getBoundingClientRect();
    return box.width && getComputedStyle(one).display !== 'inline' && (box.width < 44 || box.height < 44);
}).map(one => one.outerHTML.slice(0, 80))"""
LOCALES = {"zh-hans": "zh-CN", "zh-hant": "zh-TW", "en": "en-GB"}
# An answer of 4xx, or none while a test is offline, is logged as well, and is what that test is about.
EXPECTED = ("Failed to load resource", "htmx:sendError", "htmx:afterRequest")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
PATIENCE_MS = 30_000  # only a failure waits that long; a loaded machine may need most of it
expect.set_options(timeout=PATIENCE_MS)


def chromium() -> str | None:
    # The shell first: the same engine without windows, which opens a visitor at a seventh of the cost.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium-headless-shell)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`open_page(width=…, language=…, scheme=…, script=…)` gives a new visitor's empty tab.

    Each call is another person with cookies of their own. When the test ends, nothing may have broken the content
    security policy, no script may have failed or complained, and no tab of a site may have asked another one.
    """
    contexts, complaints = [], []

    def new_visitor(
        *, width: int = PHONE, language: str = "zh-hans", scheme: str = "light", script: bool = True, base: str = ""
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            locale=LOCALES[language],
            color_scheme=scheme,
            java_script_enabled=script,
            base_url=base or None,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
        if base:
            own = (base, "data:", "blob:")
            context.on("request", lambda one, own=own: None if one.url.startswith(own) else complaints.append(one.url))
        return context.new_page()

    yield new_visitor
    for context in contexts:
        context.close()
    assert complaints == []


def _is_complaint(said: ConsoleMessage) -> bool:
    return said.type in {"error", "warning"} and not said.text.startswith(EXPECTED)


@pytest.fixture
def visit(site: Server, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """`visit("/path", width=…, language=…)` opens that page of the site as a new visitor."""

    def at(path: str, **visitor: object) -> Page:
        page = open_page(base=site.url, **visitor)
        page.goto(path)
        return page

    return at


def axe_violations(page: Page) -> list[str]:
    """What axe finds wrong on the page as it is now: rule, reason and the first places. Empty is right."""
    # Put there by the driver, which the page's content security policy rightly does not bind; from then on it comes
    # with each of this visitor's pages. What axe finds right is left there: the way back is what costs most.
    if page.evaluate("typeof axe") == "undefined":
        page.context.add_init_script(path=AXE)
        page.evaluate(f"{AXE.read_text()}; true")
    found = page.evaluate(f"axe.run(document, {json.dumps(OPTIONS)}).then(found => found.violations)")
    return [
        f"{broken['id']}: {broken['help']} at {', '.join(str(node['target'][0]) for node in broken['nodes'][:3])}"
        for broken in found
    ]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window; 0 is right."""
    return page.evaluate(SIDEWAYS)


def small_targets(page: Page) -> list[str]:
    """What is tapped and is smaller than 44 by 44 pixels; not a link within a sentence, nor a box within its label."""
    return page.evaluate(SMALL_TARGETS)


def kept_in_storage(page: Page) -> list[str]:
    """What the site has put into the browser's storages; empty is right."""
    return page.evaluate(
        """async () => [
            ...Object.keys(localStorage), ...Object.keys(sessionStorage),
            ...(await indexedDB.databases()).map(one => one.name), ...(await caches.keys()),
        ]"""
    )
