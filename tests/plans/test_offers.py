import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest

from accounts import once
from accounts.models import Debt, Event, Link, Message
from accounts.money import Money
from plans import asks, offers, refusals
from plans.affordability import Budget
from plans.models import Offer, Plan
from plans.negotiation import Accepted, Countered, NeedsPerson
from plans.schedule import Frequency
from plans.situation import request_data, request_of
from plans.terms import Request, Shape, Terms
from tests.factories import NOW, TODAY, make_contact, make_debt, make_policy, make_staff, waiting_ask

pytestmark = pytest.mark.django_db

FIRST = date(2026, 12, 5)
EASY = Request(shape=Shape.EVEN, first_on=FIRST, instalment=Money(100_000, "TWD"))  # NT$1,000 of NT$12,000
LOW = replace(EASY, instalment=Money(10_000, "TWD"))
LONG = replace(EASY, instalment=Money(35_000, "TWD"))  # 35 months: longer than the 24 that need no budget


def ask(debt: Debt, request: Request = EASY, *, budget=None, key=None) -> asks.Answered:
    return asks.ask(
        debt=debt, request=request, budget=budget, by=debt.debtor, key=key or uuid.uuid4(), now=NOW, today=TODAY
    )


def send(debt: Debt, request: Request = LOW, *, key=None) -> Offer:
    return asks.send(
        debt=debt, request=request, budget=None, by=debt.debtor, key=key or uuid.uuid4(), now=NOW, today=TODAY
    )


@pytest.mark.parametrize(
    "request_",
    [
        EASY,
        replace(EASY, frequency=Frequency.WEEKLY, first_payment=Money(300_000, "TWD")),
        replace(EASY, last_day=True, anchor_day=31),
        Request(shape=Shape.FULL, first_on=FIRST),
        Request(shape=Shape.PERSON, first_on=FIRST),
    ],
)
def test_an_ask_comes_back_from_its_data(request_):
    assert request_of(request_data(request_), "TWD") == request_


def test_an_ask_that_fits_is_kept_and_answered_with_its_own_terms():
    answered = ask(make_debt())
    (offer,) = answered.offers
    assert isinstance(answered.answer, Accepted)
    assert (answered.ask.state, answered.ask.terms_hash) == ("accepted", offer.terms_hash)
    assert (offer.state, offer.proposer, offer.answers) == ("proposed", "rules", answered.ask)
    assert offer.expires_at == NOW + timedelta(days=14)
    assert Terms.from_json(offer.terms).total == Money(1_200_000, "TWD")


def test_a_counter_leaves_up_to_three_offers_with_reasons_and_labels():
    answered = ask(make_debt(), LOW, budget=Budget(wages=4_000_000))
    assert isinstance(answered.answer, Countered)
    assert answered.ask.state == "countered"
    assert {reason["code"] for reason in answered.ask.reasons} >= {"below_smallest", "possible_from"}
    assert 1 <= len(answered.offers) <= 3
    for offer in answered.offers:
        assert offer.reasons[0] == {"code": "fits"}
        assert (offer.left_minor, offer.balance_minor) == (4_000_000, 1_200_000)


def test_a_budget_that_is_missing_needs_a_person_and_keeps_nothing():
    answered = ask(make_debt(), LONG)
    assert isinstance(answered.answer, NeedsPerson)
    assert (answered.ask, Offer.objects.count(), Event.objects.count()) == (None, 0, 0)


def test_the_same_form_asked_twice_is_one_ask():
    debt, key = make_debt(), uuid.uuid4()
    first, second = ask(debt, key=key), ask(debt, key=key)
    assert (first.ask, first.offers) == (second.ask, second.offers)
    with pytest.raises(once.KeyUsedOtherwise):
        ask(debt, LOW, key=key)


def test_a_new_ask_takes_back_what_the_rules_offered_before():
    debt = make_debt()
    old = ask(debt).offers[0]
    ask(debt, replace(EASY, instalment=Money(200_000, "TWD")))
    old.refresh_from_db()
    assert (old.state, old.version) == ("withdrawn", 2)
    assert offers.open_offers(debt, NOW).count() == 1


def test_after_the_policys_rounds_a_person_looks():
    debt = make_debt()
    budget = Budget(wages=4_000_000)
    for _ in range(3):
        assert isinstance(ask(debt, LOW, budget=budget).answer, Countered)
    assert isinstance(ask(debt, LOW, budget=budget).answer, NeedsPerson)
    assert isinstance(ask(debt, EASY, budget=budget).answer, Accepted)


def test_what_is_sent_waits_for_staff_with_a_promised_day():
    debt = make_debt()
    offer = send(debt)
    assert (offer.state, offer.proposer, offer.needs_person) == ("proposed", "debtor", True)
    assert offer.reply_by_on == date(2026, 11, 26)  # three working days after Monday the 23rd
    assert waiting_ask(debt) == offer
    again = send(debt, LONG)
    offer.refresh_from_db()
    assert (offer.state, waiting_ask(debt)) == ("withdrawn", again)


def test_an_ask_that_comes_to_no_schedule_can_be_sent_all_the_same():
    offer = send(make_debt(), replace(EASY, instalment=Money(100, "TWD")))
    assert (offer.terms, offer.terms_hash) == ("", "")
    assert request_of(offer.ask, "TWD").instalment == Money(100, "TWD")


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"state": "closed"}, refusals.NotNow),
        ({"state": "transferred"}, refusals.NotNow),
        ({"state": "legal"}, refusals.NotNow),
        ({"balance_minor": 0}, refusals.NothingToPay),
        ({"balance_minor": -1}, refusals.NothingToPay),
    ],
)
def test_no_plan_is_made_where_none_can_be(values, refusal):
    debt = make_debt()
    Debt.objects.filter(pk=debt.pk).update(**values)
    with pytest.raises(refusal):
        ask(debt)
    with pytest.raises(refusal):
        send(debt)


def test_offers_expire_but_what_waits_for_us_does_not():
    debt = make_debt()
    offer, waiting = ask(debt).offers[0], send(debt)
    assert offers.expire(now=offer.expires_at - timedelta(seconds=1)) == 0
    assert offers.expire(now=offer.expires_at) == 1
    assert offers.expire(now=offer.expires_at) == 0
    assert set(Offer.objects.filter(pk__in=[offer.pk, waiting.pk]).values_list("state", flat=True)) == {
        "expired",
        "proposed",
    }


def test_declining_twice_does_no_harm_and_a_final_state_is_final():
    debt = make_debt()
    offer = ask(debt).offers[0]
    offers.decline(offer=offer, by=debt.debtor, now=NOW)
    offers.decline(offer=offer, by=debt.debtor, now=NOW)
    with pytest.raises(refusals.NotOpen):
        offers.withdraw(offer=offer, by=debt.debtor, now=NOW)
    assert Event.objects.filter(act="offer.declined").count() == 1


def test_staff_agree_with_an_ask_as_it_is_and_the_person_hears():
    debt = make_debt()
    make_contact(debt.debtor)
    waiting = send(debt, replace(EASY, instalment=Money(20_000, "TWD")))
    offer = offers.agree_with(ask=waiting, by=make_staff(), note="Yes, that works.", now=NOW)
    waiting.refresh_from_db()
    assert (waiting.state, offer.state, offer.proposer, offer.answers) == ("countered", "proposed", "staff", waiting)
    assert Terms.from_json(offer.terms).count == 60
    message = Message.objects.get(template="plan_reply")
    assert "localhost" in message.body  # in Taiwan no text holds a personal link
    assert (Link.objects.get(), message.link.kind, message.debt) == (message.link, "reference", debt)


def test_an_agreement_beyond_the_law_is_refused():
    debt = make_debt()
    with pytest.raises(refusals.NotPossible):  # 120 months; the law allows 60
        offers.agree_with(ask=send(debt), by=make_staff(), now=NOW)


def test_three_suggestions_fit_policy_and_law_and_can_be_made_with_one_click():
    debt = make_debt()
    make_policy(debt.creditor)
    waiting = send(debt, EASY)
    found = offers.three_suggestions(waiting, today=TODAY, now=NOW)
    assert [(one.request.first_on, one.request.instalment.minor) for one in found] == [
        (date(2027, 1, 5), 100_000),
        (FIRST, 75_000),
        (date(2027, 1, 23), 100_000),
    ]
    for one in found:
        staff = make_staff()
        waiting.refresh_from_db()
        offer = offers.suggest(
            answers=waiting, terms=one.terms, request=one.request, note="A little later", by=staff, now=NOW
        )
        assert offer.staff == staff
    assert Offer.objects.filter(proposer="staff", state="proposed").count() == 1


def test_suggestions_without_their_request_are_read_from_the_terms():
    debt = make_debt()
    waiting = send(debt, LOW)
    for one in offers.three_suggestions(waiting, today=TODAY, now=NOW):
        waiting.refresh_from_db()
        offers.suggest(answers=waiting, terms=one.terms, note="", by=make_staff(), now=NOW)


def test_the_second_of_two_staff_hears_that_somebody_was_first():
    debt = make_debt()
    waiting = send(debt, EASY)
    (one, *_) = offers.three_suggestions(waiting, today=TODAY, now=NOW)
    seen = waiting.version
    offers.suggest(answers=waiting, terms=one.terms, note="", by=make_staff(), version=seen, now=NOW)
    with pytest.raises(refusals.NotOpen):
        offers.suggest(answers=waiting, terms=one.terms, note="", by=make_staff(), version=seen, now=NOW)


def test_made_up_terms_are_refused():
    debt = make_debt()
    waiting = send(debt, EASY)
    (one, *_) = offers.three_suggestions(waiting, today=TODAY, now=NOW)
    first, *rest = one.terms.instalments
    bent = replace(one.terms, instalments=(replace(first, amount=first.amount + rest[-1].amount), *rest[:-1]))
    with pytest.raises((ValueError, refusals.NotPossible)):
        offers.suggest(answers=waiting, terms=bent, request=one.request, note="", by=make_staff(), now=NOW)


def test_nothing_of_an_offer_is_a_plan_by_itself():
    debt = make_debt()
    ask(debt)
    send(debt)
    assert Plan.objects.count() == 0


def test_while_all_of_it_is_checked_nobody_asks_and_nobody_suggests():
    debt = make_debt()
    waiting = send(debt)
    debt.debtor.holds.create(kind="dispute", from_at=NOW, debt=debt)
    for act in (ask, send, lambda _debt: offers.agree_with(ask=waiting, by=make_staff(), now=NOW)):
        with pytest.raises(refusals.NotNow, match="dispute"):
            act(debt)
