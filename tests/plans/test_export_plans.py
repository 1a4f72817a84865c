import csv
import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts import holds, outcomes, rules
from accounts.models import Debt
from accounts.money import Money
from plans import agreements, export
from plans.terms import Shape
from tests.factories import (
    NOW,
    TODAY,
    make_check,
    make_creditor,
    make_debt,
    make_debtor,
    make_entry,
    make_plan,
    make_policy,
    make_staff,
)

pytestmark = pytest.mark.django_db


def exported(**options) -> list[dict]:
    out = io.StringIO()
    call_command("export_plans", stdout=out, **{"since": "2026-11-01T00:00:00+08:00"} | options)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def told(rows: list[dict]) -> list[tuple]:
    return [(row["what"], row["debt_ref"]) for row in rows]


def make_known_debt(**values) -> Debt:
    creditor = make_creditor()
    return make_debt(creditor=creditor, debtor=make_debtor(creditor=creditor), **values)


def test_an_agreed_plan_is_told_with_its_schedule():
    debt = make_known_debt(balance_minor=300_000)
    plan = make_plan(debt)
    (row,) = exported()
    assert {name: row[name] for name in export.COLUMNS if name not in ("event", "at")} == {
        "what": "agreed",
        "creditor": debt.creditor.name,
        "debtor_ref": debt.debtor.refs.get().debtor_ref,
        "debt_ref": debt.debt_ref,
        "plan": plan.reference,
        "currency": "TWD",
        "total": "3000",
        "discount": "0",
        "instalments": "3",
        "schedule": "; ".join(f"{one.due_on} 1000" for one in plan.instalments.all()),
        "until": "",
        "reason": "",
        "part": "",
        "booked": "",
        "reverses_ref": "",
    }
    assert row["at"] == "2026-11-23T04:00:00+00:00"


def test_what_ends_a_plan_is_told():
    debt = make_known_debt()
    plan = make_plan(debt)
    agreements.stop(plan=plan, by=debt.debtor, now=NOW + timedelta(hours=1))
    assert told(exported()) == [("agreed", debt.debt_ref), ("stopped", debt.debt_ref)]


def test_a_pause_of_everything_is_a_row_for_each_debt_and_a_hold_of_another_kind_is_none():
    debtor = make_debtor()
    first, second = (make_debt(debtor=debtor, creditor=make_creditor()) for _ in range(2))
    law = rules.law_for("tw", TODAY)
    holds.place(debtor=debtor, kind="pause", law=law, by=debtor, now=NOW, until=NOW + timedelta(days=30), reason="ill")
    holds.place(debtor=debtor, kind="vulnerability", law=law, by="system", now=NOW)
    rows = exported()
    assert told(rows) == [("paused", first.debt_ref), ("paused", second.debt_ref)]
    assert {row["until"] for row in rows} == {"2026-12-23T04:00:00+00:00"}
    assert {row["reason"] for row in rows} == {"ill"}
    assert told(exported(creditor=second.creditor.name)) == [("paused", second.debt_ref)]


def test_a_dispute_and_its_end_are_told():
    debt = make_known_debt()
    hold = make_check(debt, 50_000, reason="paid")
    about = {"hold": hold, "debt": debt, "result": "not_upheld", "corrected": None, "why": "It stands."}
    outcomes.propose(**about, by=make_staff(), now=NOW + timedelta(days=1))
    rows = [(row["what"], row["debt_ref"], row["reason"], row["part"]) for row in exported()]
    assert rows == [
        ("disputed", debt.debt_ref, "paid", ""),
        ("dispute narrowed", debt.debt_ref, "paid", "500"),
        ("dispute ended", debt.debt_ref, "not_upheld", "500"),
    ]
    assert told(exported(since="2026-11-24T00:00:00Z")) == [("dispute ended", debt.debt_ref)]


def test_what_a_check_put_right_is_told_with_its_amount_for_the_debt_it_was_put_right_in():
    debtor = make_debtor()
    debt, other = (make_debt(debtor=debtor, creditor=make_creditor()) for _ in range(2))
    fee = make_entry(debt, kind="fee", amount_minor=3_050, entry_ref="-F1")
    about = {"debtor": debtor, "kind": "dispute", "law": rules.law_for("tw", TODAY), "by": debtor}
    for hours, put_right in enumerate(({"corrected": Money(50_000, "TWD")}, {"corrected": None, "reverses": fee})):
        now = NOW + timedelta(hours=hours)
        hold = holds.place(**about, now=now)
        outcome = outcomes.propose(
            hold=hold, debt=debt, result="partly", why="It was so.", by=make_staff(), now=now, **put_right
        )
        outcomes.approve(outcome=outcome, by=make_staff(), now=now)
    ended = [row for row in exported() if row["what"] == "dispute ended"]
    assert [(row["debt_ref"], row["booked"], row["reverses_ref"]) for row in ended] == [
        (debt.debt_ref, "-500", ""), (other.debt_ref, "", ""),
        (debt.debt_ref, "-30.50", "'-F1"), (other.debt_ref, "", ""),
    ]  # fmt: skip


def test_what_a_kept_plan_lets_go_is_told_with_its_amount():
    debt = make_known_debt(balance_minor=300_000)
    make_policy(debt.creditor, settlement_ladder=[[3, 3_000]])
    plan = make_plan(debt, shape=Shape.REDUCED)
    agreements.complete(plan=plan, now=NOW + timedelta(hours=1))
    assert [(row["what"], row["booked"]) for row in exported()] == [("agreed", ""), ("completed", "-900")]


def test_a_cell_cannot_be_run_as_a_formula():
    debt = make_known_debt(debt_ref="=1+1")
    make_plan(debt)
    assert told(exported()) == [("agreed", "'=1+1")]


@pytest.mark.parametrize("since", ["yesterday", "2026-11-01", "2026-11-01T00:00:00", "2026-13-01T00:00:00Z", ""])
def test_an_instant_that_is_none_is_refused_with_a_sentence(since):
    with pytest.raises(CommandError, match="--since"):
        exported(since=since)


def test_an_unknown_creditor_is_refused_with_a_sentence():
    with pytest.raises(CommandError, match="no creditor"):
        exported(creditor="Nobody")


def test_the_export_takes_as_many_queries_for_three_plans_as_for_one(django_assert_num_queries):
    make_plan(make_known_debt())
    with django_assert_num_queries(5):
        assert len(exported()) == 1
    for _ in range(2):
        make_plan(make_known_debt())
    with django_assert_num_queries(5):
        assert len(exported()) == 3
