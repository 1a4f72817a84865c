"""The negotiation's table of answers, and the properties that must hold for every ask."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts import rules
from accounts.money import CurrencyMismatch, Money
from plans.affordability import Budget, affordable, left_per_month
from plans.negotiation import (
    Accepted,
    Countered,
    DebtFacts,
    Label,
    NeedsPerson,
    NoTerms,
    NothingOwed,
    Policy,
    Request,
    Shape,
    Terms,
    budget_needed,
    decide,
    preview,
    suggest,
)
from plans.reasons import Code, Reason
from plans.schedule import Frequency

TODAY = date(2026, 12, 1)
TW = rules.law_for("tw", TODAY)
HK = rules.law_for("hk", TODAY)
ALL = tuple(Frequency)


def twd(dollars):
    return Money(dollars * 100, "TWD")


def policy(**changes):
    return replace(Policy(currency="TWD", smallest_instalment_minor=50_000), **changes)


def ask(dollars=None, shape=Shape.EVEN, **changes):
    return Request(
        shape=shape,
        first_on=changes.pop("first_on", date(2026, 12, 10)),
        instalment=dollars and twd(dollars),
        **changes,
    )


def answer(request, *, owed=36_000, budget=None, law=HK, rounds_used=0, **of_policy):
    debt = DebtFacts(balance=twd(owed), rounds_used=rounds_used)
    return decide(request=request, policy=policy(**of_policy), law=law, debt=debt, budget=budget, today=TODAY)


def left(dollars):
    """A budget that leaves so much a month."""
    return Budget(wages=max(dollars, 0) * 100, home=max(-dollars, 0) * 100)


def codes(result):
    return [reason.code for reason in result.reasons]


# --- The table -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dollars", "payments"),
    [(3_000, [3_000] * 12), (5_000, [5_000] * 7 + [1_000]), (36_000, [36_000]), (50_000, [36_000])],
)
def test_what_fits_is_agreed_as_asked(dollars, payments):
    result = answer(ask(dollars))
    assert isinstance(result, Accepted)
    assert [one.amount for one in result.terms.instalments] == [twd(one) for one in payments]
    assert codes(result)[0] is Code.FITS
    assert (result.terms.total, result.terms.discount) == (twd(36_000), twd(0))


def test_due_days_move_and_the_answer_says_so():
    result = answer(ask(12_000, first_on=date(2026, 12, 25)), law=TW)
    assert [one.due_on for one in result.terms.instalments] == [
        date(2026, 12, 28),
        date(2027, 1, 25),
        date(2027, 2, 25),
    ]
    assert Reason.of(Code.DAYS_MOVED, n=1) in result.reasons


def test_paying_sooner_than_the_shortest_term_is_fine():
    assert isinstance(answer(ask(36_000), shortest_months=6), Accepted)
    offered = answer(ask(100), shortest_months=6, budget_over_months=36).offers
    assert all(offer.terms.months >= 6 for offer in offered)


@pytest.mark.parametrize(
    ("request_", "changes", "against"),
    [
        (ask(400), {}, [Code.BELOW_SMALLEST, Code.TERM]),
        (ask(600), {}, [Code.TERM]),
        (ask(3_000, frequency=Frequency.WEEKLY), {}, [Code.FREQUENCY]),
        (ask(3_000, first_on=TODAY), {}, [Code.FIRST_TOO_SOON]),
        (ask(3_000, first_on=TODAY - timedelta(days=1)), {}, [Code.FIRST_TOO_SOON]),
        (ask(3_000, first_on=TODAY + timedelta(days=46)), {}, [Code.FIRST_TOO_LATE]),
        (ask(3_000, first_on=date(9999, 12, 31)), {}, [Code.FIRST_TOO_LATE]),
        (ask(3_000), {"down_payment_bp": 1_000}, [Code.FIRST_PAYMENT]),
        (ask(1_200), {"person_over_months": 24}, [Code.TERM_NEEDS_PERSON]),
        (ask(9_000, Shape.REDUCED), {}, [Code.NO_SETTLEMENT]),
        (ask(3_000, Shape.REDUCED), {"settlement_ladder": ((3, 2_000),)}, [Code.SETTLEMENT_PAYMENTS]),
        (ask(None, Shape.FULL, first_on=TODAY), {}, [Code.FIRST_TOO_SOON]),
    ],
)
def test_what_does_not_fit_is_countered_with_what_stands_in_the_way(request_, changes, against):
    result = answer(request_, **{"budget_over_months": 120, **changes})
    assert isinstance(result, Countered)
    assert [code for code in codes(result) if code is not Code.POSSIBLE_FROM] == against
    assert 1 <= len(result.offers) <= 3


def test_the_smallest_possible_amount_is_named():
    result = answer(ask(400), budget_over_months=36)
    assert Reason.of(Code.POSSIBLE_FROM, amount=twd(1_000)) in result.reasons
    assert [offer.request.instalment for offer in result.offers] == [twd(1_000), twd(1_400), twd(2_000)]
    assert [offer.terms.count for offer in result.offers] == [36, 26, 18]
    assert [offer.labels for offer in result.offers] == [(Label.SMALLEST,), (), (Label.SOONEST,)]


def test_the_strictest_of_policy_and_law_wins():
    long = {"longest_months": 120, "budget_over_months": 120}
    assert codes(answer(ask(590), law=TW, **long))[0] is Code.TERM_BY_LAW
    assert isinstance(answer(ask(600), law=TW, **long), Accepted)
    assert isinstance(answer(ask(590), law=HK, **long), Accepted)
    assert codes(answer(ask(590), law=TW))[0] is Code.BUDGET_NEEDED
    assert codes(answer(ask(700), law=TW, budget=left(9_000)))[0] is Code.TERM


def test_taiwan_wants_a_tenth_each_year():
    law = replace(TW, plan=replace(TW.plan, max_months=None))
    result = answer(ask(500), owed=100_000, law=law, longest_months=240, budget_over_months=240)
    assert Reason.of(Code.YEARLY_SHARE_BY_LAW, percent=10) in result.reasons
    assert result.offers[0].request.instalment == twd(834)


def test_a_rhythm_the_policy_lacks_is_converted():
    result = answer(ask(700, frequency=Frequency.WEEKLY), frequencies=(Frequency.MONTHLY, Frequency.FORTNIGHTLY))
    assert result.offers[0].terms.frequency is Frequency.FORTNIGHTLY
    assert twd(1_399) in [offer.request.instalment for offer in result.offers]


@pytest.mark.parametrize(
    ("first_on", "extra", "expected"),
    [
        (date(2027, 3, 5), {}, date(2027, 1, 5)),
        (date(2027, 3, 20), {}, date(2026, 12, 21)),  # the 20th is a Sunday
        (date(2027, 3, 31), {"last_day": True}, date(2026, 12, 31)),
        (date(2026, 11, 1), {}, date(2027, 1, 4)),  # the 1st is New Year's Day, a Friday
        (date(2026, 12, 1), {"frequency": Frequency.WEEKLY}, date(2026, 12, 2)),
    ],
)
def test_the_first_day_moves_to_the_nearest_that_may_be(first_on, extra, expected):
    result = answer(ask(3_000, first_on=first_on, **extra), frequencies=ALL)
    assert isinstance(result, Countered)
    assert {offer.terms.first_on for offer in result.offers} == {expected}


def test_small_first_more_later():
    result = answer(ask(2_000, Shape.STEP_UP))
    assert [one.amount for one in result.terms.instalments] == [twd(2_000)] * 6 + [twd(4_000)] * 6
    shown = answer(ask(2_000, Shape.STEP_UP), budget=left(6_000))
    assert [one.amount for one in shown.terms.instalments] == [twd(2_000)] * 6 + [twd(3_000)] * 8


def test_a_larger_first_payment_where_the_policy_wants_one():
    result = answer(ask(3_000), down_payment_bp=2_000)
    assert [offer.terms.instalments[0].amount for offer in result.offers] == [twd(7_200)] * 3
    asked = answer(ask(3_000, first_payment=twd(7_200)), down_payment_bp=2_000)
    assert isinstance(asked, Accepted)
    assert isinstance(answer(ask(7_200), down_payment_bp=2_000), Accepted)


LADDER = ((1, 3_000), (3, 2_000), (6, 1_000))


@pytest.mark.parametrize(
    ("dollars", "total", "payments"),
    [
        (None, 25_200, 1),
        (25_200, 25_200, 1),
        (25_199, 28_800, 2),
        (9_600, 28_800, 3),
        (9_599, 32_400, 4),
        (5_400, 32_400, 6),
    ],
)
def test_a_reduced_amount_climbs_the_ladder(dollars, total, payments):
    result = answer(ask(dollars, Shape.REDUCED), settlement_ladder=LADDER)
    assert isinstance(result, Accepted)
    assert (result.terms.total, result.terms.count) == (twd(total), payments)
    assert result.terms.total + result.terms.discount == twd(36_000)
    assert Reason.of(Code.SHARE_OFF, amount=result.terms.discount) in result.reasons


def test_a_reduced_amount_below_the_ladder_is_countered_with_it():
    result = answer(ask(5_000, Shape.REDUCED), settlement_ladder=LADDER)
    lowest = next(offer for offer in result.offers if Label.LOWEST in offer.labels)
    assert (lowest.request.shape, lowest.terms.total, lowest.terms.count) == (Shape.REDUCED, twd(32_400), 6)


def test_one_reduced_payment_is_never_suggested_to_who_asked_for_little():
    result = answer(ask(400), settlement_ladder=LADDER, budget_over_months=36)
    assert {offer.request.shape for offer in result.offers} == {Shape.EVEN}


def test_all_at_once_is_nobody_s_to_refuse():
    hard = {"person_over_minor": 1, "currency": "CNY"}
    for budget in (None, left(-5), left(10)):
        result = answer(ask(None, Shape.FULL), budget=budget, **hard)
        assert isinstance(result, Accepted)
        assert [one.amount for one in result.terms.instalments] == [twd(36_000)]


# --- The budget ----------------------------------------------------------------------------------------------------


def test_a_budget_is_asked_for_only_when_the_term_is_long():
    debt = DebtFacts(balance=twd(36_000))
    needed = {dollars: budget_needed(ask(dollars), policy(), HK, debt) for dollars in (1, 1_499, 1_500, 36_000)}
    assert needed == {1: True, 1_499: True, 1_500: False, 36_000: False}
    assert not budget_needed(ask(None, Shape.FULL), policy(), HK, debt)
    assert not budget_needed(ask(None, Shape.PERSON), policy(), HK, debt)
    assert not budget_needed(ask(1_000), policy(person_over_minor=100), HK, debt)


def test_a_long_term_without_a_budget_goes_to_a_person():
    assert codes(answer(ask(1_000))) == [Code.BUDGET_NEEDED]
    assert isinstance(answer(ask(1_000), budget=left(2_000)), Accepted)


def test_nothing_above_half_of_what_is_left():
    result = answer(ask(5_000), budget=left(4_000))
    assert codes(result) == [Code.ABOVE_AFFORDABLE]
    assert result.offers[-1].request.instalment == twd(2_000)
    assert all(offer.terms.largest <= twd(2_000) for offer in result.offers)


@pytest.mark.parametrize(
    ("dollars_left", "expected"),
    [
        (-1, [Code.BELOW_ZERO, Code.TOKEN_POSSIBLE]),
        (0, [Code.ABOVE_AFFORDABLE, Code.NOTHING_FITS, Code.TOKEN_POSSIBLE]),
        (1_999, [Code.ABOVE_AFFORDABLE, Code.NOTHING_FITS, Code.TOKEN_POSSIBLE]),
    ],
)
def test_with_too_little_left_there_are_no_offers(dollars_left, expected):
    result = answer(ask(1_000), budget=left(dollars_left), token_payment_minor=10_000)
    assert isinstance(result, NeedsPerson)
    assert codes(result) == expected


@pytest.mark.parametrize(
    ("request_", "changes", "expected"),
    [
        (ask(None, Shape.PERSON), {}, [Code.ASKED_PERSON]),
        (ask(3_000), {"person_over_minor": 3_599_900}, [Code.AMOUNT_NEEDS_PERSON]),
        (ask(3_000), {"currency": "CNY"}, [Code.CURRENCY]),
        (ask(2_000), {"rounds_used": 3, "down_payment_bp": 1_000}, [Code.ROUNDS_USED, Code.FIRST_PAYMENT]),
    ],
)
def test_what_a_person_looks_at(request_, changes, expected):
    result = answer(request_, **changes)
    assert isinstance(result, NeedsPerson)
    assert codes(result) == expected


def test_the_last_round_still_agrees_to_what_fits():
    assert isinstance(answer(ask(3_000), rounds_used=3), Accepted)


@pytest.mark.parametrize("minor", [0, -1])
def test_nothing_owed_is_nothing_to_plan(minor):
    with pytest.raises(NothingOwed):
        decide(request=ask(100), policy=policy(), law=HK, debt=DebtFacts(balance=Money(minor, "TWD")), today=TODAY)


def test_an_ask_in_another_currency_is_a_mistake():
    with pytest.raises(CurrencyMismatch):
        answer(replace(ask(100), instalment=Money(100, "CNY")))


def test_a_balance_below_the_smallest_instalment_is_one_payment():
    result = answer(ask(300), owed=300)
    assert [one.amount for one in result.terms.instalments] == [twd(300)]


# --- The desk and the preview --------------------------------------------------------------------------------------


def test_the_desk_may_suggest_what_only_sent_the_case_to_a_person():
    terms = {"policy": policy(person_over_minor=1), "law": HK, "debt": DebtFacts(balance=twd(36_000)), "today": TODAY}
    suggestions = suggest(request=ask(1_000), **terms)
    assert suggestions[0].request.instalment == twd(1_000)
    assert len(suggestions) == 3
    assert suggest(request=ask(1_000), budget=left(-1), **terms) == ()


def test_the_preview_shows_what_an_ask_comes_to():
    debt = DebtFacts(balance=twd(36_000))
    terms = preview(ask(100), policy(), HK, debt, TODAY)
    assert (terms.count, terms.total) == (360, twd(36_000))
    for request, code in (
        (ask(1), Code.TERM),
        (ask(None, Shape.PERSON), Code.ASKED_PERSON),
        (ask(100, first_on=date(9999, 12, 31)), Code.FIRST_TOO_LATE),
    ):
        with pytest.raises(NoTerms) as error:
            preview(request, policy(), HK, debt, TODAY)
        assert error.value.reason.code is code


# --- Properties ----------------------------------------------------------------------------------------------------

regions = st.sampled_from([TW, HK, rules.law_for("cn", TODAY), rules.law_for("uk", TODAY)])
ladders = st.sampled_from([(), ((1, 3_000),), ((1, 4_000), (4, 2_500), (12, 1_000)), ((30, 500),)])
policies = st.builds(
    policy,
    smallest_instalment_minor=st.integers(1, 300).map(lambda dollars: dollars * 1_000),
    frequencies=st.lists(st.sampled_from(ALL), min_size=1, max_size=3, unique=True).map(tuple),
    shortest_months=st.integers(1, 6),
    longest_months=st.integers(6, 84),
    down_payment_bp=st.sampled_from([0, 0, 500, 2_500, 10_000]),
    latest_start_days=st.integers(0, 90),
    settlement_ladder=ladders,
    ask_share_bp=st.sampled_from([3_000, 5_000, 10_000]),
    token_payment_minor=st.sampled_from([None, 10_000]),
    budget_over_months=st.integers(1, 36),
    person_over_minor=st.sampled_from([None, 20_000_000]),
    person_over_months=st.sampled_from([None, 12, 36]),
)
budgets = st.none() | st.builds(
    Budget,
    wages=st.integers(0, 8_000_000),
    home=st.none() | st.integers(0, 4_000_000),
    food=st.sampled_from([None, "unsure", 500_000]),
)
debts = st.builds(
    DebtFacts, balance=st.integers(1, 60_000_000).map(lambda minor: Money(minor, "TWD")), rounds_used=st.integers(0, 3)
)
sizes = st.integers(1, 3_000_000)
asks = st.builds(
    Request,
    shape=st.sampled_from([Shape.EVEN, Shape.EVEN, Shape.STEP_UP, Shape.REDUCED]),
    first_on=st.integers(-3, 120).map(lambda days: TODAY + timedelta(days=days)),
    frequency=st.sampled_from(ALL),
    instalment=sizes.map(lambda minor: Money(minor, "TWD")),
    first_payment=st.none() | sizes.map(lambda minor: Money(minor, "TWD")),
    last_day=st.booleans(),
    anchor_day=st.none() | st.integers(1, 31),
)
any_asks = asks | st.builds(
    Request,
    shape=st.sampled_from([Shape.FULL, Shape.REDUCED, Shape.PERSON]),
    first_on=st.integers(-3, 120).map(lambda days: TODAY + timedelta(days=days)),
    frequency=st.sampled_from(ALL),
)
RANK = {NeedsPerson: 0, Countered: 1, Accepted: 2}


def share_of(budget, policy_, frequency):
    monthly = left_per_month(budget)
    return None if monthly is None else affordable(Money(monthly, "TWD"), policy_.ask_share_bp, frequency)


@given(any_asks, policies, regions, debts, budgets)
def test_every_answer_has_a_reason_and_equal_asks_get_equal_answers(request_, policy_, law, debt, budget):
    given_ = {"policy": policy_, "law": law, "debt": debt, "budget": budget, "today": TODAY}
    first, again = decide(request=request_, **given_), decide(request=replace(request_), **given_)
    assert first == again
    assert first.reasons
    if isinstance(first, Countered):
        assert 1 <= len(first.offers) <= 3
        assert [one.terms.instalment for one in first.offers] == sorted(one.terms.instalment for one in first.offers)


@given(any_asks, policies, regions, debts, budgets)
def test_a_counter_is_acceptable_as_it_stands(request_, policy_, law, debt, budget):
    given_ = {"policy": policy_, "law": law, "debt": debt, "budget": budget, "today": TODAY}
    result = decide(request=request_, **given_)
    for offer in result.offers if isinstance(result, Countered) else ():
        again = decide(request=offer.request, **given_)
        assert isinstance(again, Accepted)
        assert again.terms == offer.terms


@given(any_asks, policies, regions, debts, budgets)
def test_terms_keep_to_policy_law_and_balance(request_, policy_, law, debt, budget):
    result = decide(request=request_, policy=policy_, law=law, debt=debt, budget=budget, today=TODAY)
    found = [result.terms] if isinstance(result, Accepted) else [one.terms for one in getattr(result, "offers", ())]
    for terms in found:
        assert terms.total + terms.discount == debt.balance
        assert sum(one.amount.minor for one in terms.instalments) == terms.total.minor
        assert terms.instalments[0].nominal_on > TODAY
        assert terms.instalments[0].nominal_on <= TODAY + timedelta(days=max(1, policy_.latest_start_days))
        assert terms.count <= terms.frequency.most_in(policy_.longest_months)
        assert law.plan.max_months is None or terms.count <= terms.frequency.most_in(law.plan.max_months)
        smallest = min(policy_.smallest_instalment, debt.balance)
        assert all(one.amount >= smallest.floor() for one in terms.instalments[:-1])
        assert all(one.amount.minor % 100 == 0 for one in terms.instalments[:-1])


@given(any_asks, policies, regions, debts, budgets)
def test_nothing_above_the_affordable_share_is_offered(request_, policy_, law, debt, budget):
    assume(left_per_month(budget) is not None)
    given_ = {"policy": policy_, "law": law, "debt": debt, "budget": budget, "today": TODAY}
    result = decide(request=request_, **given_)
    offers = list(result.offers) if isinstance(result, Countered) else []
    for offer in [*offers, *suggest(request=request_, **given_)]:
        if offer.request.shape is Shape.FULL or offer.request.instalment is None:
            continue  # one payment of the person's own choosing
        most = share_of(budget, policy_, offer.terms.frequency)
        assert all(one.amount.floor() <= most for one in offer.terms.instalments)


@given(asks, sizes, policies, regions, debts, budgets)
def test_raising_only_the_instalment_never_worsens_the_answer(request_, more, policy_, law, debt, budget):
    """Up to the affordable share and the balance."""
    given_ = {"policy": policy_, "law": law, "debt": debt, "budget": budget, "today": TODAY}
    raised = request_.instalment + Money(more, "TWD")
    most = share_of(budget, policy_, request_.frequency)
    assume(most is None or raised <= most)
    assume(request_.instalment < debt.balance)
    raised = min(raised, debt.balance)
    before, after = decide(request=request_, **given_), decide(request=replace(request_, instalment=raised), **given_)
    assert RANK[type(after)] >= RANK[type(before)]


@given(asks, policies, regions, debts, budgets)
def test_terms_read_back(request_, policy_, law, debt, budget):
    for offer in suggest(request=request_, policy=policy_, law=law, debt=debt, budget=budget, today=TODAY):
        assert Terms.from_json(offer.terms.to_json()) == offer.terms


@given(asks, policies, regions, debts)
def test_a_budget_is_needed_exactly_where_a_missing_one_sends_to_a_person(request_, policy_, law, debt):
    result = decide(request=request_, policy=policy_, law=law, debt=debt, today=TODAY)
    missing = Code.BUDGET_NEEDED in codes(result)
    assert missing == budget_needed(request_, policy_, law, debt)
