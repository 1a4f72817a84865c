"""What tests of pages share: a person who has signed in, gateways that are named."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Creditor, Debt, Debtor
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, sign_in
from tests.portal import doors, fake_clamd, gateway_calls
from tests.portal.desk import Desk, make_desk


@dataclass
class Person:
    """A debtor with one debt, and their browser."""

    client: Client
    debtor: Debtor
    debt: Debt
    creditor: Creditor

    def get(self, path: str, **headers):
        return self.client.get(path, headers=headers)

    def post(self, path: str, data: dict | None = None, **headers):
        return self.client.post(path, data or {}, headers=headers)


@pytest.fixture
def person(client, db, clock) -> Person:
    """Somebody who owes one amount and reads English."""
    return new_person(client)


@pytest.fixture
def at_level_2(person) -> Person:
    """The same, who has typed a code as well."""
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    return person


@pytest.fixture
def visitor(db) -> doors.Person:
    """Somebody with a contact, a debt and two facts, who reads English and stands outside."""
    return doors.make_person(language="en")


@pytest.fixture
def inside(client, visitor) -> Client:
    """The browser of `visitor`, who has come in by a link and two facts: level 1."""
    doors.come_in(client, visitor)
    return client


@pytest.fixture(scope="module")
def kept_rows(django_db_setup, django_db_blocker) -> Iterator[None]:
    """A transaction around a module: the rows that its own fixtures make stand for each of its tests, which take `db`
    and are undone to them.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def desk_as_made(kept_rows: None) -> Desk:
    with time_machine.travel(NOW, tick=False):
        return make_desk()


@pytest.fixture
def desk(desk_as_made: Desk, db, clock) -> Desk:
    """A case at the desk with one of everything, made once for the module; this test's own copy."""
    return copy.deepcopy(desk_as_made)


@pytest.fixture
def gateways_named(settings) -> None:
    """The settings name Twilio, Postmark and WeChat; a test that is about another says so."""
    for gateway in ("twilio", "email", "wechat"):
        gateway_calls.name(settings, gateway)


def new_person(client: Client, **debt) -> Person:
    """A debtor with one debt, signed in at level 1 on this client."""
    cache.clear()
    creditor = debt.pop("creditor", None) or make_creditor()
    debtor = make_debtor(creditor=creditor, language="en")
    made = make_debt(creditor=creditor, debtor=debtor, **debt)
    contact = make_contact(debtor)
    link = sign_in(client, debtor, creditor=creditor)
    link.contact = contact
    link.save()
    client.cookies["language"] = "en"
    return Person(client=client, debtor=debtor, debt=made, creditor=creditor)


def queries(act) -> int:
    """How many queries it takes."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def text_of(response) -> str:
    """The page as it was sent."""
    return response.content.decode()


@pytest.fixture
def scanner(settings):
    with fake_clamd.running() as running:
        settings.SCANNER_URL = running.url
        yield running


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    """Where this test's files lie."""
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path / "uploads"
