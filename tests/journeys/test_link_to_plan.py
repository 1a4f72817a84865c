"""From a reminder's link to an agreed plan and its papers: on a phone, in three languages, with script and without."""

import csv
import io
import re

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from accounts.models import LedgerEntry
from plans.models import Plan
from tests.browser import kept_in_storage
from tests.journeys import steps
from tests.journeys.conftest import Someone, confirm, run_tasks

LANGUAGES = ["zh-hans", "zh-hant", "en"]


class Journey:
    """One person on one phone. Every page they see is looked at; axe looks where script runs."""

    def __init__(self, page: Page, person: Someone, *, script: bool):
        self.page, self.person, self.script = page, person, script

    def look(self) -> None:
        steps.look(self.page, self.person.language, axe=self.script)

    def press(self, selector: str) -> None:
        steps.press(self.page, selector)
        self.look()

    def main(self) -> str:
        return self.page.inner_text("main")


@pytest.fixture
def journey(site, open_page, someone):
    def begin(language: str, *, script: bool) -> Journey:
        page = open_page(base=site.url, language=language, scheme=steps.SCHEME[language], script=script)
        return Journey(page, someone(language), script=script)

    return begin


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_from_a_link_to_a_plan_and_its_papers(journey, phone, language, script):
    one = journey(language, script=script)
    comes_in(one, phone.remind(one.person))
    sees_what_is_owed(one)
    makes_a_plan(one)
    plan = agrees(one, phone)
    takes_the_agreement_home(one, plan)
    takes_a_statement_home(one)
    assert kept_in_storage(one.page) == []


def comes_in(one: Journey, link: str) -> None:
    one.page.goto(link)
    assert one.page.url.endswith("/arrive")
    one.look()
    said = one.page.content()
    for secret in (one.person.debtor.name, one.person.creditor.name, one.person.money(one.person.owes)):
        assert secret not in said
    one.press("main .button")
    confirm(one.page)
    assert one.page.url.endswith("/welcome")
    one.look()
    one.press("main .rows a[href='/home']")


def sees_what_is_owed(one: Journey) -> None:
    owed, person = one.person.owes, one.person
    assert owed.minor == sum(LedgerEntry.objects.filter(debt=person.debt).values_list("amount_minor", flat=True))
    assert one.page.locator("main .big").all_inner_texts() == [person.money(owed)]
    assert one.page.locator(".doors a").count() == 5
    assert person.debtor.name not in one.main()
    one.press(f"#amounts a[href='/accounts/{person.debt.pk}']")
    assert one.page.inner_text("tfoot .amount") == person.money(owed)
    lines = one.page.locator(".panel tbody .amount").all_inner_texts()
    assert sum(map(minor, lines)) == owed.minor
    entries = one.page.locator(".ledger .amount").all_inner_texts()
    assert sum(map(minor, entries)) == owed.minor
    assert person.debt.debt_ref in one.page.inner_text("main")
    assert person.creditor.bank_account in one.page.inner_text("main")


def minor(words: str) -> int:
    """An amount as a page shows it, in minor units."""
    whole, _point, cents = re.sub(r"[^\d.]", "", words).partition(".")
    value = int(whole) * 100 + int(cents.ljust(2, "0") or 0)
    return -value if "−" in words else value


def makes_a_plan(one: Journey) -> None:
    page, person = one.page, one.person
    one.press(".doors a[href^='/plan']")
    steps.choose_shape(page)
    steps.type_amount(page, person.can_manage, script=one.script)
    one.look()
    assert str(-(-person.owes.minor // (int(person.can_manage) * 100))) in page.inner_text("#preview")
    one.press("button[name=next]")
    steps.choose_rhythm(page)
    one.look()
    steps.choose_first_day(page)
    assert 1 <= page.locator("input[name=choice]").count() <= 3
    assert page.locator("input:checked").count() == 0
    see_every_payment(one)
    steps.take_offer(page)
    one.look()
    assert page.locator(".near dd").nth(-1).inner_text() == person.money(person.owes)
    assert sum(map(minor, page.locator("table:not([class]) tbody td.num").all_inner_texts())) == person.owes.minor


def see_every_payment(one: Journey) -> None:
    """The details of an offer open inside its card; without script, on a page with the same."""
    if one.script:
        one.page.click(".offer a[hx-get]")
    else:
        steps.press(one.page, ".offer a[hx-get]")
    expect(one.page.locator(".offer table")).to_have_count(1)
    one.look()


def agrees(one: Journey, phone) -> Plan:
    page, person = one.page, one.person
    assert page.locator("#id_agree").count() == 0
    one.press("main form .button")
    one.press("main form button")
    page.fill("#id_code", phone.code(person))
    one.press("main form button")
    assert page.url.endswith(person.step("check"))
    page.check("#id_agree")
    one.press(f"form[action='{person.step('agree')}'] .acts button")
    assert page.url.endswith(person.step("done"))
    plan = Plan.objects.get(debt=person.debt)
    assert (plan.total_minor, plan.balance_minor) == (person.owes.minor, person.owes.minor)
    assert plan.reference in one.main()
    page.go_back()
    assert page.url.endswith(person.step("done"))
    one.press(f"main a[href='/plan/{plan.pk}']")
    assert person.money(person.owes) in one.main()
    page.go_back()
    return plan


def takes_the_agreement_home(one: Journey, plan: Plan) -> None:
    one.press(f"main a[href='/documents/agreement/{plan.pk}']")
    total = one.person.money(one.person.owes)
    assert total in one.page.inner_text("article")
    paper = download_pdf(one)
    assert (total in paper, plan.reference in paper) == (True, True)


def takes_a_statement_home(one: Journey) -> None:
    one.press(".menu a[href='/documents']")
    one.page.check("input[name=period][value=all]")
    steps.press(one.page, "main form button")
    owed = one.person.owes
    assert one.page.inner_text(".paper-sum .paper-last td") == one.person.money(owed)
    assert one.person.money(owed) in download_pdf(one)
    rows = list(csv.reader(io.StringIO(download(one, ".acts a[href$='.csv']").decode("utf-8-sig"))))
    found = [(row[0], minor_of(row[3])) for row in rows[1:]]
    entries = LedgerEntry.objects.filter(debt=one.person.debt).order_by("effective_on", "id")
    assert found == [(str(entry.effective_on), entry.amount_minor) for entry in entries]
    assert minor_of(rows[-1][4]) == owed.minor


def minor_of(plain: str) -> int:
    whole, _point, cents = plain.lstrip("-").partition(".")
    value = int(whole) * 100 + int(cents.ljust(2, "0") or 0)
    return -value if plain.startswith("-") else value


def download_pdf(one: Journey) -> str:
    """Wait until the file is prepared, take it home and read it: what it says. It is tagged for screen readers."""
    assert one.page.locator(".acts a[href$='.pdf']").count() == 0
    run_tasks()
    one.press("main .acts p a")
    content = download(one, ".acts a[href$='.pdf']")
    assert content.startswith(b"%PDF")
    pdf = PdfReader(io.BytesIO(content))
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert pdf.trailer["/Root"]["/Lang"] == steps.LANG[one.person.language]
    return "".join(page.extract_text() for page in pdf.pages)


def download(one: Journey, selector: str) -> bytes:
    with one.page.expect_download() as coming:
        one.page.click(selector)
    return coming.value.path().read_bytes()
