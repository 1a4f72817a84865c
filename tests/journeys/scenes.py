"""People in every situation that a page knows, so that every page can be opened in every state.

Each scene gives the addresses to open as its person, by name. The time is the real one, as the site's is.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import contacts, disputes, limitation, links, needs, outcomes, passkeys, rules
from accounts.models import Debt, Message
from accounts.money import Money
from plans import asks, offers, pausing
from plans.terms import Request, Shape
from portal import drafts
from portal.contact import thread
from portal.contact.models import Call
from portal.documents import issue
from portal.privacy import copying, fixing
from tests.factories import make_contact, make_creditor, make_debt, make_debtor, make_helper, make_plan, make_staff
from tests.journeys.conftest import Someone, make_account, run_tasks
from tests.portal.hostile_files import make_upload

Addresses = dict[str, str]
Maker = Callable[..., Someone]


def _today():
    return timezone.now().date()


def _law(person: Someone) -> rules.Law:
    return rules.law_for(person.creditor.region, _today())


def _answers(someone: Someone, **more) -> None:
    """Put the answers of a plan into the draft, as the steps do."""
    first_on = (_today() + timedelta(days=20)).isoformat()
    data = {"shape": "even", "amount": int(someone.can_manage) * 100, "frequency": "monthly", "day": "5"}
    data |= {"first_on": first_on, "anchor_day": 5, "at": "offers"} | more
    drafts.keep(debtor=someone.debtor, flow="plan", debt=someone.debt, data=data, now=timezone.now())


def _request(person: Someone) -> Request:
    amount = Money(int(person.can_manage) * 100, person.debt.currency)
    return Request(shape=Shape.EVEN, first_on=_today() + timedelta(days=20), instalment=amount)


def _about(person: Someone) -> dict:
    return {"by": person.debtor, "key": uuid.uuid4(), "now": timezone.now(), "today": _today()}


def making_a_plan(make: Maker, language: str) -> tuple[Someone, Addresses]:
    """Every step of a plan, with all answers given."""
    person = make(language, budget_over_months=12)
    answered = asks.ask(debt=person.debt, request=_request(person), budget=None, **_about(person))
    offer = min(answered.offers, key=lambda one: str(one.pk))
    _answers(person, ask=str(answered.ask.pk), offer=str(offer.pk))
    named = {name: person.step(name) for name in ("shape", "amount", "date", "offers", "check")}
    named |= {f"budget {page}": person.step(f"budget/{page}") for page in (1, 2, 3)}
    named["date, rhythm"] = person.step("date") + "&change=1"
    named["offers, opened"] = person.step("offers") + f"&open={offer.pk}"
    return person, named | {"code": "/code", "preferences": "/preferences", "welcome": "/welcome"}


def not_enough(make: Maker, language: str) -> tuple[Someone, Addresses]:
    """The figures leave nothing; and an ask that goes to a person."""
    person = make(language)
    _answers(person)
    boxes = {"wages": 100, "home": 100_000}
    data = {"currency": person.debt.currency, "boxes": boxes, "given_on": _today().isoformat(), "done": True}
    drafts.keep(debtor=person.debtor, flow="budget", data=data, now=timezone.now())
    return person, {"below zero": person.step("offers")}


def asking_a_person(make: Maker, language: str) -> tuple[Someone, Addresses]:
    person = make(language)
    _answers(person, person=True, at="check")
    return person, {"send": person.step("check")}


def with_us(make: Maker, language: str) -> tuple[Someone, Addresses]:
    """An ask was sent and answered by staff; messages both ways."""
    person = make(language)
    ask = asks.send(debt=person.debt, request=_request(person), budget=None, note="", **_about(person))
    staff, now = make_staff(), timezone.now()
    (one, *_more) = offers.three_suggestions(ask, today=_today(), now=now)
    offer = offers.suggest(answers=ask, terms=one.terms, request=one.request, note="So.", by=staff, now=now)
    thread.write(debtor=person.debtor, body="我不想活了 suicide", key=uuid.uuid4(), by=person.debtor, now=now)
    with transaction.atomic():
        thread.answer(debtor=person.debtor, by=staff, body="We are here.", now=now)
    named = {"call": "/messages/call", "feedback": "/feedback", "home, suggestion": "/home"}
    return person, named | {"offer": f"/plan/{offer.debt_id}/offer/1", "messages": "/messages"}


def waiting_for_us(make: Maker, language: str) -> tuple[Someone, Addresses]:
    person = make(language)
    asks.send(debt=person.debt, request=_request(person), budget=None, note="", **_about(person))
    now, own = timezone.now(), {"debtor": person.debtor, "creditor": person.creditor, "contact": person.contact}
    hour = {"starts_at": now + timedelta(days=1), "until_at": now + timedelta(days=1, hours=1), "asked_at": now}
    Call.objects.create(ending=person.contact.address[-4:], language=language, **own, **hour)
    named = {"call, promised": "/messages/call", "messages, call": "/messages"}
    return person, named | {"in review": person.step("done"), "shape, in review": person.step("shape")}


def with_a_plan(make: Maker, language: str) -> tuple[Someone, Addresses]:
    """A plan that runs, its papers, and one more debt."""
    person = make(language)
    region, now = person.creditor.region, timezone.now()
    plan = make_plan(
        person.debt, instalment_minor=person.owes.minor // 5, first_on=_today() + timedelta(days=20), now=now
    )
    make_account(make_creditor(region=region), person.debtor, person.debt.currency, whole=10_000)
    paper = issue.ask_for_statement(
        debt=person.debt, start=None, end=_today(), language=language, by=person.debtor, now=now
    )
    run_tasks()
    named = {
        "done": person.step("done"),
        "plan": f"/plan/{plan.pk}",
        "change": f"/plan/{plan.pk}/change",
        "agreement": f"/documents/agreement/{plan.pk}",
    }
    named |= {"statement": f"/documents/{paper.pk}", "documents": "/documents", "home": "/home", "pay": "/pay"}
    return person, named | {"accounts": "/accounts", "account": f"/accounts/{person.debt.pk}", "which": "/plan/new"}


def being_checked(make: Maker, language: str) -> tuple[Someone, Addresses]:
    person = make(language)
    about = _about(person)
    pausing.pause(debtor=person.debtor, debts=[person.debt], days=14, law=_law(person), **_without(about, "key"))
    hold = disputes.dispute(
        debtor=person.debtor, creditor=person.creditor, debt=person.debt, reason="paid", note="In May.",
        law=_law(person), **about,
    )  # fmt: skip
    named = {"check progress": f"/problem/{hold.pk}", "home, checking": "/home", "pause, running": "/pause"}
    needs.keep(
        debtor=person.debtor, kinds=["large_text", "write"], words="耳朵不好", by=person.debtor, now=about["now"]
    )
    named |= {"a death": "/pause/loss", "needs, kept": "/needs", "problem, which": "/problem?debt="}
    make_debt(creditor=person.creditor, debtor=person.debtor, currency=person.debt.currency)
    named |= {"plan, checking": person.step("shape")}
    return person, named | {"problem, running": "/problem", "pay, checking": "/pay"}


def checked(make: Maker, language: str) -> tuple[Someone, Addresses]:
    """A check whose answer corrects the ledger, with its letter; and one of a part, with papers."""
    person = make(language)
    about = _about(person) | {"creditor": person.creditor, "law": _law(person), "note": ""}
    hold = disputes.dispute(debtor=person.debtor, debt=person.debt, reason="fraud", **about)
    answer = {"hold": hold, "debt": person.debt, "corrected": Money(1_000, person.debt.currency)}
    answer |= {"why": "We found your receipt.", "now": about["now"]}
    outcome = outcomes.propose(result="partly", proof=True, by=make_staff(), **answer)
    outcomes.approve(outcome=outcome, by=make_staff(), now=about["now"])
    letter = issue.ask_for_letter(outcome=outcome, language=language, by=person.debtor, now=about["now"])
    named = {"check, answered": f"/problem/{hold.pk}", "letter": f"/documents/{letter.pk}"}
    hold = disputes.dispute(
        debtor=person.debtor, debt=person.debt, reason="wrong_amount", **about | {"key": uuid.uuid4()}
    )
    more = {"part": Money(2_000, person.debt.currency), "answers": {}, "note": "", "key": uuid.uuid4()}
    disputes.add(hold=hold, **more, by=person.debtor, law=_law(person), now=about["now"])
    make_upload(hold=hold, at=about["now"])
    make_upload(hold=hold, at=about["now"], state="refused", reason="unreadable", path="", kept_size=None)
    named |= {"check, part": f"/problem/{hold.pk}", "check papers": f"/problem/{hold.pk}/papers"}
    return person, named | {"home, part": "/home", "account, part": f"/accounts/{person.debt.pk}"}


def my_data(make: Maker, language: str) -> tuple[Someone, Addresses]:
    """What is held, copied, put right and deleted; how the person is reached, with changes in each state."""
    person = make(language)
    now, act = timezone.now(), {"debtor": person.debtor, "by": person.debtor, "now": timezone.now()}
    copy = copying.ask(language=language, **act)
    copying.prepare(copy_id=str(copy.pk), now=now)
    for words in ("My name is Wang.", "The street is wrong."):
        asked = fixing.ask(about="other", words=words, key=uuid.uuid4(), **act)
    fixing.answer(request=asked, outcome="done", words="It is right now.", by=make_staff(), now=now)
    added = contacts.ask(channel="email", address="new@mail.example", replaces=None, **act)
    contacts.put_in_force(change=added, by=person.debtor, now=now)
    later = act | {"now": now + timedelta(seconds=1)}
    replaced = contacts.ask(channel="email", address="newer@mail.example", replaces=added.new, **later)
    contacts.put_in_force(change=replaced, by=person.debtor, now=later["now"])
    later = act | {"now": now + timedelta(seconds=2)}
    change = contacts.ask(channel="sms", address="+12025550199", replaces=person.contact, **later)
    notice = Message.objects.get(contact=added.new, template="contact_changed")  # an e-mail, which has the way back
    here = "/preferences/privacy"
    named = {"data": here, "copies": f"{here}/copy", "copy": f"{here}/copy/{copy.pk}", "fix": f"{here}/fix"}
    named |= {"erase": f"{here}/erase", "devices": f"{here}/devices", "contact": "/preferences/contact"}
    return person, named | {
        "contact, new": "/preferences/contact/new",
        "contact, replaced": f"/preferences/contact/new?replaces={person.contact.pk}",
        "contact, code": f"/preferences/contact/{change.pk}",
        "contact, undo": f"/u/{notice.body.split('/u/')[1][: links.TOKEN_LENGTH]}",
    }


def _without(values: dict, name: str) -> dict:
    return {key: value for key, value in values.items() if key != name}


def long_ago(make: Maker, language: str) -> tuple[Someone, Addresses]:
    """A debt that may be too old, and one with a credit."""
    person = make(language)
    old = _today() - timedelta(days=365 * 20)
    Debt.objects.filter(pk=person.debt.pk).update(opened_on=old, overdue_since=old)
    person.debt.refresh_from_db()
    assert limitation.looks_old(person.debt, _law(person), _today())
    make_debt(creditor=make_creditor(region=person.creditor.region), debtor=person.debtor, balance_minor=-5_000)
    named = {
        "needs": "/needs",
        "old": f"/accounts/{person.debt.pk}/old?to=plan",
        "account, old": f"/accounts/{person.debt.pk}",
    }
    return person, named | {"pay, old": "/pay", "home, credit": "/home"}


def trusting(make: Maker, language: str) -> tuple[Someone, Addresses]:
    """Helpers who came in, were invited and are removed, and a passkey."""
    person, now = make(language), timezone.now()
    one = make_helper(person.debtor, now=now)
    invited = make_helper(person.debtor, "see", now=now, accepted_at=None)
    make_helper(person.debtor, now=now, ended_at=now, ended_reason="person")
    passkeys.add(debtor=person.debtor, credential_id=uuid.uuid4().bytes, credential=b"1", sign_count=0, now=now)
    named = {"helper": "/preferences/helper", "helper, one": f"/preferences/helper/{one.pk}"}
    named |= {"helper, invited": f"/preferences/helper/{invited.pk}", "passkeys": "/preferences/passkeys"}
    return person, named


def trusting_nobody(make: Maker, language: str) -> tuple[Someone, Addresses]:
    person = make(language)
    if language == "en":  # a number at home: it is called at hours that suit both it and the person
        make_contact(person.debtor, address="+12025550143", verified_at=timezone.now())
    named = {"helper, empty": "/preferences/helper", "passkeys, empty": "/preferences/passkeys"}
    return person, named | {"call, hours": "/messages/call"}


def with_nothing(make: Maker, language: str) -> tuple[Someone, Addresses]:
    """Nobody's debt: every page in its empty state."""
    person = make(language)
    person.debtor = make_debtor(creditor=person.creditor, language=language)
    paths = ("/home", "/accounts", "/plan/new", "/pay", "/pause", "/problem", "/messages", "/documents")
    return person, {f"{path[1:]}, empty": path for path in paths}


SCENES = (
    making_a_plan,
    not_enough,
    asking_a_person,
    with_us,
    waiting_for_us,
    with_a_plan,
    being_checked,
    checked,
    my_data,
    long_ago,
    trusting,
    trusting_nobody,
    with_nothing,
)
AT_LEVEL_2 = {checked, my_data, trusting, trusting_nobody}
# For anybody. `{link}` is a fresh link of the scene's person.
OPEN = {
    "start": "/start",
    "arrive": "{link}",
    "verify": "/verify",
    "verify, other facts": "/verify?facts=postcode.customer_number",
    "verify help": "/verify/help",
    "verify help, done": "/verify/help/done",
    "not me": "/not-me",
    "not me, done": "/not-me/done",
    "genuine": "/genuine",
    "help": "/help",
    "privacy": "/legal/privacy",
    "cookies": "/legal/cookies",
    "accessibility": "/legal/accessibility",
    "terms": "/legal/terms",
    "signed out": "/signed-out",
    "signed out, plain": "/signed-out?plain=1",
    "timed out": "/signed-out?then=/home",
    "check a paper": "/check",
    "check a paper, unknown": "/check/7K4M9QXR2HTA",
    "nowhere": "/nowhere",
    "gone": "/r/1111111111111111111111",
    "staff": "/sign-in/login/",
}
# What is pressed to see a page with its errors, after odd things were typed into every box.
ERRORS = {
    "start": "main form button",
    "verify": "main form button",
    "verify help": "main form button",
    "not me": "main form button",
    "check a paper": "main form button",
    "staff": "main form button",
    "amount": "button[name=next]",
    "date": "button[name=first]",
    "date, rhythm": "button[value=other]",
    "budget 1": "button[name=next]",
    "offers": "button[name=next]",
    "pause, running": "main form[action='/pause/after'] button",
    "needs": "main form#change button",
    "feedback": "main form button",
    "fix": "main form button",
    "contact, new": "main form button",
    "contact, code": "main form button",
    "check progress": "main form[action$='/add'] button",
    "check papers": "main form[enctype] button",
    "call, hours": "main form[novalidate] > button",
    "messages": "main form button",
    "documents": "main form button",
    "helper, empty": "main form[novalidate] button",
    "helper, one": "main form[novalidate] button",
}
