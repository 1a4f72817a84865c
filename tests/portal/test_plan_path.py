"""The whole way from "make a plan" to an agreed one, without script."""

import pytest

from plans.models import Draft, Offer, Plan
from tests.factories import make_policy
from tests.portal.conftest import text_of
from tests.portal.plan_steps import agree, choose, send, url, walk

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_engine,
]  # about pages; what they ask of the database is in test_queries.py


def test_from_the_door_to_an_agreed_plan(person):
    assert "How would you like to pay?" in text_of(person.get("/plan/new"))
    assert walk(person) == url(person, "offers")
    page = text_of(person.get(url(person, "offers")))
    assert "Your plan is possible" in page
    assert "NT$1,000 each time" in page
    assert choose(person)["Location"] == url(person, "check")
    page = text_of(person.get(url(person, "check")))
    assert "Before you agree to a plan, we need to check once more that it is you" in page
    assert 'name="agree"' not in page
    assert agree(person)["Location"] == url(person, "done")
    page = text_of(person.get(url(person, "done")))
    plan = Plan.objects.get()
    assert plan.reference in page
    assert "Monday 7 December 2026" in page
    assert f"/documents/agreement/{plan.pk}" in page
    assert person.debt.debt_ref in page
    assert not Draft.objects.exists()
    assert "0 of 12 payments done" in text_of(person.get(f"/plan/{plan.pk}"))


def test_what_does_not_fit_is_answered_with_offers_smallest_first(person):
    make_policy(person.creditor, longest_months=10)
    assert walk(person, amount="1000") == url(person, "offers")
    page = text_of(person.get(url(person, "offers")))
    assert "With this amount the plan would be longer than 10 months." in page
    assert "From NT$1,200 each time, this can be agreed at once." in page
    assert 1 < page.count('name="choice"') <= 3
    assert "checked" not in page
    choose(person)
    assert agree(person).status_code == 303
    assert Plan.objects.get().terms_hash == Offer.objects.get(state="accepted", proposer="rules").terms_hash


def test_a_person_is_asked_and_promises_a_day(person):
    walk(person)
    assert send(person, "offers", {"person": "1"})["Location"] == url(person, "check")
    page = text_of(person.get(url(person, "check")))
    assert "Send this plan" in page
    assert 'type="checkbox"' not in page
    assert send(person, "check", {"note": "I start a new job in January."})["Location"] == url(person, "done")
    page = text_of(person.get(url(person, "done")))
    assert "We have your plan and will reply within 3 working days" in page
    assert "Thursday 26 November 2026" in page
    ask = Offer.objects.get(needs_person=True)
    assert (ask.state, ask.note) == ("proposed", "I start a new job in January.")


@pytest.mark.parametrize("shape", ["even", "step_up", "full"])
def test_each_shape_leads_to_a_plan(person, shape):
    assert walk(person, shape=shape, first_on="2026-11-30" if shape == "full" else "2026-12-05") == url(
        person, "offers"
    )
    choose(person)
    assert agree(person).status_code == 303
    assert Plan.objects.get().total_minor == 1_200_000


@pytest.mark.parametrize(("amount", "count"), [("", 1), ("2800", 3)])
def test_a_reduced_payment_only_where_the_policy_has_one(person, amount, count):
    assert "One reduced payment" not in text_of(person.get(url(person, "shape")))
    assert send(person, "shape", {"shape": "reduced"})["Location"] == url(person, "shape")
    assert "Choose one" in text_of(person.get(url(person, "shape")))
    make_policy(person.creditor, settlement_ladder=[[3, 3_000]])
    first_on = "2026-12-05" if amount else "2026-12-07"
    assert walk(person, shape="reduced", amount=amount, first_on=first_on) == url(person, "offers")
    choose(person)
    agree(person)
    plan = Plan.objects.get()
    assert (plan.total_minor, plan.discount_minor, plan.instalments.count()) == (840_000, 360_000, count)


def test_put_down_and_picked_up_on_another_device(person, client):
    send(person, "shape", {"shape": "even"})
    send(person, "amount", {"amount": "1,000"})
    page = text_of(person.get(url(person, "shape")))
    assert "Carry on where you left off" in page
    assert f'href="{url(person, "date")}"' in page
    assert 'value="1000"' in text_of(person.get(url(person, "amount")))


def test_asking_a_person_from_the_start(person):
    send(person, "shape", {"shape": "person"})
    assert send(person, "amount", {"amount": ""})["Location"] == url(person, "check")
    assert send(person, "check", {"note": ""})["Location"] == url(person, "done")
    assert Offer.objects.get().reply_by_on is not None


def test_the_budget_when_the_policy_needs_one(person):
    assert walk(person, amount="500") == url(person, "offers")
    make_policy(person.creditor, budget_over_months=12)
    assert walk_again(person) == url(person, "budget/1")
    first = send(person, "budget/1", {"wages": "30000", "consent": "on"})
    assert first["Location"] == url(person, "budget/2")
    assert send(person, "budget/2", {"home": "12000", "food_unsure": "on"})["Location"] == url(person, "budget/3")
    assert send(person, "budget/3", {})["Location"] == url(person, "offers")
    assert "By your figures, about NT$18,000 is left each month." in text_of(person.get(url(person, "offers")))


def walk_again(person) -> str:
    return send(person, "date", {"first": "1", "first_on": "2026-12-05"})["Location"]


def test_below_zero_offers_a_pause_and_no_plan_form(person):
    make_policy(person.creditor, budget_over_months=12)
    walk(person, amount="500")
    send(person, "budget/1", {"wages": "100", "consent": "on"})
    send(person, "budget/2", {"home": "12000"})
    assert send(person, "budget/3", {})["Location"] == url(person, "offers")
    page = text_of(person.get(url(person, "offers")))
    assert "Pausing first may help" in page
    assert 'name="choice"' not in page


def test_the_figures_can_be_skipped(person):
    make_policy(person.creditor, budget_over_months=12)
    walk(person, amount="500")
    assert send(person, "budget/1", {"skip": "1"})["Location"] == url(person, "check")
    assert send(person, "check", {})["Location"] == url(person, "done")
    assert Offer.objects.get().left_minor is None
