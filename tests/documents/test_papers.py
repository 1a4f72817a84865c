"""What a paper says is what the ledger says, in the period and at the instant."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.money import Money
from plans.models import Plan
from portal.documents import papers, sheets
from tests.documents.conftest import a_statement, make_plan
from tests.factories import NOW, TODAY, make_debt, make_entry

START = dt.date(2026, 9, 1)


@pytest.fixture
def debt(db):
    """12,000.00 on 1 August, then a fee, a payment, interest and a reversal-like correction."""
    debt = make_debt(balance_minor=1_200_000)
    make_entry(debt, kind="fee", amount_minor=5_000, effective_on=dt.date(2026, 8, 20))
    make_entry(debt, kind="payment", amount_minor=-200_000, effective_on=dt.date(2026, 9, 3), description="轉帳")
    make_entry(debt, kind="interest", amount_minor=1_500, effective_on=dt.date(2026, 9, 30))
    make_entry(debt, kind="adjustment", amount_minor=-700, effective_on=TODAY)
    return debt


def test_a_statement_adds_up_like_the_ledger(debt):
    paper = papers.statement(debt, start=START, end=TODAY, as_of=NOW)
    assert (paper.opening, paper.closing) == (1_205_000, 1_005_800)
    assert [(line.on, line.kind, line.amount, line.balance) for line in paper.lines] == [
        ("2026-09-03", "payment", -200_000, 1_005_000),
        ("2026-09-30", "interest", 1_500, 1_006_500),
        ("2026-11-23", "adjustment", -700, 1_005_800),
    ]


def test_everything_begins_with_the_first_entry(debt):
    paper = papers.statement(debt, start=None, end=TODAY, as_of=NOW)
    assert (paper.start, paper.opening, len(paper.lines)) == ("2026-08-01", 0, 5)


def test_an_empty_period_has_its_balance(debt):
    paper = papers.statement(debt, start=dt.date(2026, 10, 1), end=dt.date(2026, 10, 31), as_of=NOW)
    assert (paper.opening, paper.closing, paper.lines) == (1_006_500, 1_006_500, ())


def test_what_was_posted_after_the_instant_is_not_there(debt):
    later = NOW + dt.timedelta(minutes=1)
    make_entry(debt, amount_minor=-100, effective_on=START, posted_at=later)
    assert papers.statement(debt, start=START, end=TODAY, as_of=NOW).closing == 1_005_800
    assert papers.statement(debt, start=START, end=TODAY, as_of=later).closing == 1_005_700


def test_a_period_ends_today_at_the_latest(debt):
    assert papers.statement(debt, start=START, end=dt.date(2030, 1, 1), as_of=NOW).end == "2026-11-23"


@pytest.mark.parametrize("start", [dt.date(2026, 11, 24), dt.date(2027, 1, 1)])
def test_a_period_upside_down_is_refused(debt, start):
    with pytest.raises(papers.PeriodUpsideDown):
        papers.statement(debt, start=start, end=TODAY, as_of=NOW)


def test_a_period_too_long_is_refused(debt, monkeypatch):
    monkeypatch.setattr(papers, "MOST_ROWS", 2)
    with pytest.raises(papers.PeriodTooLong):
        papers.statement(debt, start=START, end=TODAY, as_of=NOW)


def test_a_statement_costs_four_queries(debt, django_assert_num_queries):
    with django_assert_num_queries(4):  # first day, balance before it, entries, running plan
        papers.statement(debt, start=None, end=TODAY, as_of=NOW)


@settings(max_examples=200)
@given(opening=st.integers(-(10**9), 10**9), amounts=st.lists(st.integers(-(10**7), 10**7), max_size=30))
def test_any_statement_thaws_as_it_was_frozen(opening, amounts):
    lines, balance = [], opening
    for amount in amounts:
        balance += amount
        lines.append(papers.Line("2026-01-01", "charge", "", amount, balance))
    base = a_statement("en", rows=0, dues=2)
    paper = papers.dataclasses.replace(base, opening=opening, closing=balance, lines=tuple(lines))
    content = papers.freeze(paper)
    assert papers.thaw("statement", content) == paper
    assert papers.freeze(papers.thaw("statement", content)) == content


def test_an_agreement_says_what_was_agreed(debt):
    plan = make_plan(debt, count=12, amount_minor=100_000, discount_minor=200)
    paper = papers.agreement(plan, as_of=NOW)
    assert (paper.balance, paper.total, paper.discount) == (1_200_200, 1_200_000, 200)
    assert sum(due.amount for due in paper.dues) == paper.total
    assert (paper.dues[0].on, paper.dues[-1].on) == ("2026-12-01", "2027-11-01")
    assert papers.thaw("agreement", papers.freeze(paper)) == paper


def test_an_agreement_whose_terms_were_touched_is_refused(debt):
    plan = make_plan(debt)
    plan.terms_hash = "0" * 64
    with pytest.raises(ValueError, match="do not match"):
        papers.agreement(plan, as_of=NOW)


def test_an_agreement_states_the_sum_in_capital_numerals(debt):
    paper = papers.agreement(make_plan(debt), as_of=NOW)
    sheet = sheets.sheet(paper, language="zh-hant", proof=sheets.Proof("", "", ""))
    assert "新臺幣12,000元（大寫：壹萬貳仟元整）" in {fact.value for fact in sheet.facts}


def test_a_running_plan_stands_on_the_statement(debt):
    plan = make_plan(debt, count=3)
    paper = papers.statement(debt, start=START, end=TODAY, as_of=NOW)
    assert (paper.plan_reference, [due.amount for due in paper.dues]) == (plan.reference, [100_000] * 3)
    Plan.objects.filter(pk=plan.pk).update(state="stopped", ended_at=NOW)
    assert papers.statement(debt, start=START, end=TODAY, as_of=NOW).dues == ()


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_the_glance_adds_up_to_the_last_line(debt, language):
    paper = papers.statement(debt, start=START, end=TODAY, as_of=NOW)
    sheet = sheets.sheet(paper, language=language, proof=sheets.Proof("", "", ""))
    assert sheet.sums[0].value == Money(1_205_000, "TWD").format(language, "tw")
    assert sheet.sums[-1].value == sheet.rows[-1].balance == Money(1_005_800, "TWD").format(language, "tw")


def test_a_credit_is_named_as_one(debt):
    make_entry(debt, amount_minor=-2_000_000, effective_on=TODAY)
    paper = papers.statement(debt, start=START, end=TODAY, as_of=NOW)
    last = sheets.sheet(paper, language="en", proof=sheets.Proof("", "", "")).sums[-1]
    assert (last.label, last.value) == ("In your favour at the end of 23 Nov 2026", "NT$9,942")
