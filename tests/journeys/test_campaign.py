"""The demo, as it is shown: a campaign from the desk reaches a phone, its way in leads in, a STOP closes the channel,
the funnel moves, and "why not" explains a message that waits for its hours.

Real processes on the real clock: one of two people lives where it is noon just now, the other where it is night.
"""

import csv
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Sum
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Creditor, Debtor, User
from portal.contact import reach
from portal.contact.models import Reach, Stop
from portal.demo import portfolio
from tests import databases
from tests.browser import axe_violations, sideways
from tests.factories import make_contact, make_debt, make_debtor
from tests.journeys import steps
from tests.servers import Server, serve

PASSWORD = "the demo's own pass phrase"
LENDER, REF = "Maple Row Lending", "US833"  # where the day's hours hold on every day of the week
PATIENCE_MS = 60_000  # a worker's ticks, on a machine that does other things as well


def zone_where_it_is(hour: int, now: datetime) -> str:
    """A zone without summer time in which it is this hour of the day just now."""
    ahead = (hour - now.hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}"


@pytest.fixture
def demo(django_db_setup, django_db_blocker, settings) -> Iterator[Server]:
    """What `make run` serves: its people and staff, the page server and a worker."""
    with django_db_blocker.unblock(), databases.clone(django_db_setup) as database:
        folder = (database.media.parent / "phone").as_uri()
        about = {"DEMO": "1", "SMS_URL": folder, "EMAIL_URL": folder}
        with serve(database, **about) as server, database.as_default():
            settings.PUBLIC_BASE_URL, settings.DEMO = server.url, True
            portfolio.load(timezone.now())
            portfolio.staff(PASSWORD)
            worker = database.start("worker", PUBLIC_BASE_URL=server.url, **about)
            yield server
            worker.terminate()
            said = worker.communicate(timeout=PATIENCE_MS / 1000)[1]
            assert ("Traceback" in said, server.complaints()) == (False, "")


@pytest.fixture
def day_and_night(demo) -> tuple[Debtor, Debtor]:
    """The lender's own person, by day; and another one, by night."""
    now = timezone.now()
    lender = Creditor.objects.get(name=LENDER)
    by_day = Debtor.objects.get(refs__creditor=lender)
    Debtor.objects.filter(pk=by_day.pk).update(time_zone=zone_where_it_is(12, now))
    by_night = make_debtor(creditor=lender, language="en", time_zone=zone_where_it_is(2, now), name="Una Marsh")
    make_contact(by_night, address="+12025550177", verified_at=now)
    make_debt(debtor=by_night, creditor=lender, currency="USD", balance_minor=80_000)
    return by_day, by_night


def signed_in(page: Page, role: str) -> Page:
    user = User.objects.get(email=f"{role}@example.com")
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/desk/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    steps.press(page, "main form button")
    steps.second_factor(page, user)
    return page


def look(page: Page) -> None:
    assert (axe_violations(page), sideways(page)) == ([], 0), page.url


def test_a_campaign_from_the_desk_to_the_phone_and_back(demo, day_and_night, open_page):
    by_day, by_night = day_and_night
    agent = signed_in(open_page(base=demo.url, language="en", width=1280), "agent")
    address = write_it(agent)
    supervisor = signed_in(open_page(base=demo.url, language="en", width=1280), "supervisor")
    approve_it(supervisor, address)

    phone = open_page(base=demo.url, language="en")
    text = read_on_the_phone(phone, by_day)
    visitor = open_page(base=demo.url, language="en")
    come_in_by(visitor, text)

    steps.press(phone, "article button[value=STOP]")
    expect(phone.locator("article").first).to_contain_text("STOP")
    assert list(Stop.objects.values_list("debtor", "channel", "ended_at")) == [(by_day.pk, "sms", None)]
    supervisor.goto(f"/desk/case/{by_day.pk}")
    expect(supervisor.locator(".gauge")).to_contain_text("The person has asked for no more messages here.")

    why_it_waits(supervisor, by_night)
    funnel_moves(supervisor)


def write_it(page: Page) -> str:
    """The agent chooses whom it is for and counts them; approving it is not theirs."""
    steps.press(page, "a[href='/desk/campaigns']")
    look(page)
    steps.press(page, "a[href='/desk/campaigns/new']")
    look(page)
    lender = Creditor.objects.get(name=LENDER)
    here = timezone.now().astimezone(ZoneInfo(lender.time_zone))
    page.fill("#id_name", "A first word")
    page.select_option("#id_creditor", str(lender.pk))
    page.select_option("#id_wording", "first_contact")
    page.fill("#id_starts_at", here.strftime("%Y-%m-%dT%H:%M"))
    page.fill("#id_ends_at", (here + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"))
    steps.press(page, "#content form.desk button.default")
    expect(page.locator("#said")).to_be_visible(timeout=PATIENCE_MS)  # the page that waited reads itself again
    look(page)
    assert page.locator("form[action$='/approve']").count() == 0
    return page.url


def approve_it(page: Page, address: str) -> None:
    page.goto(address)
    assert page.locator(".lockscreen").count() == 1
    steps.press(page, "form[action$='/approve'] button")
    expect(page.locator("#where")).to_have_text("Running", timeout=PATIENCE_MS)  # it reads itself again, once
    look(page)
    assert page.locator("form[action$='/stop'] button").is_visible()


def read_on_the_phone(phone: Page, debtor: Debtor) -> str:
    """The text as it came, and nothing to anybody else."""
    phone.goto("/demo/phone")
    number = debtor.contacts.get(channel="sms").address
    text = phone.locator("article").filter(has_text=number)
    for _again in range(PATIENCE_MS // 500):
        if text.count():
            break
        phone.wait_for_timeout(500)
        phone.reload()
    assert phone.locator("article").count() == text.count() == 1
    return text.inner_text()


def come_in_by(page: Page, text: str) -> None:
    """By the text's link, and two facts from the creditor's file."""
    page.goto(re.search(r"http\S+/r/\w+", text)[0])
    page.click("main .button")
    with (portfolio.FOLDER / "debts.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["debtor_ref"] == REF)
    year, month, day = row["birth_date"].split("-")
    typed = {"birth_year": year, "birth_month": month, "birth_day": day, "id_last4": row["id_last4"]}
    for name, value in typed.items():
        page.fill(f"[name={name}]", value)
    steps.press(page, "main form button")
    assert page.url.endswith(("/home", "/welcome")), page.url


def why_it_waits(page: Page, debtor: Debtor) -> None:
    page.goto(f"/desk/case/{debtor.pk}/why-not")
    look(page)
    said = page.inner_text("#content")
    assert "A first word" in said
    assert "Where the person is, it is outside the hours for this channel." in said


def funnel_moves(page: Page) -> None:
    """The worker counts each minute; here it is done at once."""
    now = timezone.now()
    reach.recount(since=now - timedelta(days=2), now=now)
    page.goto("/desk/reminders")
    look(page)
    told = Reach.objects.filter(template="first_contact").aggregate(Sum("sent"), Sum("opened"), Sum("verified"))
    assert told == {"sent__sum": 1, "opened__sum": 1, "verified__sum": 1}
    assert "<5" in page.inner_text("#content")  # so few are told to nobody
