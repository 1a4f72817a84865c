"""P22, and the choice of reminders on P20."""

import pytest
from django.test import Client

from plans.models import Move
from portal.contact.models import Wish
from tests.factories import make_debt, make_debtor, make_plan, make_policy, sign_in

pytestmark = [
    pytest.mark.usefixtures("clock"),
    pytest.mark.one_engine,
]  # about pages; what they ask of the database is in test_queries.py


@pytest.fixture
def plan(db):
    debt = make_debt(debtor=make_debtor(language="en"))
    make_policy(debt.creditor)
    return make_plan(debt)


@pytest.fixture
def inside(client, plan):
    sign_in(client, plan.debt.debtor)
    client.cookies["language"] = "en"
    return client


def shown(client, path) -> str:
    return client.get(path).content.decode()


def test_a_payment_is_moved_with_a_choice_and_a_press(inside, plan):
    path = f"/plan/{plan.pk}/change"
    page = shown(inside, path)
    assert "Payment 1: NT$1,000 on Monday 7 December 2026" in page
    assert "checked" not in page
    for _ in range(2):
        response = inside.post(path, {"day": "2026-12-10"})
        assert (response.status_code, response.headers["Location"]) == (303, f"/plan/{plan.pk}")
    page = shown(inside, f"/plan/{plan.pk}")
    assert "Payment 1 is now on Thursday 10 December 2026." in page
    assert Move.objects.count() == 1
    assert "Thursday 10 December 2026" in shown(inside, path)


@pytest.mark.parametrize("data", [{}, {"day": "2026-12-12"}, {"day": "x"}, {"day": "2030-01-01"}])
def test_a_day_that_is_not_offered_is_asked_for_again(inside, plan, data):
    path = f"/plan/{plan.pk}/change"
    assert inside.post(path, data).headers["Location"] == path
    assert shown(inside, path).count("Choose one") == 2
    assert Move.objects.count() == 0


def test_after_two_moves_a_person_is_there(inside, plan):
    path = f"/plan/{plan.pk}/change"
    for day in ("2026-12-10", "2026-12-15"):
        inside.post(path, {"day": day})
    page = shown(inside, path)
    assert ("moved twice already" in page, 'name="day"' in page, 'href="/messages"' in page) == (True, False, True)


def test_hidden_amounts_stay_hidden(inside, plan):
    type(plan.debt.debtor).objects.update(hide_amounts=True)
    assert "1,000" not in shown(inside, f"/plan/{plan.pk}/change")


def test_somebody_else_finds_nothing(plan):
    other = Client()
    sign_in(other, make_debt().debtor)
    assert other.get(f"/plan/{plan.pk}/change").status_code == 404
    assert other.post(f"/plan/{plan.pk}/change", {"day": "2026-12-10"}).status_code == 404
    assert Move.objects.count() == 0


def test_other_methods(inside, plan):
    assert inside.generic("PUT", f"/plan/{plan.pk}/change").status_code == 405


# --- The end of making a plan: shall we remind you? ------------------------------------------------------------------


def test_nothing_is_chosen_and_a_choice_is_kept_once(inside, plan):
    path = f"/plan/new/done?debt={plan.debt.pk}"
    page = shown(inside, path)
    assert ('name="instalments"' in page, "checked" in page) == (True, False)
    assert Wish.objects.count() == 0
    response = inside.post("/preferences", {"instalments": "yes", "then": path})
    assert (response.status_code, response.headers["Location"]) == (303, path)
    assert Wish.objects.get().instalment_texts
    page = shown(inside, path)
    assert ("We remind you of each payment" in page, 'name="instalments"' in page) == (True, False)


def test_no_choice_is_asked_for_again_where_it_was(inside, plan):
    path = f"/plan/new/done?debt={plan.debt.pk}"
    assert inside.post("/preferences", {"instalments": "", "then": path}).headers["Location"] == path
    assert shown(inside, path).count("Choose one") == 2
    assert Wish.objects.count() == 0


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example", "/desk/", "/sign-out"])
def test_it_leads_nowhere_else(inside, then):
    assert inside.post("/preferences", {"instalments": "no", "then": then}).headers["Location"] == "/home"
