"""Walks through the steps of a plan as a browser without script does: read the form, send it, follow the answer."""

import re

from tests.factories import sign_in
from tests.portal.conftest import Person, text_of


def url(person: Person, step: str) -> str:
    """Where a step of this person's plan is."""
    return f"/plan/new{'' if step == 'shape' else f'/{step}'}?debt={person.debt.pk}"


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's last form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def send(person: Person, step: str, data: dict, **headers):
    """Open a step and send its form with its own one-time key."""
    fields = {name: value for name, value in hidden(text_of(person.get(url(person, step)))).items() if name == "once"}
    return person.post(url(person, step), fields | data, **headers)


def walk(person: Person, *, shape="even", amount="1000", frequency="monthly", day="5", first_on="2026-12-05") -> str:
    """Answer every step until the offers, and say where that led."""
    assert send(person, "shape", {"shape": shape})["Location"] == url(person, "date" if shape == "full" else "amount")
    if shape != "full":
        assert send(person, "amount", {"amount": amount})["Location"] == url(person, "date")
    if shape != "full" and amount:
        answer = send(person, "date", {"day": day} if frequency == "monthly" else {"frequency": frequency})
        assert answer["Location"] == url(person, "date")
    return send(person, "date", {"first": "1", "first_on": first_on})["Location"]


def choose(person: Person, number: int = 0):
    """Take one of the offers."""
    page = text_of(person.get(url(person, "offers")))
    return send(person, "offers", {"choice": re.findall(r'name="choice" value="([^"]+)"', page)[number]})


def agree(person: Person, **changed):
    """Sign what the check page shows, at level 2."""
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    fields = hidden(text_of(person.get(url(person, "check"))))
    return person.post(url(person, "agree"), fields | {"agree": "on"} | changed)
