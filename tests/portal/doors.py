"""How tests come in: with a link or a reference from a message, and the facts of `factories.give_facts`."""

from dataclasses import dataclass

from django.test import Client
from django.utils import timezone

from accounts import links
from accounts.models import Creditor, Debtor, Link
from tests.factories import give_facts, make_contact, make_creditor, make_debt, make_debtor

BORN = {"birth_year": "1990", "birth_month": "3", "birth_day": "5"}
RIGHT = BORN | {"id_last4": "123X"}
WRONG = BORN | {"id_last4": "9999"}


@dataclass
class Person:
    debtor: Debtor
    creditor: Creditor

    def link(self, **values) -> tuple[Link, str]:
        """A link as a message brings it, and its token."""
        contact = self.debtor.contacts.first()
        defaults = {"channel": "sms", "contact": contact, "now": timezone.now(), "by": "system"}
        return links.make(debtor=self.debtor, creditor=self.creditor, **defaults | values)

    def reference(self, **values) -> tuple[Link, str]:
        return self.link(**{"channel": "letter", "kind": "reference", "contact": None} | values)


def make_person(*, name: str = "王小明", facts: dict | None = None, **values) -> Person:
    """Someone with a contact, a debt and two facts on file."""
    creditor = make_creditor()
    debtor = make_debtor(creditor=creditor, name=name, **values)
    give_facts(debtor, **(facts or {}))
    make_debt(debtor=debtor, creditor=creditor)
    make_contact(debtor)
    return Person(debtor, creditor)


def come(client: Client, person: Person, **values) -> Link:
    """Open a fresh link in this browser."""
    link, token = person.link(**values)
    assert client.get(f"/r/{token}").status_code == 303
    return link


def come_in(client: Client, person: Person, **values) -> Link:
    """Open a fresh link and confirm the facts: level 1."""
    link = come(client, person, **values)
    assert client.post("/verify", RIGHT).status_code == 303
    return link
