"""What a check means for a plan: what is left to plan, what a running one waits for, and when none can be made."""

import re
from datetime import timedelta

import pytest

from accounts import disputes, holds, knocks, ledger, outcomes, rules
from accounts.models import Debt
from accounts.money import Money
from plans import agreements, receipts, refusals, situation
from plans.models import Instalment, Plan
from tests.factories import NOW, TODAY, make_plan, make_staff
from tests.portal.checking import afresh, check_of, opened, proposed
from tests.portal.conftest import text_of


def test_a_plan_is_made_of_the_rest(person):
    check_of(person, part=300_000)
    person.debt.refresh_from_db()
    plan = make_plan(person.debt)
    assert (plan.total_minor, plan.balance_minor) == (900_000, 900_000)


def test_a_running_plan_expects_no_more_than_the_rest_and_does_not_end_by_it(person):
    plan = make_plan(person.debt)  # twelve of NT$1,000
    hold = check_of(person, part=1_050_000)
    plan.debt.refresh_from_db()
    standing = receipts.of(plan, now=NOW)
    assert [line.amount_minor for line in standing.lines] == [100_000] * 12  # the plan stays whole
    assert [line.left_minor for line in standing.lines] == [100_000, 50_000] + [0] * 10
    assert (standing.left_minor, standing.checked_minor) == (150_000, 1_050_000)
    later = NOW + timedelta(days=400)
    agreements.keep_up(now=later)
    ledger.post(
        debt=plan.debt, kind="payment", amount=Money(-150_000, "TWD"), effective_on=TODAY + timedelta(days=1),
        entry_ref="paid", by="system", now=NOW + timedelta(days=1),
    )  # fmt: skip
    holds.end(hold=hold, by="system", now=NOW)
    plan.debt.refresh_from_db()
    assert receipts.of(plan, now=NOW + timedelta(days=2)).left_minor == 1_050_000


def test_a_plan_that_takes_something_off_waits_for_as_much_less(person):
    plan = make_plan(person.debt)
    plan.balance_minor = 1_600_000  # as if NT$4,000 were to be let go at its end
    Debt.objects.update(balance_minor=1_600_000)
    check_of(person, part=400_000)
    plan.debt.refresh_from_db()
    standing = receipts.of(plan, now=NOW)
    assert (standing.left_minor, standing.checked_minor) == (900_000, 300_000)


@pytest.mark.parametrize("paid", [0, 100_000])
def test_what_is_put_right_comes_off_a_plan_that_takes_something_off(person, paid):
    plan = make_plan(person.debt)
    plan.balance_minor, plan.discount_minor = 1_600_000, 400_000  # as if so much were to be let go at its end
    about = {"debt": person.debt, "effective_on": TODAY, "by": "system", "now": NOW + timedelta(minutes=1)}
    Debt.objects.update(balance_minor=1_600_000)
    if paid:
        ledger.post(kind="payment", amount=Money(-paid, "TWD"), entry_ref="paid", **about)
    later = NOW + timedelta(minutes=2)
    outcome = proposed(check_of(person, part=400_000), minor=400_000)
    assert receipts.of(afresh(plan), now=later).left_minor == 900_000 - paid
    outcomes.approve(outcome=outcome, by=make_staff(), now=NOW)
    standing = receipts.of(afresh(plan), now=later)
    assert (standing.left_minor, standing.checked_minor) == (900_000 - paid, 0)


def test_a_plan_made_of_the_rest_asks_for_all_of_it(person):
    check_of(person, part=300_000)
    person.debt.refresh_from_db()
    plan = make_plan(person.debt, now=NOW + timedelta(minutes=1))
    standing = receipts.of(plan, now=NOW + timedelta(hours=1))
    assert (standing.left_minor, standing.checked_minor) == (900_000, 0)


def test_what_fell_due_while_it_was_checked_is_due_when_the_check_ends(person):
    plan = make_plan(person.debt)  # on the 7th of each month from December on
    first, *others = Instalment.objects.filter(plan=plan).order_by("number")
    hold = check_of(person, part=1_100_000)
    ledger.post(
        debt=plan.debt, kind="payment", amount=Money(-100_000, "TWD"), effective_on=first.due_on, entry_ref="paid",
        by="system", now=NOW + timedelta(days=14),
    )  # fmt: skip
    ended = NOW + timedelta(days=130)
    assert receipts.of(plan, now=ended).missed == 0
    holds.end(hold=hold, by="system", now=ended)
    plan.debt.refresh_from_db()
    standing, today = receipts.of(plan, now=ended), TODAY + timedelta(days=130)
    assert [line.due_on for line in standing.lines if line.due_on == today] == [today] * 3
    assert sum(one.due_on < today for one in others) == 3
    agreements.keep_up(now=ended + timedelta(days=1))
    plan.refresh_from_db()
    assert plan.state == Plan.State.RUNNING


@pytest.mark.parametrize("part", [None, 1_150_000])
def test_pressing_and_taking_back_over_and_over_puts_a_plan_off_once(person, part):
    plan, now = make_plan(person.debt), NOW + timedelta(days=10)  # on the 7th of each month from December on
    for _ in range(3):
        hold = check_of(person, now=now, part=part)
        now += timedelta(days=6)
        disputes.withdraw(hold=hold, by=person.debtor, now=now)
    standing = receipts.of(afresh(plan), now=now)
    assert (standing.lines[0].due_on, standing.missed) == (TODAY + timedelta(days=16), 1)
    hold = check_of(person, reason="paid", now=NOW + timedelta(days=15))
    proposed(hold, "not_upheld", now=now)
    assert receipts.of(afresh(plan), now=now).missed == 0  # one that was answered has its own day


def test_pages_of_a_plan_say_what_is_asked_meanwhile(person):
    plan = make_plan(person.debt)
    check_of(person, part=1_050_000)
    page = text_of(person.get(f"/plan/{plan.pk}"))
    assert "NT$10,500 of this plan is being checked. The last payments wait for our answer." in page
    assert "0 of 12 payments done" in page
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert re.findall(r"<td>([^<]*)</td></tr>", table) == [
        "Next",
        "NT$500 of it is being checked",
        *["Being checked"] * 10,
    ]
    assert "NT$1,000 on" in text_of(person.get("/home"))
    check_of(person, reason="paid", part=150_000)
    assert "Next" not in text_of(person.get(f"/plan/{plan.pk}")).partition("<tbody>")[2].partition("</tbody>")[0]
    assert "Being checked. No payment is needed" in text_of(person.get("/home"))  # parts that make up the whole


def test_while_a_part_is_checked_a_plan_whose_rest_came_goes_on(person):
    plan = make_plan(person.debt)
    check_of(person, part=1_100_000)
    ledger.post(
        debt=plan.debt, kind="payment", amount=Money(-100_000, "TWD"), effective_on=TODAY, entry_ref="paid",
        by="system", now=NOW + timedelta(hours=1),
    )  # fmt: skip
    agreements.keep_up(now=NOW + timedelta(days=1))
    plan.refresh_from_db()
    assert plan.state == Plan.State.RUNNING


def test_whoever_held_a_link_keeps_nobody_from_a_plan_who_has_come_in(person):
    """A stranger's word stops what is asked; who comes in could neither take it back nor agree to anything."""
    about = {"debtor": person.debtor, "law": rules.law_for("tw", TODAY), "now": NOW}
    holds.place(kind="dispute", reason=knocks.AT_THE_DOOR, by="visitor", **about)
    assert "Make a plan anyway" in text_of(person.get("/home"))
    assert situation.why_no_plan(person.debt, NOW) is None
    assert 'action="/plan' in text_of(person.get("/plan/new"))
    opened(person)
    assert "Make a plan anyway" not in text_of(person.get("/home"))
    assert isinstance(situation.why_no_plan(person.debt, NOW), refusals.NotNow)
    assert 'action="/plan' not in text_of(person.get("/plan/new"))
