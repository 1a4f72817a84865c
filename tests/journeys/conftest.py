"""What journeys share: people with a debt worth looking at, their phone, and the worker's part done for real."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from playwright.sync_api import Page

from accounts import ledger, links, outbox
from accounts.models import ContactPoint, Creditor, Debt, Debtor, Message
from accounts.money import Money
from portal.contact import send
from portal.sign_in.sessions import SessionStore
from tests.factories import (
    give_facts,
    make_contact,
    make_creditor,
    make_debtor,
    make_policy,
    sign_in,
)
from tests.servers import Server

pytest.register_assert_rewrite("tests.journeys.steps")  # so that a failure there says what was found
# Region, currency, name, and what can be managed each time; the policy has that as too little for its longest plan.
AT_HOME = {
    "zh-hans": ("cn", "CNY", "Asia/Shanghai", "王晓明", "200"),
    "zh-hant": ("tw", "TWD", "Asia/Taipei", "王曉明", "1000"),
    "en": ("us", "USD", "America/New_York", "Ming Wang", "100"),
}
FACTS = {"birth_year": "1990", "birth_month": "3", "birth_day": "5", "id_last4": "123x"}


@dataclass
class Someone:
    """A person with one debt, their phone number, and what they read."""

    debtor: Debtor
    creditor: Creditor
    debt: Debt
    contact: ContactPoint
    language: str
    can_manage: str

    @property
    def owes(self) -> Money:
        self.debt.refresh_from_db()
        return ledger.balance(self.debt)

    def money(self, amount: Money) -> str:
        return amount.format(self.language, self.creditor.region)

    def step(self, name: str) -> str:
        return f"/plan/new{'' if name == 'shape' else f'/{name}'}?debt={self.debt.pk}"


@dataclass
class Phone:
    """What the person's phone shows: the files of the folder channel, written by the real sending loop."""

    folder: Path

    def texts(self, debtor: Debtor) -> list[str]:
        """Everything that was sent to this person so far, oldest first."""
        send.send_due(worker="journey")
        told = [json.loads(file.read_text(encoding="utf-8")) for file in self.folder.glob("*.json")]
        mine = [one for one in told if one["debtor_id"] == str(debtor.pk)]
        return [one["text"] for one in sorted(mine, key=lambda one: one["at"])]

    def queue_reminder(self, person: Someone) -> tuple[Message, str]:
        """Have a first text with a new link sent; gives the message and the link's token."""
        now = timezone.now()
        about = {"debtor": person.debtor, "contact": person.contact, "now": now}
        with transaction.atomic():
            link, token = links.make(creditor=person.creditor, channel="sms", by="system", **about)
            context = {"link": links.url_of(token), "creditor": person.creditor.name}
            key = f"first_contact:{link.pk}"
            return outbox.queue(key=key, purpose="reminder", template="first_contact", context=context, **about), token

    def remind(self, person: Someone) -> str:
        """Queue a first text with a new link; gives the link, since the text itself may wait for its hour."""
        _message, token = self.queue_reminder(person)
        return links.url_of(token)

    def follow(self, page: Page, person: Someone) -> None:
        """Take the way in that the newest text brings: its link, or the reference that is typed."""
        text = self.texts(person.debtor)[-1]
        if link := re.search(r"http\S+/r/\w+", text):
            page.goto(link[0])
            page.click("main .button")
            return
        page.goto("/start")
        page.fill("[name=reference]", re.search(r"[2-9A-Z]{4} [2-9A-Z]{4}", text)[0])
        page.click("main form[action='/start'] button")

    def code(self, person: Someone) -> str:
        """The newest code, as a person copies it: with a space."""
        digits = re.search(r"\b(\d{6})\b", self.texts(person.debtor)[-1])[1]
        return f"{digits[:3]} {digits[3:]}"


@pytest.fixture
def phone(site: Server, settings) -> Phone:
    folder = site.database.media.parent / "messages"
    settings.SMS_URL = settings.EMAIL_URL = folder.as_uri()
    return Phone(folder)


@pytest.fixture
def someone(site: Server) -> Callable[..., Someone]:
    """`someone("en")`: a person with facts on file, who owes what four entries add up to."""

    def make(language: str = "en", **policy) -> Someone:
        region, currency, time_zone, name, can_manage = AT_HOME[language]
        creditor = make_creditor(region=region, time_zone=time_zone)
        debtor = make_debtor(creditor=creditor, language=language, time_zone=time_zone, name=name)
        give_facts(debtor)
        debt = make_account(creditor, debtor, currency, whole=int(can_manage) * 100)
        make_policy(creditor, currency=currency, starts_on=date(2026, 1, 1), **{"longest_months": 8} | policy)
        return Someone(debtor, creditor, debt, make_contact(debtor), language, can_manage)

    return make


def make_account(creditor: Creditor, debtor: Debtor, currency: str, *, whole: int) -> Debt:
    """A debt whose ledger was written by the ledger: an opening, interest, a fee and a payment."""
    now = timezone.now()
    began = now.date() - timedelta(days=200)
    ref = f"D{Debt.objects.count():06}"
    about = {"product": "Credit card", "opened_on": began, "overdue_since": now.date() - timedelta(days=100)}
    debt = Debt.objects.create(creditor=creditor, debtor=debtor, debt_ref=ref, currency=currency, **about)
    entries = [("opening", whole * 12), ("interest", 3_000), ("fee", 2_000), ("payment", -whole * 2)]
    for number, (kind, minor) in enumerate(entries):
        about = {"by": "system", "now": now, "entry_ref": f"E{number}"}
        about["effective_on"] = began + timedelta(days=40 * number)
        ledger.post(debt=debt, kind=kind, amount=Money(minor, currency), **about)
    return debt


def run_tasks() -> None:
    """What a worker does with the tasks that wait, by the worker's own loop."""
    options = {"queue_names": ["*"], "excluded_queue_names": [], "interval": 0, "backend_name": "default"}
    Worker(**options, batch=True, startup_delay=False, max_tasks=None, worker_id="journey").run()


def come_in(page: Page, link: str) -> None:
    """Open the link and confirm the two facts."""
    page.goto(link)
    page.click("main .button")
    confirm(page)


def confirm(page: Page) -> None:
    """Type the two facts where they are asked for."""
    for name, value in FACTS.items():
        page.fill(f"[name={name}]", value)
    with page.expect_navigation():
        page.click("main form button")


def arrived(page: Page, person: Someone, site: Server, *, level: int = 1) -> Page:
    """Put the visitor where the way in ends, for tests about something else."""
    client = Client()
    sign_in(client, person.debtor, creditor=person.creditor, level=level, now=timezone.now())
    cookies = {"session": client.cookies["session"].value, "language": person.language}
    page.context.add_cookies([{"name": name, "value": value, "url": site.url} for name, value in cookies.items()])
    return page


def time_out(page: Page) -> None:
    """Let this visit have been idle for eleven minutes."""
    key = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "session")
    store = SessionStore(key)
    store["seen_at"] -= 11 * 60
    store.save()
