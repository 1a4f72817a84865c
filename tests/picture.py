"""Makes README's picture: three pages of the demo as a phone shows them, side by side. `python -m tests.picture`

The demo is set up and served for this alone, on a database and a port of its own, and gone again afterwards.
"""

import base64
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import FLAGS, LOCALES, PHONE, chromium
from tests.databases import ROOT, Database
from tests.servers import Server, serve

PICTURE = ROOT / "docs" / "home.png"
HEIGHT, GAP, LARGEST = 800, 24, 200_000  # pixels, pixels, bytes
PAYMENTS = 40  # of so many the plan is asked for: more than the policy has, so that there are offers to show
PRINTED = re.compile(r"(/r/\w{22})\n\s+.*: born (\d+)-(\d+)-(\d+), ID ends in (\w+)")


@dataclass
class Visitor:
    """Somebody of the demo: the way in, and the facts to type."""

    link: str
    facts: dict[str, str]


def main() -> int:
    program = chromium()
    if program is None:
        print("Chromium is not installed (Debian: apt-get install chromium-headless-shell)", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="pinghuan-picture-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        PICTURE.write_bytes(side_by_side(browser, screens(browser, Path(folder))))
        browser.close()
    size = PICTURE.stat().st_size
    print(f"{PICTURE.relative_to(ROOT)}: {size:,} bytes")
    return 0 if size < LARGEST else 1


def screens(browser: Browser, folder: Path) -> list[bytes]:
    """Home in English, offers of a plan in zh-Hans, home in zh-Hant."""
    database = Database("picture", f"sqlite:///{folder}/picture.sqlite3", folder / "media")
    settings = {"DEMO": "1", "DEMO_FILE": f"{folder}/demo.env", "DEMO_PASSWORD": "for the picture alone"}
    settings |= {"SMS_URL": f"file://{folder}/phone", "EMAIL_URL": f"file://{folder}/phone"}
    said = database.run("demo", "--no-serve", **settings)
    if said.returncode:
        raise SystemExit(said.stderr)
    people = [Visitor(link, facts_of(*facts)) for link, *facts in PRINTED.findall(said.stdout)]
    shown = {}
    with serve(database, **settings) as site:
        for person in people:
            page = come_in(browser, site, person)
            language = page.get_attribute("html", "lang").lower()
            if language == "zh-hans":
                ask_for_a_plan(page)
            shown[language] = page.screenshot()
    return [shown[language] for language in ("en", "zh-hans", "zh-hant")]


def facts_of(year: str, month: str, day: str, id_last4: str) -> dict[str, str]:
    return {"birth_year": year, "birth_month": month, "birth_day": day, "id_last4": id_last4}


def come_in(browser: Browser, site: Server, person: Visitor) -> Page:
    """From the link to the home page, as on a phone."""
    context = browser.new_context(viewport={"width": PHONE, "height": HEIGHT}, locale=LOCALES["en"], base_url=site.url)
    page = context.new_page()
    page.goto(person.link)
    page.click("main .button")
    for name, value in person.facts.items():
        page.fill(f"[name={name}]", value)
    page.click("main form button")
    page.goto("/home")
    return page


def ask_for_a_plan(page: Page) -> None:
    """Answer the steps of a plan until its offers stand there."""
    owed = int(re.sub(r"\D", "", page.inner_text("main .num").partition(".")[0]))
    page.goto("/plan/new")
    page.click("button[name=shape][value=even]")
    page.fill("[name=amount]", str(owed // PAYMENTS))
    page.click("main button[name=next]")
    page.click("main button[name=day][value='5']")
    page.locator("[name=first_on]").first.check()
    page.click("main button[name=first]")
    give_figures(page, {"wages": owed // 4, "home": owed // 12, "food": owed // 16})
    page.wait_for_selector(".offer")


def give_figures(page: Page, figures: dict[str, int]) -> None:
    """The pages of the budget: a plan this long needs one."""
    page.check("[name=consent]")
    for _number in range(3):
        for name, amount in figures.items():
            if page.locator(f"[name={name}]").count():
                page.fill(f"[name={name}]", str(amount))
        page.click("main button[name=next]")


def side_by_side(browser: Browser, pictures: list[bytes]) -> bytes:
    """One picture of several, drawn by the browser."""
    width = len(pictures) * (PHONE + GAP) + GAP
    page = browser.new_page(viewport={"width": width, "height": HEIGHT + 2 * GAP})
    look = f"margin:0 0 0 {GAP}px;width:{PHONE}px;height:{HEIGHT}px;border-radius:18px"
    shown = [f'<img style="{look}" src="data:image/png;base64,{base64.b64encode(one).decode()}">' for one in pictures]
    page.set_content(f'<body style="margin:{GAP}px 0;display:flex;background:#dfe5e4">{"".join(shown)}</body>')
    return page.screenshot()


if __name__ == "__main__":
    sys.exit(main())
