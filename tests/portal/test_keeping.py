"""Until when data is kept: each branch of the table in docs/operators.md, by rule set, and what stops the clock."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from accounts import rules
from accounts.days import today_in
from accounts.models import Debt, Hold
from portal.privacy import keeping
from portal.privacy.keeping import State
from tests.factories import NOW, TODAY, make_creditor, make_debt, make_debtor, make_plan, make_policy

ZONES = {"cn": "Asia/Shanghai", "hk": "Asia/Hong_Kong", "tw": "Asia/Taipei", "uk": "Europe/London"}
ZONES |= {"eu": "Europe/Berlin", "us": "America/Chicago"}
# The contact log and, where claims stand in the way, the time for them; else the operator's five years.
YEARS = {"cn": 5, "tw": 5, "hk": 6, "uk": 6, "eu": 5, "us": 3}


def someone(region="tw", **values):
    creditor = make_creditor(region=region, time_zone=ZONES[region])
    debtor = make_debtor(creditor=creditor, time_zone=ZONES[region])
    return make_debt(creditor=creditor, debtor=debtor, **values)


def settled(region="tw"):
    debt = someone(region)
    Debt.objects.filter(pk=debt.pk).update(balance_minor=0)
    return debt


@pytest.mark.parametrize("region", YEARS)
def test_each_region_keeps_for_its_years_after_the_end(db, clock, region):
    found = keeping.of(settled(region).debtor, NOW)
    closed_on = today_in(ZONES[region], NOW)
    assert (found.state, found.closed_on) == (State.KEPT, closed_on)
    assert found.until == closed_on + relativedelta(years=YEARS[region])
    assert found.by == (rules.law_for(region, TODAY).name,)


def test_the_longest_of_several_companies_counts(db, clock):
    debt = settled("us")
    other = make_debt(creditor=make_creditor(region="uk", time_zone="Europe/London"), debtor=debt.debtor)
    Debt.objects.filter(pk=other.pk).update(state="transferred")
    assert keeping.of(debt.debtor, NOW).until == date(2032, 11, 22)


@pytest.mark.parametrize(("ahead", "state"), [(timedelta(days=0), State.KEPT), (timedelta(days=1), State.DUE)])
def test_the_last_day_is_kept_and_the_next_is_due(db, clock, ahead, state):
    debtor = settled().debtor
    assert keeping.of(debtor, NOW + relativedelta(years=5) + ahead).state is state


@pytest.mark.parametrize(
    "values", [{}, {"balance_minor": -100}, {"state": "legal", "balance_minor": 0}], ids=["owed", "credit", "court"]
)
def test_while_something_is_open_no_clock_runs(db, clock, values):
    debt = someone()
    Debt.objects.filter(pk=debt.pk).update(**values)
    found = keeping.of(debt.debtor, NOW + relativedelta(years=30))
    assert (found.state, found.until) == (State.ACTIVE, None)


def test_while_a_plan_runs_no_clock_runs(db, clock):
    creditor = make_creditor()
    make_policy(creditor)
    debt = make_debt(creditor=creditor, debtor=make_debtor(creditor=creditor))
    make_plan(debt)
    Debt.objects.filter(pk=debt.pk).update(balance_minor=0)
    assert keeping.of(debt.debtor, NOW).state is State.ACTIVE


@pytest.mark.parametrize("kind", ["court", "dispute"])
def test_a_legal_hold_stops_the_clock(db, clock, kind):
    debt = settled()
    hold = Hold.objects.create(debtor=debt.debtor, kind=kind, from_at=NOW)
    late = NOW + relativedelta(years=30)
    assert keeping.of(debt.debtor, late).state is State.HELD
    Hold.objects.filter(pk=hold.pk).update(ended_at=NOW)
    assert keeping.of(debt.debtor, late).state is State.DUE
