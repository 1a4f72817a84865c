"""Real processes that meet on one debt: exactly one plan, clean refusals for the others, and only legal end states.

Few rounds in the suite, many in `make soak`.
"""

import os
import uuid
from collections import Counter
from dataclasses import replace

import pytest

from accounts import once
from accounts.models import Debt, Event
from accounts.money import Money
from plans import agreements, asks, offers, refusals
from plans.models import Instalment, Offer, Plan
from plans.terms import Request, Shape, Terms
from tests.factories import NOW, TODAY, make_contact, make_debt, make_staff
from tests.races import race

ROUNDS = 20 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 3
PROCESSES = 50
ASK = Request(shape=Shape.EVEN, first_on=TODAY.replace(month=12, day=7), instalment=Money(100_000, "TWD"))


def new_debt() -> Debt:
    debt = make_debt()
    make_contact(debt.debtor)
    return debt


def an_offer(debt: Debt, minor: int = 100_000) -> Offer:
    answered = asks.ask(
        debt=debt,
        request=replace(ASK, instalment=Money(minor, "TWD")),
        budget=None,
        by=debt.debtor,
        key=uuid.uuid4(),
        now=NOW,
        today=TODAY,
    )
    return answered.offers[0]


def waiting(debt: Debt, minor: int = 100_000) -> Offer:
    request = replace(ASK, instalment=Money(minor, "TWD"))
    return asks.send(debt=debt, request=request, budget=None, by=debt.debtor, key=uuid.uuid4(), now=NOW, today=TODAY)


def accepting(offer: Offer, *, key: uuid.UUID | None = None, seen: int | None = None, now=NOW):
    """An act for a process: sign, and say the plan's id or the name of the refusal."""
    key = key or uuid.uuid4()

    def act() -> str:
        try:
            plan = agreements.accept(
                offer=Offer.objects.select_related("debt").get(pk=offer.pk),
                version=offer.version,
                balance_seen=Money(seen or offer.balance_minor, "TWD"),
                by=offer.debt.debtor,
                key=key,
                language="en",
                now=now,
                today=TODAY,
            )
        except (refusals.Refusal, once.KeyUsedOtherwise) as refusal:
            return type(refusal).__name__
        return str(plan.pk)

    return act


def assert_whole(debt: Debt, *, plans: int) -> None:
    """What must hold of a debt after any race."""
    assert Plan.objects.filter(debt=debt, state="running").count() == plans
    for plan in Plan.objects.filter(debt=debt):
        terms = Terms.from_json(plan.terms)
        assert plan.terms_hash == terms.sha256 == plan.offer.terms_hash
        assert plan.offer.state == "accepted"
        paid = Instalment.objects.filter(plan=plan).values_list("amount_minor", flat=True)
        assert sum(paid) == plan.total_minor == debt.balance_minor
        assert Event.objects.filter(act="plan.agreed", on=f"plan:{plan.pk}").count() == 1
    open_ones = Offer.objects.filter(debt=debt, state="proposed").exclude(proposer="debtor")
    assert not plans or not open_ones.exists()


@pytest.mark.usefixtures("committed_db")
def test_fifty_acceptances_of_one_offer_make_one_plan():
    for _ in range(ROUNDS):
        debt = new_debt()
        offer = an_offer(debt)
        results = Counter(race([accepting(offer) for _ in range(PROCESSES)]))
        assert_whole(debt, plans=1)
        assert results["NotOpen"] == PROCESSES - 1
        assert len(results) == 2


@pytest.mark.usefixtures("committed_db")
def test_one_form_sent_fifty_times_has_one_effect_and_fifty_equal_answers():
    for _ in range(ROUNDS):
        debt, key = new_debt(), uuid.uuid4()
        offer = an_offer(debt)
        results = set(race([accepting(offer, key=key) for _ in range(PROCESSES)]))
        assert results == {str(Plan.objects.get(debt=debt).pk)}
        assert_whole(debt, plans=1)
        assert accepting(offer, key=key, seen=1)() == "KeyUsedOtherwise"


@pytest.mark.usefixtures("committed_db")
def test_two_offers_of_one_debt_make_one_plan():
    for _ in range(ROUNDS):
        debt = new_debt()
        by_staff = offers.agree_with(ask=waiting(debt, 200_000), by=make_staff(), now=NOW)
        by_rules = an_offer(debt)
        results = race([accepting(by_staff), accepting(by_rules)] * 4)
        assert_whole(debt, plans=1)
        assert {one for one in results if len(one) < 36} == {"NotOpen"} or len(set(results)) == 2


def withdrawing(offer: Offer, staff):
    def act() -> str:
        try:
            offers.withdraw(offer=Offer.objects.select_related("debt").get(pk=offer.pk), by=staff, now=NOW)
        except refusals.Refusal as refusal:
            return type(refusal).__name__
        return "withdrawn"

    return act


def suggesting_again(offer: Offer, staff):
    """Staff put other terms in the place of the suggestion that is being signed."""

    def act() -> str:
        ask = Offer.objects.select_related("debt__debtor", "debt__creditor").get(pk=offer.answers_id)
        other = offers.three_suggestions(ask, today=TODAY, now=NOW)[-1]
        try:
            offers.suggest(answers=ask, terms=other.terms, request=other.request, note="", by=staff, now=NOW)
        except refusals.Refusal as refusal:
            return type(refusal).__name__
        return "replaced"

    return act


def expiring(offer: Offer, staff):
    def act() -> str:
        return f"expired {offers.expire(now=offer.expires_at)}"

    return act


@pytest.mark.every_engine
@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("against", [withdrawing, suggesting_again, expiring])
def test_an_acceptance_against_staff_or_the_clock_ends_legally(against):
    for _ in range(ROUNDS * 2):
        debt, staff = new_debt(), make_staff()
        offer = offers.agree_with(ask=waiting(debt), by=staff, now=NOW)
        signed, other = race([accepting(offer), against(offer, staff)])
        offer.refresh_from_db()
        if len(signed) == 36:
            assert offer.state == "accepted"
            assert other in {"NotOpen", "PlanRunning", "expired 0"}
            assert_whole(debt, plans=1)
        else:
            assert signed in {"NotOpen", "OfferExpired"}
            assert offer.state in {"withdrawn", "expired"}
            assert_whole(debt, plans=0)


@pytest.mark.usefixtures("committed_db")
def test_asks_that_race_leave_one_answer_open():
    debt = new_debt()

    def asking(minor: int):
        return lambda: str(an_offer(debt, minor).state)

    assert set(race([asking(100_000 + 10_000 * number) for number in range(8)])) == {"proposed"}
    assert Offer.objects.filter(debt=debt, state="proposed").count() == 1


@pytest.mark.usefixtures("committed_db")
def test_two_ticks_at_once_complete_a_plan_once():
    debt = new_debt()
    plan = Plan.objects.get(pk=accepting(an_offer(debt))())
    Debt.objects.filter(pk=debt.pk).update(balance_minor=0)
    race([lambda: agreements.keep_up(now=NOW).completed] * 8)
    plan.refresh_from_db()
    assert plan.state == "completed"
    assert Event.objects.filter(act="plan.completed").count() == 1
