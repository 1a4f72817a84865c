"""Every page of a signed-in person: how it is reached, and the queries it takes. A new one has to be entered here."""

import re
import uuid
from collections.abc import Callable

from django.urls import URLPattern, get_resolver

from accounts import contacts, holds, rules
from accounts.models import Hold, LedgerEntry
from plans import offers
from plans.models import Offer
from portal.contact import thread
from portal.documents import issue, making
from portal.privacy import copying
from tests.documents.conftest import make_plan
from tests.factories import NOW, TODAY, make_creditor, make_debt, make_entry, make_helper, make_staff, sign_in
from tests.portal.conftest import Person
from tests.portal.hostile_files import make_upload
from tests.portal.plan_steps import agree, choose, send, url, walk

Reach = Callable[[Person], str]


def _step(name: str) -> Reach:
    """A step of making a plan, with every answer before it given."""

    def reach(person: Person) -> str:
        walk(person)
        if name == "check":
            choose(person)
        return url(person, name)

    return reach


def _agreed(person: Person) -> str:
    walk(person)
    choose(person)
    agree(person)
    return url(person, "done")


def _plan(person: Person) -> str:
    return f"/plan/{make_plan(person.debt).pk}"


def _agreement(person: Person) -> str:
    plan = make_plan(person.debt)
    issue.ask_for_agreement(plan=plan, language="en", by=person.debtor, now=NOW)
    return f"/documents/agreement/{plan.pk}"


def _suggestion(person: Person) -> str:
    walk(person)
    send(person, "offers", {"person": "1"})
    send(person, "check", {"note": ""})
    ask = Offer.objects.get(needs_person=True)
    (one, *_) = offers.three_suggestions(ask, today=TODAY, now=NOW)
    offer = offers.suggest(answers=ask, terms=one.terms, note="", by=make_staff(), now=NOW)
    return f"/plan/{offer.debt_id}/offer/1"


def _statement(ending: str = "") -> Reach:
    def reach(person: Person) -> str:
        debt, debtor = person.debt, person.debtor
        paper = issue.ask_for_statement(debt=debt, start=None, end=TODAY, language="en", by=debtor, now=NOW)
        if ending == ".pdf":
            making.prepare(document_id=str(paper.pk), now=NOW)
        return f"/documents/{paper.pk}{ending}"

    return reach


def _checking(person: Person) -> str:
    law = rules.law_for(person.creditor.region, TODAY)
    hold = holds.place(
        debtor=person.debtor, debt=person.debt, kind="dispute", law=law, by="system", now=NOW, reason="paid"
    )
    return f"/problem/{hold.pk}"


def _upload(person: Person) -> str:
    path = _checking(person)
    hold = Hold.objects.get(pk=path.removeprefix("/problem/"))
    return f"/uploads/{make_upload(hold=hold).pk}"


def _at_level_1(person: Person) -> str:
    sign_in(person.client, person.debtor, creditor=person.creditor)
    session = person.client.session
    session.pop("level2_at", None)
    session.save()
    return "/code"


def _copied(ending: str) -> Reach:
    def reach(person: Person) -> str:
        copy = copying.ask(debtor=person.debtor, language="en", by=person.debtor, now=NOW)
        copying.prepare(copy_id=str(copy.pk), now=NOW)
        return f"/preferences/privacy/copy/{copy.pk}{ending}"

    return reach


def _proving(person: Person) -> str:
    act = {"debtor": person.debtor, "by": person.debtor, "now": NOW}
    change = contacts.ask(channel="email", address="new@mail.example", replaces=None, **act)
    return f"/preferences/contact/{change.pk}"


def _written(person: Person) -> str:
    thread.write(debtor=person.debtor, body="A question", key=uuid.uuid4(), by=person.debtor, now=NOW)
    return "/messages"


def _at(path: str) -> Reach:
    return lambda person: path.format(debt=person.debt.pk)


def _at_level_2(path: str) -> Reach:
    def reach(person: Person) -> str:
        sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
        return path

    return reach


def _helper(person: Person) -> str:
    return _at_level_2(f"/preferences/helper/{make_helper(person.debtor).pk}")(person)


def _with_plan(path: str) -> Reach:
    def reach(person: Person) -> str:
        make_plan(person.debt)
        return path.format(debt=person.debt.pk)

    return reach


# Name of the address, how it is reached, the queries it takes; two of them say who is visiting.
PAGES: dict[str, tuple[Reach, int]] = {
    "home": (_at("/home"), 5),
    "accounts": (_at("/accounts"), 5),
    "account": (_at("/accounts/{debt}"), 7),
    "pay": (_at("/pay"), 5),
    "pause": (_at("/pause"), 6),
    "loss": (_at("/pause/loss"), 3),
    "needs": (_at("/needs"), 5),
    "problem": (_at("/problem"), 4),
    "check_progress": (_checking, 5),
    "check_papers": (lambda person: f"{_checking(person)}/papers", 5),
    "upload": (_upload, 6),
    "plan_shape": (_step("shape"), 5),
    "plan_amount": (_step("amount"), 5),
    "plan_preview": (lambda person: _step("preview")(person) + "&amount=900", 4),
    "plan_date": (_step("date"), 5),
    "plan_budget": (lambda person: url(person, "budget/1"), 5),
    "plan_offers": (_step("offers"), 6),
    "plan_check": (_step("check"), 6),
    "plan_done": (_agreed, 6),
    "plan_view": (_plan, 7),
    "plan_change": (lambda person: f"{_plan(person)}/change", 7),
    "plan_offer": (_suggestion, 3),
    "talk": (_written, 7),
    "call": (_at("/messages/call"), 7),
    "feedback": (_at("/feedback"), 2),
    "documents": (_at("/documents"), 5),
    "agreement": (_agreement, 4),
    "document": (_statement(), 4),
    "document_pdf": (_statement(".pdf"), 6),
    "document_csv": (_statement(".csv"), 6),
    "code": (_at_level_1, 6),
    "welcome": (_at("/welcome"), 5),
    "preferences": (_at("/preferences"), 5),
    "privacy": (_at("/preferences/privacy"), 4),
    "fix": (_at("/preferences/privacy/fix"), 3),
    "erase": (_at("/preferences/privacy/erase"), 5),
    "copies": (_at("/preferences/privacy/copy"), 3),
    "copy": (_copied(""), 8),
    "copy_json": (_copied(".json"), 8),
    "copy_pdf": (_copied(".pdf"), 8),
    "devices": (_at("/preferences/privacy/devices"), 3),
    "contact": (_at("/preferences/contact"), 4),
    "contact_new": (_at("/preferences/contact/new"), 2),
    "contact_code": (_proving, 4),
    "helper": (_at_level_2("/preferences/helper"), 3),
    "helper_change": (_helper, 4),
    "passkeys": (_at_level_2("/preferences/passkeys"), 3),
    # The same addresses while a plan runs.
    "home, plan": (_with_plan("/home"), 7),
    "accounts, plan": (_with_plan("/accounts"), 5),
    "account, plan": (_with_plan("/accounts/{debt}"), 7),
    "pay, plan": (_with_plan("/pay"), 5),
    "pause, plan": (_with_plan("/pause"), 6),
    "documents, plan": (_with_plan("/documents"), 5),
}
# Answer a form only, or somebody else (a helper): nothing is shown there.
FORMS = {
    "helping",
    "passkey_use",
    "hide_amounts",
    "stay",
    "resume",
    "wanted",
    "needs_remove",
    "call_cancel",
    "old",
    "plan_agree",
}
FORMS |= {"upload_remove", "check_add", "check_withdraw"}
# Downloads, and the part of a page that script asks for.
DOWNLOADS = {"copy_json", "copy_pdf", "document_pdf", "document_csv", "upload"}
PARTS = {"plan_preview"}


def more(person: Person) -> None:
    """More of everything that a page could list."""
    other = make_debt(debtor=person.debtor, creditor=make_creditor())
    for debt in (other, person.debt):
        make_entry(debt)
        total = sum(LedgerEntry.objects.filter(debt=debt).values_list("amount_minor", flat=True))
        type(debt).objects.filter(pk=debt.pk).update(balance_minor=total)
    thread.write(debtor=person.debtor, body="A question", key=uuid.uuid4(), by=person.debtor, now=NOW)
    law = rules.law_for(person.creditor.region, TODAY)
    ended = holds.place(debtor=person.debtor, kind="pause", law=law, by="system", now=NOW)
    holds.end(hold=ended, by="system", now=NOW)
    paper = issue.ask_for_statement(debt=other, start=None, end=TODAY, language="en", by=person.debtor, now=NOW)
    assert paper.pk


def opened(person: Person, name: str):
    """Open the page as a browser would: a part is asked for by script."""
    path = PAGES[name][0](person)
    if name != "code":
        sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    headers = {"HX-Request": "true"} if name in PARTS else {}
    return lambda **more: person.get(path, **headers, **more)


def names_in_the_address_list() -> set[str]:
    """Every address that asks for a signed-in debtor."""
    found = set()
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLPattern) and re.fullmatch(r"level [12]", getattr(pattern.callback, "access", "")):
            found.add(pattern.name)
    return found - {None}
