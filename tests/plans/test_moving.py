"""Moving a payment to a later day: what may be chosen, how often, and what it changes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts import holds, ledger, rules
from accounts.models import Event, LedgerEntry
from accounts.models.append_only import AppendOnly
from accounts.money import Money
from plans import agreements, moving, receipts
from plans.models import Instalment, Move
from plans.refusals import PlanEnded
from tests.factories import NOW, make_debt, make_plan, make_policy
from tests.races import race

FIRST = date(2026, 12, 7)  # a Monday; NT$1,000 a month, five days of grace


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


@pytest.fixture
def plan(db):
    debt = make_debt()
    make_policy(debt.creditor)
    return make_plan(debt)


def put_off(plan, to_on: date, *, number: int = 1, now: datetime = NOW):
    return moving.move(plan=plan, number=number, to_on=to_on, by=plan.debt.debtor, now=now)


@pytest.mark.parametrize(
    ("today", "number", "days"),
    [
        # 3, 5, 7, 10 and 14 days later, each moved to a working day: the 12th is a Saturday
        (date(2026, 11, 23), 1, ["2026-12-10", "2026-12-14", "2026-12-17", "2026-12-21"]),
        (FIRST, 1, ["2026-12-10", "2026-12-14", "2026-12-17", "2026-12-21"]),
        (date(2026, 12, 10), 1, ["2026-12-14", "2026-12-15", "2026-12-17", "2026-12-21", "2026-12-24"]),
        (date(2026, 12, 20), 1, ["2026-12-23", "2026-12-28", "2026-12-30", "2027-01-04"]),  # late: from today
    ],
)
def test_what_may_be_chosen(plan, today, number, days):
    may = moving.options(plan, now=at(today))
    assert (may.line.number, may.left) == (number, 2)
    assert [day.isoformat() for day in may.days] == days


def test_what_was_agreed_stands_and_progress_counts_from_the_later_day(plan):
    put_off(plan, date(2026, 12, 21))
    one = Instalment.objects.get(plan=plan, number=1)
    assert (one.due_on, one.moved_to) == (FIRST, date(2026, 12, 21))
    late = date(2026, 12, 13)  # the grace after the day agreed is over
    assert receipts.of(plan, now=at(late)).missed == 0
    assert receipts.of(plan, now=at(date(2026, 12, 27))).missed == 1
    plan.refresh_from_db()
    assert Event.objects.get(act="plan.date_moved").data == {
        "number": 1,
        "from": "2026-12-07",
        "to": "2026-12-21",
        "cancelled": 0,
    }


def test_the_others_stay_where_they_are(plan):
    before = list(Instalment.objects.filter(plan=plan).values_list("number", "due_on"))
    put_off(plan, date(2026, 12, 21))
    lines = receipts.of(plan, now=NOW).lines
    assert [(line.number, line.due_on) for line in lines[1:]] == before[1:]


def test_twice_in_a_plan_and_the_same_again_is_no_second_time(plan):
    for _ in range(2):
        put_off(plan, date(2026, 12, 10))
    assert moving.options(plan, now=NOW).left == 1
    put_off(plan, date(2026, 12, 17))
    may = moving.options(plan, now=NOW)
    assert (may.left, may.days) == (0, ())
    with pytest.raises(moving.NotMovable):
        put_off(plan, date(2026, 12, 21))
    assert (Move.objects.count(), Event.objects.filter(act="plan.date_moved").count()) == (2, 2)


@pytest.mark.parametrize(
    ("number", "day"),
    [
        (1, date(2026, 12, 12)),  # a Saturday
        (1, FIRST),
        (1, date(2026, 12, 1)),  # earlier
        (1, date(2027, 1, 4)),  # later than may be
        (2, date(2027, 1, 14)),  # not the next one
        (99, date(2026, 12, 10)),
    ],
)
def test_no_other_day_and_no_other_payment(plan, number, day):
    with pytest.raises(moving.NotMovable):
        put_off(plan, day, number=number)
    assert Move.objects.count() == 0


def test_what_came_is_not_moved_but_the_next(plan):
    amount = Money(-100_000, "TWD")
    about = {"kind": LedgerEntry.Kind.PAYMENT, "effective_on": FIRST, "entry_ref": "1", "by": "system"}
    ledger.post(debt=plan.debt, amount=amount, now=at(FIRST), **about)
    assert moving.options(plan, now=at(FIRST)).line.number == 2
    with pytest.raises(moving.NotMovable):
        put_off(plan, date(2026, 12, 10), now=at(FIRST))


def test_a_plan_that_ended_has_nothing_to_move(plan):
    agreements.stop(plan=plan, by=plan.debt.debtor, now=NOW)
    plan.refresh_from_db()
    assert moving.options(plan, now=NOW).line is None
    with pytest.raises(PlanEnded):
        put_off(plan, date(2026, 12, 10))


def test_a_pause_puts_it_off_further(plan):
    put_off(plan, date(2026, 12, 10))
    law = rules.law_for("tw", FIRST)
    until = at(date(2026, 12, 20))
    holds.place(debtor=plan.debt.debtor, kind="pause", law=law, by="system", now=at(FIRST), until=until)
    assert receipts.of(plan, now=at(date(2026, 12, 21))).lines[0].due_on == date(2026, 12, 20)


def test_a_move_is_written_once(plan):
    made = put_off(plan, date(2026, 12, 10))
    with pytest.raises(AppendOnly):
        made.save()
    with pytest.raises(AppendOnly):
        Move.objects.update(number=2)
    assert made.from_on + timedelta(days=3) == made.to_on


def test_two_taps_at_once_are_one_move(committed_db):
    debt = make_debt()
    make_policy(debt.creditor)
    plan = make_plan(debt)
    results = race([lambda: put_off(plan, date(2026, 12, 10)).pk] * 2)
    assert len(set(results)) == 1
    assert Move.objects.count() == 1
