"""T25: whatever is somebody else's is not there. Each id of another person gets exactly what an invented id gets."""

import re
import uuid
from dataclasses import dataclass

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, get_resolver

from accounts import contacts
from accounts.models import Hold, Session
from plans import offers
from plans.models import Offer, Plan
from portal.contact import thread
from portal.documents import issue, making
from portal.privacy import copying
from tests.factories import NOW, TODAY, make_debt, make_helper, make_staff, sign_in
from tests.portal.conftest import Person, new_person
from tests.portal.desk import agreed, desk_of, make_desk
from tests.portal.hostile_files import make_upload
from tests.portal.plan_steps import send, url, walk
from tests.portal.test_desk_roles import addresses

RANDOM = "7b1f3c52-9d0e-4c5a-8a3e-0f6b2d9c4e11"
HTMX = {"HX-Request": "true"}


@dataclass
class Victim:
    """Somebody with one row of everything that has an address."""

    person: Person
    ids: dict[str, str]


def make_victim() -> Victim:
    person = new_person(Client())
    debt, debtor = person.debt, person.debtor
    walk(person)
    send(person, "offers", {"person": "1"})
    send(person, "check", {"note": "A secret note."})
    ask = Offer.objects.get(debt=debt, needs_person=True)
    (one, *_more) = offers.three_suggestions(ask, today=TODAY, now=NOW)
    suggestion = offers.suggest(answers=ask, terms=one.terms, note="A secret.", by=make_staff(), now=NOW)
    plan = agreed(make_debt(debtor=debtor, creditor=person.creditor))
    paper = issue.ask_for_statement(debt=debt, start=None, end=TODAY, language="en", by=debtor, now=NOW)
    making.prepare(document_id=str(paper.pk), now=NOW)
    person.post("/problem", {"debt": str(debt.pk), "reason": "paid", "note": "A secret.", "once": uuid.uuid4()})
    hold = Hold.objects.get(debtor=debtor, kind=Hold.Kind.DISPUTE)
    message = thread.write(debtor=debtor, body="A secret.", key=uuid.uuid4(), by=debtor, now=NOW)
    thread.answer(debtor=debtor, by=make_staff(), body="An answer.", now=NOW)
    rows = {"debt": debt, "plan": plan, "ask": ask, "suggestion": suggestion, "paper": paper, "hold": hold}
    rows |= {"message": message, "debtor": debtor, "upload": make_upload(hold=hold)}
    change = contacts.ask(
        debtor=debtor, channel="email", address="secret@mail.example", replaces=None, by=debtor, now=NOW
    )
    copied = copying.ask(debtor=debtor, language="en", by=debtor, now=NOW)
    copying.prepare(copy_id=str(copied.pk), now=NOW)
    rows |= {"helper": make_helper(debtor), "change": change, "copy": copied}
    return Victim(person, {name: str(row.pk) for name, row in rows.items()})


@pytest.fixture(scope="module")
def victim(kept_rows) -> Victim:
    with time_machine.travel(NOW, tick=False):
        return make_victim()


def addresses_with_an_id() -> list[str]:
    """The path of every debtor's page that names a row."""
    patterns = [one for one in get_resolver().url_patterns if isinstance(one, URLPattern)]
    return ["/" + str(one.pattern) for one in patterns if "<uuid:" in str(one.pattern)]


def filled(pattern: str, identifier: str) -> str:
    return re.sub(r"<int:\w+>", "1", re.sub(r"<uuid:\w+>", identifier, pattern))


def told(response, identifier: str) -> tuple:
    """The whole answer, without what differs in any two answers: the id that was asked for, and one-time keys."""
    text = response.content.decode().replace(identifier, "…").replace(identifier.replace("-", ""), "…")
    text = re.sub(r'(name="(?:csrfmiddlewaretoken|once)" value=)"[^"]*"', r"\1", text)
    kept = {
        name: value.replace(identifier, "…") for name, value in response.headers.items() if name != "Content-Length"
    }
    return response.status_code, kept, text


def rows() -> dict:
    kept = [model for model in apps.get_models() if model is not Session and model._meta.managed]
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in kept}


@pytest.mark.one_engine  # what the pages ask of the database, their own tests ask of both
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_t25_every_address_answers_to_a_strangers_id_as_to_an_invented_one(victim, db, clock, headers):
    me = new_person(Client())
    sign_in(me.client, me.debtor, creditor=me.creditor, level=2)
    me.get("/home")
    before = rows()
    for pattern in addresses_with_an_id():
        for method in (me.client.get, me.client.post):
            invented = told(method(filled(pattern, RANDOM), headers=headers), RANDOM)
            assert invented[0] in {404, 405}, pattern
            for name, identifier in victim.ids.items():
                assert told(method(filled(pattern, identifier), headers=headers), identifier) == invented, (
                    pattern,
                    name,
                )
    assert rows() == before


NAMED = [
    "/pay?debt={debt}", "/problem?debt={debt}", "/messages?before={message}", "/messages?after={message}",
    "/documents?debt={debt}", "/home?debt={debt}", "/pause?debt={debt}",
]  # fmt: skip
STEPS = ["", "/amount", "/preview", "/date", "/budget/1", "/offers", "/check", "/agree", "/done"]
NAMED += [f"/plan/new{step}?debt={{debt}}" for step in STEPS]


@pytest.mark.one_engine
@pytest.mark.parametrize("question", NAMED)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_t25_ids_in_a_question_too(victim, db, clock, question, headers):
    me = new_person(Client())
    make_debt(debtor=me.debtor, creditor=me.creditor)
    me.post("/messages", {"body": "Mine", "once": uuid.uuid4()})
    identifier = re.search(r"{(\w+)}", question)[1]
    for method in (me.client.get, me.client.post):
        theirs = method(question.format(**victim.ids), headers=headers)
        invented = method(question.replace(f"{{{identifier}}}", RANDOM), headers=headers)
        assert told(theirs, victim.ids[identifier]) == told(invented, RANDOM)
        assert "secret" not in theirs.content.decode()


def test_t25_ids_in_forms_too(victim, db, clock):
    """A form may name any id: of the account, of the offer that is chosen or signed."""
    me = new_person(Client())
    make_debt(debtor=me.debtor, creditor=me.creditor)
    walk(me)
    sign_in(me.client, me.debtor, creditor=me.creditor, level=2)
    others = ["Debt", "Offer", "Plan", "Hold", "Document"]
    before = {name: value for name, value in rows().items() if name.rpartition(".")[2] in others}
    theirs = victim.ids
    sends = [
        ("/problem", {"debt": theirs["debt"], "reason": "paid"}),
        ("/documents", {"debt": theirs["debt"], "period": "all"}),
        (url(me, "offers"), {"choice": theirs["suggestion"]}),
        (url(me, "offers"), {"choice": theirs["ask"]}),
        (url(me, "agree"), {"offer": theirs["suggestion"], "version": "1", "balance": "1200000", "agree": "on"}),
        (url(me, "agree"), {"offer": theirs["ask"], "version": "1", "balance": "1200000", "agree": "on"}),
    ]
    for path, data in sends:
        answer = me.post(path, data | {"once": str(uuid.uuid4())})
        assert answer.status_code == 303, path
        assert theirs["debt"] not in answer.headers["Location"]
        assert "secret" not in me.get(answer.headers["Location"]).content.decode()
    assert {name: value for name, value in rows().items() if name in before} == before
    assert not Plan.objects.filter(debt__debtor=me.debtor).exists()


def test_a_key_of_somebody_elses_form_tells_nothing(victim, db, clock):
    """One-time keys are the browser's to name: the key of another person's message is no way to read or stop it."""
    me = new_person(Client())
    key = uuid.uuid4()
    victim.person.post("/messages", {"body": "A secret.", "once": key})
    assert me.post("/messages", {"body": "A secret.", "once": key}).headers["Location"] == "/messages"
    assert "This was sent already" in me.get("/messages").content.decode()
    assert me.post("/messages", {"body": "Mine", "once": uuid.uuid4()}).headers["Location"] == "/messages#newest"


# --- Staff and debtors ----------------------------------------------------------------------------------------------


@pytest.mark.one_engine
def test_a_debtor_finds_nothing_at_the_desk(db, clock):
    make_staff()
    desk, me = addresses(make_desk()), new_person(Client())
    sign_in(me.client, me.debtor, creditor=me.creditor, level=2)
    for path in desk.values():
        for answer in (me.get(path), me.post(path), me.get(path, **HTMX)):
            assert answer.status_code == 404, path


@pytest.mark.one_engine
def test_staff_open_no_debtors_page(victim, db, clock):
    staff = desk_of("root")
    for pattern in addresses_with_an_id():
        path = filled(pattern, victim.ids["debt"])
        for method in (staff.get, staff.post):
            assert method(path).headers["Location"].startswith("/signed-out"), path
            part = method(path, headers=HTMX)
            assert (part.status_code, part.content) == (401, b""), path
