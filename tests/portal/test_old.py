"""Old debts: no address and no act leads to a plan or a payment before whoever acts has read so and chosen to go on.

At the desk, what may be too old is said before anything is suggested, and words of a court get a second look.
"""

import re
import uuid
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.urls import reverse
from django.utils import translation

from accounts import holds, limitation, rules
from accounts.models import Creditor, Event
from accounts.money import Money
from plans import agreements, asks, moving, offers
from plans.models import Offer, Plan
from plans.refusals import MayBeTooOld
from plans.terms import Request, Shape
from portal.contact.models import ThreadMessage
from portal.privacy import fixing
from tests.factories import (
    NOW,
    TODAY,
    make_creditor,
    make_debt,
    make_debtor,
    make_helper,
    make_policy,
    make_staff,
    sign_in,
)
from tests.portal.conftest import Person, new_person, text_of
from tests.portal.desk import asked, at_desk, desk_of, make_role

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

STEPS = ["", "/amount", "/preview", "/date", "/budget/1", "/offers", "/check", "/agree"]
BANK = "000-123456-78"
READ_FIRST = "Read this before you pay"


def old_since(region: str) -> date:
    """The last day of which the law's years are over."""
    years = rules.law_for(region, TODAY).limitation.guard_after_years
    return TODAY - relativedelta(years=years, days=1)


def old_person(client, region: str = "tw") -> Person:
    since, creditor = old_since(region), make_creditor(region=region)
    make_policy(creditor)
    return new_person(client, creditor=creditor, opened_on=since, overdue_since=since)


@pytest.fixture
def old(client, db, clock) -> Person:
    return old_person(client)


def choose(person: Person, *, go_on: bool = True, by=None) -> None:
    law = rules.law_for("tw", TODAY)
    about = {"debt": person.debt, "debtor": person.debtor, "by": by or person.debtor, "law": law, "now": NOW}
    limitation.choose(go_on=go_on, to="plan", language="en", **about)


def an_ask(person: Person, by=None) -> dict:
    request = Request(shape=Shape.EVEN, first_on=date(2026, 12, 7), instalment=Money(100_000, "TWD"))
    about = {"by": by or person.debtor, "key": uuid.uuid4(), "now": NOW, "today": TODAY}
    return {"debt": person.debt, "request": request, "budget": None} | about


def offer_of_the_rules(person: Person) -> Offer:
    """As it is when the person went on to ask, and stays now."""
    choose(person)
    offer = asks.ask(**an_ask(person)).offers[0]
    choose(person, go_on=False)
    return offer


def accept(person: Person, offer: Offer, by=None) -> Plan:
    about = {"by": by or person.debtor, "key": uuid.uuid4(), "language": "en", "now": NOW, "today": TODAY}
    return agreements.accept(offer=offer, version=offer.version, balance_seen=person.debt.payable, **about)


def suggestion(person: Person) -> Offer:
    choose(person)
    ask = asked(person.debt)
    choose(person, go_on=False)
    (one, *_more) = offers.three_suggestions(ask, today=TODAY, now=NOW)
    return offers.suggest(answers=ask, terms=one.terms, request=one.request, note="So?", by=make_staff(), now=NOW)


# --- The person -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", rules.regions())
def test_no_address_leads_past_the_guard(client, db, clock, region):
    person = old_person(client, region)
    sign_in(client, person.debtor, creditor=person.creditor, level=2)
    guard = f"/accounts/{person.debt.pk}/old?to="
    for step in STEPS:
        for question in (f"?debt={person.debt.pk}", ""):
            answers = [method(f"/plan/new{step}{question}") for method in (person.get, person.post)]
            led = [answer["Location"] for answer in answers if answer.status_code not in {404, 405}]
            before = (guard, "/plan/new/amount") if step == "/preview" else guard  # which is a part of that page
            passed = [where for where in led if not where.startswith(before) and (question or where != "/plan/new")]
            assert passed == [], step
    shown = text_of(person.get("/home")) + text_of(person.get(f"/accounts/{person.debt.pk}"))
    doors = set(re.findall(r'href="(/(?:plan|pay)[^"#]*)"', shown))
    assert len(doors) > 1
    for path in [*doors, "/pay", f"/pay?debt={person.debt.pk}"]:
        answer = person.get(path)
        assert answer.get("Location", "").startswith(guard) or READ_FIRST in text_of(answer), path
        assert BANK not in text_of(answer)
    assert BANK not in shown
    assert not Plan.objects.exists()


def test_a_suggestion_is_accepted_only_after_the_warning_and_is_still_there_then(old):
    offered = suggestion(old)
    answer = old.post(f"/plan/{old.debt.pk}/offer/1", {"accept": "1"})
    guard = old.get(answer["Location"])["Location"]
    assert guard == f"/accounts/{old.debt.pk}/old?to=check"
    sign_in(old.client, old.debtor, creditor=old.creditor, level=2)
    signed = {"offer": offered.pk, "version": offered.version, "balance": offered.balance_minor, "agree": "on"}
    for _ in range(2):
        assert old.post(f"/plan/new/agree?debt={old.debt.pk}", signed)["Location"] == guard
    assert not Plan.objects.exists()
    after = old.post(guard, {"choice": "go_on", "to": "check"})["Location"]
    assert f'value="{offered.pk}"' in text_of(old.get(after))
    assert old.post(f"/plan/new/agree?debt={old.debt.pk}", signed)["Location"].startswith("/plan/new/done")
    assert Plan.objects.get().offer_id == offered.pk


@pytest.mark.every_engine
def test_the_act_refuses_whoever_has_not_chosen_and_the_last_choice_counts(old):
    offer, helper = offer_of_the_rules(old), make_helper(old.debtor)
    for go_on, by in [(None, None), (True, helper), (True, old.debtor), (False, old.debtor)]:
        if by is not None:
            choose(old, go_on=go_on, by=by)
        if (go_on, by) != (True, old.debtor):
            with pytest.raises(MayBeTooOld):
                accept(old, offer)
    assert not Plan.objects.exists()
    choose(old)
    assert accept(old, offer).state == "running"


@pytest.mark.parametrize("act", [asks.ask, asks.send])
def test_nothing_is_asked_for_before_whoever_asks_has_chosen(old, act):
    helper = make_helper(old.debtor)
    choose(old)
    with pytest.raises(MayBeTooOld):
        act(**an_ask(old, by=helper))
    choose(old, go_on=False)
    with pytest.raises(MayBeTooOld):
        act(**an_ask(old))
    assert not Offer.objects.exists()
    choose(old)
    act(**an_ask(old))
    assert Offer.objects.filter(proposer="debtor").count() == 1


def test_a_helper_reads_the_warning_for_themselves(old):
    helper = make_helper(old.debtor)
    offer = offer_of_the_rules(old)
    choose(old)
    plan = accept(old, offer)
    change, guard = f"/plan/{plan.pk}/change", f"/accounts/{old.debt.pk}/old?to=change"
    may = moving.options(plan, now=NOW)
    moved = {"plan": plan, "number": may.line.number, "to_on": may.days[0], "now": NOW}
    with pytest.raises(MayBeTooOld):
        moving.move(by=helper, **moved)
    assert BANK in text_of(old.get(f"/plan/{plan.pk}"))
    sign_in(old.client, old.debtor, creditor=old.creditor, helper=helper)
    for path in (f"/plan/{plan.pk}", f"/plan/new/done?debt={old.debt.pk}", "/pay"):
        page = text_of(old.get(path))
        assert (READ_FIRST in page, BANK in page) == (True, False), path
    for answer in (old.get(change), old.post(change, {"day": may.days[0].isoformat()})):
        assert (answer.status_code, answer["Location"]) == (303, guard)
    assert "Go on to the date" in text_of(old.get(guard))
    assert old.post(guard, {"choice": "go_on", "to": "change"})["Location"] == change
    assert old.get(change).status_code == 200
    assert BANK in text_of(old.get("/pay"))
    assert moving.move(by=helper, **moved).number == may.line.number


def test_the_event_says_which_warning_it_was(old):
    old.post(f"/accounts/{old.debt.pk}/old", {"choice": "go_on", "to": "pay"})
    law = rules.law_for("tw", TODAY)
    assert Event.objects.get(act="limitation.went_on").data == {
        "to": "pay",
        "law": law.name,
        "notice": "tw.limitation_notice",
        "words": "may_be_too_old.1",
        "language": "en",
    }


def test_other_words_of_the_warning_have_another_number():
    said = []
    for language in ("en", "zh-hans", "zh-hant"):
        with translation.override(language):
            said.append(str(MayBeTooOld.sentence))
    assert (limitation.WORDS, said) == (
        "may_be_too_old.1",
        [
            (
                "This may be too old to be enforced. Paying or agreeing a plan now may restart the time limit. "
                "You can ask for free independent help first"
            ),
            "这笔可能已经超过可以要求还款的期限。现在还款或约定计划，可能会让期限重新计算。可以先问问免费的独立帮助",
            "這筆可能已經超過可以要求還款的期限。現在還款或約定計畫，可能會讓期限重新計算。可以先問問免費的獨立協助",
        ],
    )


# --- The desk -------------------------------------------------------------------------------------------------------

WORDS = [
    ("en", "We may take this to court.", "court"),
    ("zh-hans", "我们会起诉您。", "起诉"),
    ("zh-hant", "我們會起訴您。", "起訴"),
]


def ask_about(region: str, *, is_old: bool = True) -> Offer:
    since = old_since(region) if is_old else TODAY - timedelta(days=90)
    creditor: Creditor = make_creditor(region=region)
    make_policy(creditor)
    debtor = make_debtor(creditor=creditor, language="en")
    debt = make_debt(creditor=creditor, debtor=debtor, opened_on=since, overdue_since=since)
    law = rules.law_for(region, TODAY)
    limitation.choose(debt=debt, debtor=debtor, go_on=True, to="plan", language="en", by=debtor, law=law, now=NOW)
    return asked(debt)


@pytest.mark.parametrize("is_old", [True, False])
def test_the_desk_says_so_before_a_suggestion_is_made(db, clock, is_old):
    ask, staff = ask_about("tw", is_old=is_old), desk_of("agent")
    note = f"{ask.debt.debt_ref} may be too old to be enforced."
    for path in (reverse("admin:case", args=[ask.debt.debtor_id]), reverse("admin:review", args=[ask.pk])):
        assert (note in text_of(staff.get(path))) is is_old


@pytest.mark.parametrize(("language", "words", "found"), WORDS)
def test_words_of_a_court_get_a_second_look_in_every_box(db, clock, language, words, found):
    ask = ask_about("uk")
    staff = at_desk(make_role("supervisor"), language)
    page = text_of(staff.get(reverse("admin:review", args=[ask.pk])))
    choice = re.findall(r'name="choice" value="([0-9a-z]+)"', page)[0]
    person = {"debtor": ask.debt.debtor, "by": ask.debt.debtor, "now": NOW}
    check = holds.place(debt=ask.debt, kind="dispute", law=rules.law_for("uk", TODAY), **person)
    fix = fixing.ask(about="name", words="Wang", key=uuid.uuid4(), **person)
    sends = [
        ("admin:review_ask", ask.pk, {"body": words}),
        ("admin:case_answer", ask.debt.debtor_id, {"body": words}),
        ("admin:check", check.pk, {"result": "not_upheld", "why": words}),
        ("admin:fix_answer", fix.pk, {"outcome": "refused", "body": words}),
        ("admin:review_suggest", ask.pk, {"choice": choice, "note": words, "version": ask.version}),
    ]
    for name, pk, data in sends:
        page = text_of(answer := staff.post(reverse(name, args=[pk]), data))
        assert (answer.status_code, 'name="no_threat"' in page, words in page) == (422, True, True), name
        assert re.search(rf"[:：] ?{found}[.。]", page), name
    assert not ThreadMessage.objects.exists()
    assert not Offer.objects.filter(proposer="staff").exists()
    assert not Event.objects.filter(act="limitation.looked_twice").exists()
    for name, pk, data in sends:
        assert staff.post(reverse(name, args=[pk]), data | {"no_threat": "on"}).status_code == 302, name
    assert (ThreadMessage.objects.count(), Offer.objects.get(proposer="staff").note) == (4, words)
    logged = Event.objects.filter(act="limitation.looked_twice", debtor=ask.debt.debtor)
    assert [one.data for one in logged] == [{"words": [found], "asked": "no_suit_threat.1"}] * len(sends)


@pytest.mark.parametrize(("region", "is_old"), [("tw", True), ("uk", False)])
def test_where_no_law_forbids_it_or_nothing_is_old_words_go_as_they_are(db, clock, region, is_old):
    ask = ask_about(region, is_old=is_old)
    path = reverse("admin:case_answer", args=[ask.debt.debtor_id])
    assert desk_of("agent").post(path, {"body": "The court sent a letter."}).status_code == 302
