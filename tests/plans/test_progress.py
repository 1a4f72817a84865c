"""Oldest instalment first; nothing is late before its grace days are over."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.money import Money
from plans.progress import State, progress
from plans.schedule import Instalment

FIRST = date(2026, 12, 1)
DUE = tuple(
    Instalment(
        number, FIRST + timedelta(days=30 * (number - 1)), FIRST + timedelta(days=30 * (number - 1)), Money(100, "CNY")
    )
    for number in (1, 2, 3)
)


def states(receipts, today, grace_days=5):
    now = progress(instalments=DUE, receipts=receipts, today=today, grace_days=grace_days)
    return "".join(
        {"received": "R", "partly": "p", "next": "n", "later": "-", "late": "L"}[line.state] for line in now.lines
    )


@pytest.mark.parametrize(
    ("receipts", "day", "expected"),
    [
        ([], -10, "n--"),
        ([], 0, "n--"),
        ([], 5, "n--"),
        ([], 6, "Ln-"),
        ([], 36, "LLn"),
        ([], 100, "LLL"),
        ([(0, 100)], 0, "Rn-"),
        ([(0, 40)], 0, "p--"),
        ([(0, 40)], 6, "Ln-"),
        ([(0, 150)], 6, "Rp-"),
        ([(0, 300)], 6, "RRR"),
        ([(0, 350)], 6, "RRR"),
        ([(0, 200), (3, -100)], 2, "RRn"),
        ([(0, 200), (3, -100)], 3, "Rn-"),
        ([(7, 100)], 6, "Ln-"),
        ([(0, -50)], 6, "Ln-"),
    ],
)
def test_states(receipts, day, expected):
    dated = [(FIRST + timedelta(days=after), minor) for after, minor in receipts]
    assert states(dated, FIRST + timedelta(days=day)) == expected


def test_the_counts_of_a_plan_in_the_middle():
    now = progress(instalments=DUE, receipts=[(FIRST, 130)], today=FIRST + timedelta(days=36), grace_days=5)
    assert (now.paid_minor, now.left_minor, now.over_minor, now.due_now_minor) == (130, 170, 0, 70)
    assert (now.done, now.missed, now.ahead, now.finished) == (1, 1, 0, False)
    assert (now.next.number, now.oldest_late.number, now.oldest_late.left_minor) == (3, 2, 70)


def test_a_plan_paid_sooner():
    now = progress(instalments=DUE, receipts=[(FIRST, 350)], today=FIRST, grace_days=5)
    assert (now.paid_minor, now.left_minor, now.over_minor, now.due_now_minor) == (300, 0, 50, 0)
    assert (now.done, now.missed, now.ahead, now.finished, now.next) == (3, 0, 2, True, None)


def test_due_now_does_not_wait_for_grace():
    now = progress(instalments=DUE, receipts=[], today=FIRST, grace_days=5)
    assert (now.due_now_minor, now.missed) == (100, 0)


@pytest.mark.parametrize(
    ("checked", "payable", "received", "expected", "left"),
    [
        (0, 300, 0, "LLn", [100, 100, 100]),
        (100, 300, 0, "LLc", [100, 100, 0]),
        (150, 300, 0, "LLc", [100, 50, 0]),
        (0, 150, 0, "LLc", [100, 50, 0]),  # no more is asked for than is payable
        (300, 300, 0, "ccc", [0, 0, 0]),
        (999, 300, 130, "Rcc", [0, 0, 0]),
        (100, 300, 130, "RLc", [0, 70, 0]),
        (100, 300, 250, "RRc", [0, 0, 0]),  # more came than was asked for
        (100, 300, 300, "RRR", [0, 0, 0]),
    ],
)
def test_the_last_instalments_wait_for_a_check(checked, payable, received, expected, left):
    day, came = FIRST + timedelta(days=40), [(FIRST, received)]
    about = {"instalments": DUE, "receipts": came, "today": day, "grace_days": 5}
    now = progress(**about, most_minor=300, payable_minor=payable, checked_minor=checked)
    signs = {"received": "R", "partly": "p", "next": "n", "later": "-", "late": "L", "checked": "c"}
    assert "".join(signs[line.state] for line in now.lines) == expected
    assert [line.left_minor for line in now.lines] == left
    assert now.finished is (received == 300)


receipts_of = st.lists(st.tuples(st.dates(FIRST, FIRST + timedelta(days=120)), st.integers(-300, 300)), max_size=8)


@given(receipts_of, st.dates(FIRST - timedelta(days=5), FIRST + timedelta(days=200)), st.integers(0, 30))
def test_every_unit_received_is_somewhere(receipts, today, grace):
    now = progress(instalments=DUE, receipts=receipts, today=today, grace_days=grace)
    received = max(0, sum(minor for day, minor in receipts if day <= today))
    assert now.paid_minor + now.over_minor == received
    assert now.paid_minor + now.left_minor == 300
    assert sum(line.paid_minor for line in now.lines) == now.paid_minor
    assert [line.paid_minor for line in now.lines] == sorted((line.paid_minor for line in now.lines), reverse=True)
    assert now.lines == progress(instalments=DUE[::-1], receipts=receipts[::-1], today=today, grace_days=grace).lines


@given(
    receipts_of, st.dates(FIRST, FIRST + timedelta(days=200)), st.integers(0, 400), st.integers(0, 400),
    st.integers(0, 400),
)  # fmt: skip
def test_a_plan_stays_whole_while_a_part_of_it_is_checked(receipts, today, owed, checked, disputed):
    about = {"instalments": DUE, "receipts": receipts, "today": today, "grace_days": 5, "most_minor": owed}
    without = progress(**about)
    payable = max(0, owed - disputed)
    now = progress(**about, payable_minor=payable, checked_minor=checked)
    assert now.left_minor + now.checked_minor == without.left_minor  # open + disputed = balance
    assert now.left_minor <= payable
    assert now.checked_minor == min(without.left_minor, max(checked, without.left_minor - payable, 0))
    assert [(line.amount_minor, line.paid_minor) for line in now.lines] == [
        (line.amount_minor, line.paid_minor) for line in without.lines
    ]
    assert (now.due_now_minor, now.missed) <= (without.due_now_minor, without.missed)
    assert now.finished == without.finished


@given(receipts_of, st.dates(FIRST, FIRST + timedelta(days=200)), st.integers(1, 400))
def test_paying_more_never_looks_worse(receipts, today, more):
    before = progress(instalments=DUE, receipts=receipts, today=today, grace_days=5)
    after = progress(instalments=DUE, receipts=[*receipts, (FIRST, more)], today=today, grace_days=5)
    assert (after.done, after.missed, after.due_now_minor) >= (before.done, 0, 0)
    assert after.missed <= before.missed
    assert after.due_now_minor <= before.due_now_minor


@given(receipts_of, st.dates(FIRST, FIRST + timedelta(days=200)))
def test_one_instalment_at_most_is_next(receipts, today):
    now = progress(instalments=DUE, receipts=receipts, today=today, grace_days=5)
    assert sum(line.state is State.NEXT for line in now.lines) <= 1
    assert (now.next is None) == all(line.state in (State.RECEIVED, State.LATE) for line in now.lines)
