"""Odd answers to the steps of a plan: each is kept as typed, told in a sentence, and signs nothing."""

import uuid

import pytest

from plans.models import Plan
from tests.portal.conftest import Person, text_of
from tests.portal.plan_steps import agree, choose, send, url, walk

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]  # what is tested is sentences and what is kept


def refused(person: Person, step: str, data: dict) -> str:
    """Send it, expect to come back to the same step, and give the page."""
    answer = send(person, step, data)
    assert answer.status_code == 303
    assert answer["Location"].partition("&")[0] == url(person, step)
    return text_of(person.get(answer["Location"]))


def test_an_odd_shape(person):
    for value in ("", "EVEN", "even ", "'; DROP TABLE", "reduced", "0", "None"):
        assert "Choose one" in refused(person, "shape", {"shape": value}), value


AMOUNTS = {
    "": "Enter an amount, for example 500",
    "   ": "Enter an amount, for example 500",
    "0": "Enter an amount, for example 500",
    "0.00": "Enter an amount, for example 500",
    "-5": "Enter an amount without a minus sign",
    "0.001": "Enter a whole amount, without decimals",
    "100.50": "Enter a whole amount, without decimals",
    "1e3": "Use numbers only, for example 500",
    "1E+2": "Use numbers only, for example 500",
    "abc": "Use numbers only, for example 500",
    "१२३": "Use numbers only, for example 500",
    "²": "Use numbers only, for example 500",
    "1_000": "Use numbers only, for example 500",
    "1.000,00": "Use numbers only, for example 500",
    "1'000": "Use numbers only, for example 500",
    "0x10": "Use numbers only, for example 500",
    "010": "Start with a number other than 0",
    "1/2": "Use numbers only, for example 500",
    "=1+1": "Use numbers only, for example 500",
    "$100": "Leave out the currency sign. Use numbers only",
    "100元": "Leave out the currency sign. Use numbers only",
    "NaN": "Use numbers only, for example 500",
    "9" * 14: "This number is too long",
    "9" * 5_000: "This number is too long",
    "12001": "That is more than you owe. The most you can enter is NT$12,000",
    "<script>alert(1)</script>": "Use numbers only, for example 500",
    "\x00": "Null characters are not allowed.",
}


def test_an_odd_amount(person):
    send(person, "shape", {"shape": "even"})
    for typed, sentence in AMOUNTS.items():
        page = refused(person, "amount", {"amount": typed})
        assert sentence in page, typed
        assert "<script>alert" not in page


def test_typing_is_forgiven(person):
    send(person, "shape", {"shape": "even"})
    for typed in ("1000", "1,000", " 1000 ", "１０００", "1 000", "1000.00", "12000"):
        assert send(person, "amount", {"amount": typed})["Location"] == url(person, "date"), typed


def test_what_was_typed_is_kept(person):
    send(person, "shape", {"shape": "even"})
    assert 'value="12 apples"' in refused(person, "amount", {"amount": "12 apples"})


PRESSED = [("", "more", "500"), ("500", "more", "1000"), ("500", "less", ""), ("12000", "more", "12000")]


def test_plus_and_minus_without_script(person):
    send(person, "shape", {"shape": "even"})
    for typed, button, after in [*PRESSED, ("x", "more", "x")]:
        page = refused(person, "amount", {"amount": typed, button: "1"})
        assert (f'name="amount" value="{after}"' if after else 'name="amount"') in page, typed
        assert (f'value="{after}"' in page) == bool(after), typed


def test_below_the_floor_is_no_error(person):
    send(person, "shape", {"shape": "even"})
    page = refused(person, "amount", {"amount": "100", "work": "1"})
    assert "This would need a person to agree. You can send it, or try another amount." in page
    assert "Please check" not in page
    assert send(person, "amount", {"amount": "100"})["Location"] == url(person, "date")


def test_made_up_fields_change_nothing(person):
    walk(person)
    choose(person)
    agree(person, total="1", discount="999999", currency="USD", debt_id=str(uuid.uuid4()), state="completed")
    plan = Plan.objects.get()
    assert (plan.total_minor, plan.discount_minor, plan.debt) == (1_200_000, 0, person.debt)


RHYTHMS = [
    ({}, "Choose one"),
    ({"frequency": "daily"}, "Choose one"),
    ({"frequency": "monthly"}, "Choose one"),
    ({"day": "7"}, "Choose one"),
    ({"day": "other"}, "Enter a day of the month, from 1 to 31"),
    ({"other_day": "0"}, "Enter a day of the month, from 1 to 31"),
    ({"day": "other", "other_day": "32"}, "Enter a day of the month, from 1 to 31"),
    ({"day": "other", "other_day": "3.0"}, "Enter a day of the month, from 1 to 31"),
    ({"day": "other", "other_day": "-1"}, "Enter a day of the month, from 1 to 31"),
    ({"day": "other", "other_day": "9" * 5_000}, "Enter a day of the month, from 1 to 31"),
]


def test_an_odd_rhythm(person):
    send(person, "shape", {"shape": "even"})
    send(person, "amount", {"amount": "1000"})
    for data, sentence in RHYTHMS:
        assert sentence in refused(person, "date", data), data


def other(year: str, month: str, day: str) -> dict:
    return {"first_on": "other", "year": year, "month": month, "date": day}


DATES = [
    ({}, "Choose one"),
    ({"first_on": "2026-12-06"}, "Choose one"),
    ({"first_on": "1999-01-01"}, "Choose one"),
    (other("", "", ""), "This day does not exist. Enter year, month and day"),
    (other("2027", "2", "30"), "This day does not exist. Enter year, month and day"),
    (other("2027", "2", "29"), "This day does not exist. Enter year, month and day"),
    (other("2026", "13", "1"), "This day does not exist. Enter year, month and day"),
    (other("0000", "1", "1"), "This day does not exist. Enter year, month and day"),
    (other("x", "1", "1"), "This day does not exist. Enter year, month and day"),
    (other("2026", "11", "22"), "The first payment can be on Tuesday 24 November 2026 at the earliest."),
    (other("2026", "11", "23"), "The first payment can be on Tuesday 24 November 2026 at the earliest."),
    (other("0001", "1", "1"), "The first payment can be on Tuesday 24 November 2026 at the earliest."),
    (other("2027", "1", "8"), "The first payment can be on Thursday 7 January 2027 at the latest."),
    (other("9999", "12", "31"), "The first payment can be on Thursday 7 January 2027 at the latest."),
]


def test_an_odd_first_date(person):
    walk(person, first_on="nonsense")
    for data, sentence in DATES:
        assert sentence in refused(person, "date", {"first": "1", **data}), data


@pytest.mark.parametrize(
    ("typed", "due"),
    [
        (("2026", "12", "24"), "2026-12-24"),
        (("２０２６", "１２", "２４"), "2026-12-24"),
        (("2026年", "12月", "26日"), "2026-12-28"),
    ],
)
def test_another_first_date_moves_to_a_working_day(person, typed, due):
    walk(person, first_on="nonsense")
    send(person, "date", {"first": "1", **other(*typed)})
    choose(person)
    agree(person)
    assert Plan.objects.get().instalments.first().due_on.isoformat() == due


def test_near_dates_say_when_banks_are_closed(person):
    walk(person, first_on="nonsense")
    page = text_of(person.get(url(person, "date")))
    assert "Monday 7 December 2026 (moved, banks are closed on 5 Dec 2026)" in page
    assert "Tuesday 5 January 2027" in page


def test_an_odd_choice_of_an_offer(person):
    walk(person)
    for value in ("", "x", str(uuid.uuid4()), "0"):
        assert "Choose one" in refused(person, "offers", {"choice": value}), value


BUDGETS = [
    ({"wages": "abc"}, "Use numbers only, for example 500"),
    ({"wages": "-1", "consent": "on"}, "Enter an amount without a minus sign"),
    ({"wages": "9" * 40, "consent": "on"}, "This number is too long"),
    ({"wages": "1000"}, "Tick this, or skip the figures"),
]


def test_odd_figures(person):
    walk(person)
    for data, sentence in BUDGETS:
        assert sentence in refused(person, "budget/1", data), data


def test_figures_may_be_left_out_or_nothing(person):
    walk(person)
    for data in ({}, {"wages": "0", "consent": "on"}):
        assert send(person, "budget/1", data)["Location"] == url(person, "budget/2"), data


SIGNATURES = [
    ({"agree": ""}, "Tick this if you agree to the plan"),
    ({"version": "9"}, "This changed while you were away. Here is the latest"),
    ({"version": "x"}, ""),
    ({"version": "99999999999999999999"}, ""),
    ({"offer": str(uuid.uuid4())}, "This suggestion is no longer open. Here is the latest."),
    ({"offer": "x"}, ""),
    ({"balance": "1"}, "The amount changed since this plan was worked out. Please look at it again."),
]


def test_an_odd_signature_signs_nothing(person):
    walk(person)
    choose(person)
    for changed, sentence in SIGNATURES:
        answer = agree(person, **changed)
        assert (answer.status_code, answer["Location"]) == (303, url(person, "check")), changed
        assert sentence in text_of(person.get(url(person, "check"))), changed
        assert Plan.objects.count() == 0, changed
