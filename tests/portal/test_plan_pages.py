"""Each step of a plan: whose it is, how it may be called, how many queries it takes, what it says to odd answers."""

import re
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Debt
from plans import offers
from plans.models import Draft, Offer, Plan
from portal.pages.plan_words import suggestion_url
from tests.factories import NOW, TODAY, make_debt, make_plan, make_policy, make_staff, sign_in
from tests.portal.conftest import Person, new_person, queries, text_of
from tests.portal.plan_steps import agree, choose, hidden, send, url, walk

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_engine,
]  # about pages; what they ask of the database is in test_queries.py
STEPS = ["shape", "amount", "date", "budget/1", "budget/2", "budget/3", "offers", "check", "done"]
MOST_QUERIES = 7


def suggestion(person: Person) -> Offer:
    """Staff's answer to what this person sent."""
    walk(person)
    send(person, "offers", {"person": "1"})
    send(person, "check", {"note": ""})
    ask = Offer.objects.select_related("debt__debtor", "debt__creditor").get(needs_person=True)
    one = offers.three_suggestions(ask, today=TODAY, now=NOW)[0]
    return offers.suggest(
        answers=ask, terms=one.terms, request=one.request, note="Let us start in January.", by=make_staff(), now=NOW
    )


@pytest.fixture
def outsider(person) -> Person:
    return new_person(Client())


def test_days_are_those_where_the_person_is(person):
    at_seven = NOW.replace(hour=23)  # seven in the morning of the 24th in Taipei, still the 23rd in UTC
    made = suggestion(person)
    Offer.objects.filter(pk=made.pk).update(expires_at=at_seven)
    assert "24 November" in text_of(person.get(suggestion_url(made)))
    plan = make_plan(make_debt(creditor=person.creditor, debtor=person.debtor))
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.STOPPED, ended_at=at_seven)
    assert "24 November" in text_of(person.get(f"/plan/{plan.pk}"))


# --- Whose it is ----------------------------------------------------------------------------------------------------


def test_another_persons_steps_are_not_there(person, outsider):
    walk(person)
    for step in [*STEPS, "preview"]:
        assert outsider.get(url(person, step)).status_code == 404, step
        assert Client().get(url(person, step)).status_code in {302, 303}, step


def test_another_persons_steps_take_nothing(person, outsider):
    walk(person)
    before = Draft.objects.values_list("data", flat=True).get()
    for step in ("shape", "amount", "date", "budget/1", "offers", "check"):
        assert outsider.post(url(person, step), {"shape": "even", "amount": "1"}).status_code == 404, step
        assert Draft.objects.values_list("data", flat=True).get() == before, step


def test_nobody_signs_for_another(person, outsider):
    walk(person)
    choose(person)
    fields = hidden(text_of(person.get(url(person, "check"))))
    sign_in(outsider.client, outsider.debtor, creditor=outsider.creditor, level=2)
    assert outsider.post(url(person, "agree"), fields | {"agree": "on"}).status_code == 404
    answer = outsider.post(url(outsider, "agree"), fields | {"agree": "on"})
    assert (answer.status_code, Plan.objects.count()) == (303, 0)


def test_another_persons_plan_and_suggestion_are_not_there(person, outsider):
    made, plan = suggestion(person), make_plan(make_debt(debtor=person.debtor, creditor=person.creditor))
    for path in (suggestion_url(made), f"/plan/{plan.pk}"):
        assert person.get(path).status_code == 200
        assert outsider.get(path).status_code == 404
    assert outsider.post(suggestion_url(made), {"accept": "1"}).status_code == 404


def test_a_number_that_no_suggestion_has(person):
    made = suggestion(person)
    for number in ("0", "2", "1000", "9" * 40, "-1", "x"):
        assert person.get(f"/plan/{made.debt_id}/offer/{number}").status_code == 404, number


def test_an_ask_of_ones_own_is_no_suggestion(person):
    walk(person)
    assert person.get(f"/plan/{person.debt.pk}/offer/1").status_code == 404


# --- How it may be called -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_no_other_method(person, method):
    answers = {step: getattr(person.client, method)(url(person, step)).status_code for step in STEPS}
    assert answers == dict.fromkeys(STEPS, 405)


def test_signing_is_a_post_at_level_2(person):
    walk(person)
    choose(person)
    fields = hidden(text_of(person.get(url(person, "check"))))
    came_from = {"referer": f"http://localhost{url(person, 'check')}"}
    answer = person.post(url(person, "agree"), fields | {"agree": "on"}, **came_from)
    assert answer["Location"].startswith("/code")
    assert Plan.objects.count() == 0
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    assert person.get(url(person, "agree")).status_code == 405


def test_no_such_step(person):
    for step in ("budget/0", "budget/4", "nonsense"):
        assert person.get(url(person, step)).status_code == 404, step


@pytest.mark.parametrize("debt", ["nonsense", "7", "%00", str(uuid.uuid4())])
def test_no_such_account(person, debt):
    for step in ("", "/amount", "/date", "/budget/1", "/offers", "/check", "/done", "/preview"):
        assert person.get(f"/plan/new{step}?debt={debt}").status_code == 404, step


# --- Which account --------------------------------------------------------------------------------------------------


@pytest.fixture
def second(person) -> Person:
    """The same person with another account in question."""
    debt = make_debt(debtor=person.debtor, creditor=person.creditor, product="Loan")
    return replace(person, debt=debt)


def test_a_step_without_its_account_is_about_the_one_last_worked_on(person, second):
    assert person.get("/plan/new/amount")["Location"] == "/plan/new"
    send(person, "shape", {"shape": "even"})
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        send(second, "shape", {"shape": "full"})
        assert person.get("/plan/new/amount")["Location"] == url(second, "date")
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        send(person, "shape", {"shape": "even"})
    page = text_of(person.get("/plan/new/amount"))
    assert f'<form method="post" action="{url(person, "amount")}"' in page
    assert "Which account is the plan for?" in text_of(person.get("/plan/new"))


def test_answers_that_are_too_old_name_no_account(person, second):
    send(person, "shape", {"shape": "even"})
    Draft.objects.update(updated_at=NOW - timedelta(days=7))
    assert person.get("/plan/new/amount")["Location"] == "/plan/new"


@pytest.mark.every_engine
def test_two_tabs_with_two_accounts_do_not_mix(person, second):
    for one in (person, second):
        send(one, "shape", {"shape": "even"})
    pages = [(one, text_of(one.get(url(one, "amount")))) for one in (person, second)]
    for (one, page), amount in zip(pages, ("900", "700"), strict=True):
        action = re.search(r'<form method="post" action="([^"]+)" novalidate', page)[1]
        assert one.post(action, {"amount": amount, "once": uuid.uuid4()})["Location"] == url(one, "date")
    for one, amount in ((person, "900"), (second, "700")):
        assert f'value="{amount}"' in text_of(one.get(url(one, "amount")))


def test_a_form_without_its_account_is_taken_for_no_other(person, second):
    send(person, "shape", {"shape": "even"})
    before = list(Draft.objects.values_list("debt", "data"))
    for step in ("", "/amount", "/date", "/budget/1", "/offers", "/check"):
        answer = person.post(f"/plan/new{step}", {"shape": "full", "amount": "1", "person": "1"})
        assert (answer.status_code, answer["Location"]) == (303, "/plan/new"), step
        assert list(Draft.objects.values_list("debt", "data")) == before, step


def test_every_form_and_link_of_a_step_names_its_account(person, second):
    walk(person)
    for step in (*STEPS[:-1], "offers"):
        page = text_of(person.get(url(person, step)))
        ours = [one for one in re.findall(r'(?:href|action|hx-get)="([^"]*)"', page) if one.startswith(("/plan", "?"))]
        assert [one for one in ours if f"debt={person.debt.pk}" not in one] == [], step


def test_done_without_its_account_is_the_one_agreed_or_sent_last(person, second):
    assert person.get("/plan/new/done")["Location"] == "/plan/new"
    walk(second)
    choose(second)
    agree(second)
    assert "Your plan is set" in text_of(person.get("/plan/new/done"))
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        walk(person)
        send(person, "offers", {"person": "1"})
        send(person, "check", {"note": ""})
        assert "We have your plan" in text_of(person.get("/plan/new/done"))


def test_a_step_that_comes_too_early_leads_back(person):
    for step in ("amount", "date", "offers", "check", "done"):
        assert person.get(url(person, step))["Location"] == url(person, "shape"), step


def test_back_after_signing_shows_the_same_page(person):
    walk(person)
    choose(person)
    agree(person)
    for step in ("shape", "amount", "date", "offers", "check"):
        assert person.get(url(person, step))["Location"] == url(person, "done")


@pytest.mark.every_engine
def test_sending_the_signed_form_again_leads_to_the_same_page(person):
    walk(person)
    choose(person)
    fields = hidden(text_of(person.get(url(person, "check"))))
    agree(person, **fields)
    assert person.post(url(person, "agree"), fields | {"agree": "on"})["Location"] == url(person, "done")
    assert Plan.objects.count() == 1


# --- Queries --------------------------------------------------------------------------------------------------------


def test_every_step_is_cheap(person):
    walk(person)
    for step in ("shape", "amount", "date", "budget/1", "budget/3", "offers", "check"):
        if step == "check":
            choose(person)
        person.get(url(person, step))
        assert queries(lambda step=step: person.get(url(person, step))) <= MOST_QUERIES, step


@pytest.mark.every_engine
def test_the_other_pages_are_cheap_and_constant(person):
    made = suggestion(person)
    plans = [make_plan(make_debt(debtor=person.debtor, creditor=person.creditor)) for _ in range(3)]
    for path in (suggestion_url(made), f"/plan/{plans[0].pk}", "/plan/new", f"/plan/new/done?debt={plans[0].debt_id}"):
        assert queries(lambda path=path: person.get(path)) <= MOST_QUERIES


def test_the_preview_is_small_and_cheap(person):
    send(person, "shape", {"shape": "even"})
    path = f"{url(person, 'preview')}&amount=1000"
    answer = person.get(path, hx_request="true")
    assert text_of(answer).startswith('<div id="preview"')
    assert "About 12 payments, finishing around" in text_of(answer)
    assert len(answer.content) <= 2_000
    assert queries(lambda: person.get(path, hx_request="true")) <= MOST_QUERIES
    assert person.get(path)["Location"] == url(person, "amount")


# --- States ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"balance_minor": 0}, "You have nothing to pay"),
        ({"balance_minor": -500}, "More was paid than needed. The credit is yours"),
        ({"state": "closed"}, "Closed. Nothing more to pay"),
        ({"state": "transferred"}, "This account was moved to another company. Please contact them"),
        ({"state": "legal"}, "In a legal process. Please read this first"),
    ],
)
def test_where_no_plan_can_be_made_the_page_says_so(person, values, sentence):
    Debt.objects.filter(pk=person.debt.pk).update(**values)
    for step in ("shape", "amount", "check"):
        answer = person.get(url(person, step))
        assert answer.status_code == 200
        assert sentence in text_of(answer)
        assert 'name="shape"' not in text_of(answer)


def test_paused_it_says_so_and_goes_on(person):
    person.debtor.holds.create(kind="pause", from_at=NOW)
    assert "You have paused this." in text_of(person.get(url(person, "shape")))
    assert walk(person) == url(person, "offers")


def test_being_checked_it_asks_for_nothing_at_any_step(person):
    walk(person)
    person.debtor.holds.create(kind="dispute", from_at=NOW, debt=person.debt)
    for step in ("shape", "offers", "check"):
        page = text_of(person.get(url(person, step)))
        assert "You do not need to pay or agree to anything until we have answered" in page
        assert 'href="/problem">See how the check goes<' in page
        assert "Talk to us" in page
    assert not Plan.objects.exists()


def test_what_may_be_too_old_warns_first(person):
    Debt.objects.filter(pk=person.debt.pk).update(opened_on="2001-01-01", overdue_since="2001-08-01")
    old = f"/accounts/{person.debt.pk}/old"
    assert person.get(url(person, "shape"))["Location"] == f"{old}?to=plan"
    assert person.get(url(person, "check"))["Location"] == f"{old}?to=check"
    assert person.post(old, {"to": "plan", "choice": "go_on"})["Location"] == f"/plan/new?debt={person.debt.pk}"
    assert walk(person) == url(person, "offers")


def test_which_account_when_there_are_several(person):
    second = make_debt(debtor=person.debtor, creditor=person.creditor, product="Loan")
    page = text_of(person.get("/plan/new"))
    assert "Which account is the plan for?" in page
    for debt in (person.debt, second):
        assert f'href="/plan/new?debt={debt.pk}"' in page
        assert "How would you like to pay?" in text_of(person.get(f"/plan/new?debt={debt.pk}"))


def test_a_changed_amount_is_shown_old_and_new_and_asked_again(person):
    walk(person)
    choose(person)
    Debt.objects.filter(pk=person.debt.pk).update(balance_minor=1_100_000)
    page = text_of(person.get(url(person, "check")))
    assert "NT$12,000" in page
    assert "NT$11,000" in page
    assert 'name="agree"' not in page
    assert send(person, "check", {"again": "1"})["Location"] == url(person, "offers")
    choose(person)
    agree(person)
    assert Plan.objects.get().balance_minor == 1_100_000


def test_an_offer_that_lapsed_can_be_worked_out_again(person):
    walk(person)
    choose(person)
    offers.expire(now=Offer.objects.get(proposer="rules").expires_at)
    page = text_of(person.get(url(person, "check")))
    assert "This suggestion is no longer open. Your answers are still here." in page
    assert send(person, "check", {"again": "1"})["Location"] == url(person, "offers")


def test_details_open_inside_the_card_and_without_script_on_the_page(person):
    walk(person)
    offer = Offer.objects.get(proposer="rules")
    part = text_of(person.get(f"{url(person, 'offers')}&open={offer.pk}", hx_request="true"))
    assert "<html" not in part
    assert part.count("<tr>") == 13
    assert text_of(person.get(f"{url(person, 'offers')}&open={offer.pk}")).count("<tr>") == 13


# --- A suggestion of staff ------------------------------------------------------------------------------------------


def test_a_suggestion_is_read_accepted_and_signed(person):
    made = suggestion(person)
    path = suggestion_url(made)
    page = text_of(person.get(path))
    for words in ("You suggested", "We suggest", "Let us start in January.", "Mei · Adviser", "stays open until"):
        assert words in page
    assert person.post(path, {"accept": "1"})["Location"] == url(person, "check")
    assert agree(person)["Location"] == url(person, "done")
    assert Plan.objects.get().offer == made
    assert person.get(path)["Location"] == url(person, "done")


def test_not_now_ends_a_suggestion_and_nothing_else(person):
    made = suggestion(person)
    path = suggestion_url(made)
    assert person.post(path, {"not_now": "1"})["Location"] == f"/accounts/{person.debt.pk}"
    assert "no longer open" in text_of(person.get(path))
    person.post(path, {"accept": "1"})
    assert 'name="agree"' not in text_of(person.get(url(person, "check")))


def test_a_replaced_suggestion_leads_to_the_latest(person):
    made = suggestion(person)
    ask = Offer.objects.select_related("debt__debtor", "debt__creditor").get(pk=made.answers_id)
    one = offers.three_suggestions(ask, today=TODAY, now=NOW)[1]
    later = NOW + timedelta(minutes=1)
    offers.suggest(answers=ask, terms=one.terms, request=one.request, note="", by=make_staff(), now=later)
    assert f'href="/plan/{made.debt_id}/offer/2"' in text_of(person.get(f"/plan/{made.debt_id}/offer/1"))


def test_the_note_of_staff_is_shown_as_text(person):
    made = suggestion(person)
    Offer.objects.filter(pk=made.pk).update(note='<img src=x onerror="alert(1)">')
    assert "<img" not in text_of(person.get(suggestion_url(made))).replace('<img src="data', "")


# --- My plan --------------------------------------------------------------------------------------------------------


def test_my_plan_without_a_payment(person):
    plan = make_plan(person.debt)
    page = text_of(person.get(f"/plan/{plan.pk}"))
    for words in ("0 of 12 payments done", "Next: NT$1,000 on Monday 7 December 2026", "Left to pay", plan.reference):
        assert words in page


def test_policies_of_two_creditors_differ(person):
    make_policy(person.creditor, frequencies=["weekly"])
    send(person, "shape", {"shape": "even"})
    send(person, "amount", {"amount": "1000"})
    page = text_of(person.get(url(person, "date")))
    assert "Once a week" in page
    assert "Once a month" not in page
    assert 'name="day"' not in page
