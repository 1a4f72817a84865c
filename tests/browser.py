"""A real browser for journeys: Debian's Chromium, driven by Playwright, against a real server."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers import Server

PHONE, DESKTOP = 360, 1280
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
LOCALES = {"zh-hans": "zh-CN", "zh-hant": "zh-TW", "en": "en-GB"}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
PATIENCE_MS = 10_000


def chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`open_page(width=…, language=…, scheme=…, script=…)` gives a new visitor's empty tab.

    Each call is another person with cookies of their own. When the test ends, nothing may have broken the content
    security policy and no script may have failed on any of the tabs.
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
        context.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        return context.new_page()

    yield new_visitor
    for context in contexts:
        context.close()
    assert complaints == []


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
    # Evaluated by the driver, which the page's content security policy rightly does not bind.
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{broken['id']}: {broken['help']} at {', '.join(str(node['target'][0]) for node in broken['nodes'][:3])}"
        for broken in found["violations"]
    ]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window; 0 is right."""
    return page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
