"""Terms are kept as text that reads back exactly, or not at all."""

from dataclasses import fields
from datetime import date

import pytest

from accounts.money import Money
from plans.schedule import Frequency, place
from plans.terms import Policy, Request, Shape, Terms

TOTAL, THIRD = Money(3_600_000, "TWD"), Money(1_200_000, "TWD")
THREE = Terms(
    shape=Shape.EVEN,
    frequency=Frequency.MONTHLY,
    instalments=place([THIRD] * 3, first_on=date(2026, 12, 10), frequency=Frequency.MONTHLY, region="tw"),
    total=TOTAL,
    discount=Money(0, "TWD"),
)


def test_terms_are_kept_as_canonical_text():
    terms = THREE
    assert terms.to_json() == (
        '{"currency":"TWD","discount":0,"frequency":"monthly","instalments":['
        '{"amount":1200000,"due_on":"2026-12-10","nominal_on":"2026-12-10","number":1},'
        '{"amount":1200000,"due_on":"2027-01-11","nominal_on":"2027-01-10","number":2},'
        '{"amount":1200000,"due_on":"2027-02-11","nominal_on":"2027-02-10","number":3}],'
        '"shape":"even","total":3600000,"version":1}'
    )
    assert Terms.from_json(terms.to_json()) == terms
    assert terms.sha256 == Terms.from_json(terms.to_json()).sha256
    assert len(terms.sha256) == 64


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"amount":1200000', '"amount":1200001'),
        ('"number":2', '"number":3'),
        ('"discount":0', '"discount": 0'),
        ('"discount":0', '"discount":-1'),
        ('"version":1', '"version":2'),
        ('"version":1', '"version":1,"x":1'),
        ('"due_on":"2027-01-11"', '"due_on":"2026-12-10"'),
        ('"shape":"even"', '"shape":"odd"'),
        ("TWD", "XXX"),
        ("{", "["),
        ('"total":3600000,', ""),
    ],
)
def test_text_that_is_not_quite_terms_is_refused(old, new):
    text = THREE.to_json()
    assert old in text
    with pytest.raises(ValueError):
        Terms.from_json(text.replace(old, new, 1))


def test_the_policy_is_read_from_a_row():
    class Row:
        currency, smallest_instalment_minor, frequencies = "TWD", 50_000, ["monthly", "weekly"]
        settlement_ladder, pause_days = [[1, 3_000]], [14]

    for field in fields(Policy):
        if not hasattr(Row, field.name):
            setattr(Row, field.name, field.default)
    read = Policy.of(Row())
    assert (read.frequencies, read.settlement_ladder, read.pause_days) == (
        (Frequency.MONTHLY, Frequency.WEEKLY),
        ((1, 3_000),),
        (14,),
    )
    assert hash(read)


def test_what_is_paid_most_times():
    amounts = [Money(minor, "TWD") for minor in (500_000, 100_000, 100_000, 50_000)]
    placed = place(amounts, first_on=date(2026, 12, 10), frequency=Frequency.WEEKLY, region="tw")
    total = Money(750_000, "TWD")
    terms = Terms(
        shape=Shape.EVEN, frequency=Frequency.WEEKLY, instalments=placed, total=total, discount=Money(0, "TWD")
    )
    assert (terms.instalment, terms.largest, terms.count, terms.months) == (amounts[1], amounts[0], 4, 1)
    assert (THREE.instalment, THREE.first_on, THREE.last_on) == (
        THIRD,
        date(2026, 12, 10),
        date(2027, 2, 11),
    )


@pytest.mark.parametrize("day", [0, 32, -1])
def test_a_day_of_the_month_is_one(day):
    with pytest.raises(ValueError, match="day of the month"):
        Request(shape=Shape.EVEN, first_on=date(2026, 12, 10), anchor_day=day)
