"""A check of what is not right: a part of the amount, the same asked again, the law's clock."""

import json
import re
import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts import disputes, holds, ledger, notices, outbox, outcomes
from accounts.models import Debt, Event, Hold, Message
from accounts.money import Money
from plans import agreements, receipts
from plans.models import Instalment, Plan
from portal.contact import standing
from portal.documents import issue, making
from tests.factories import NOW, TODAY, make_contact, make_creditor, make_debt, make_plan, make_staff
from tests.portal.checking import afresh, check_of, proposed, send
from tests.portal.conftest import new_person, text_of
from tests.portal.desk import desk_of

# --- What is asked, and the part that is not right --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "part", "answers"),
    [
        ({"right": "9000"}, 300_000, '{"right": "9000"}'),
        ({"right": "0"}, None, '{"right": "0"}'),
        ({"right": ""}, None, ""),
        ({"reason": "paid", "paid": "2000", "paid_how": "At the bank"}, 200_000, '"paid_how": "At the bank"'),
        ({"reason": "paid", "paid": "12000"}, None, '{"paid": "12000"}'),
        ({"reason": "fraud", "known_since": "May", "right": "9000"}, None, '{"known_since": "May"}'),
        ({"reason": "not_mine", "right": "9000", "paid": "x"}, None, ""),
    ],
)
def test_a_part_is_checked_and_the_rest_stays_payable(person, values, part, answers):
    send(person, **values)
    hold = Hold.objects.get()
    assert hold.disputed_minor == part
    assert answers in hold.answers
    assert (hold.stops_contact, hold.stops_payments) == (part is None, part is None)
    person.debt.refresh_from_db()
    assert person.debt.payable.minor == 1_200_000 - (part or 0)
    assert "May" not in str(list(Event.objects.values_list("data", flat=True)))


@pytest.mark.parametrize("values", [{"right": "12000"}, {"right": "12001"}, {"reason": "paid", "paid": "x"}])
def test_an_amount_that_is_no_part_is_said_and_kept(person, values):
    assert send(person, **values)["Location"] == "/problem"
    page = text_of(person.get("/problem"))
    assert 'class="errors"' in page
    assert not Hold.objects.exists()


def test_an_amount_wants_one_account(person):
    make_debt(debtor=person.debtor, creditor=person.creditor)
    assert send(person, debt="all", right="100")["Location"] == "/problem"
    assert "To give an amount, choose one account" in text_of(person.get("/problem"))


def test_where_the_person_has_died_everything_is_checked_and_money_is_not_spoken_of(person):
    make_debt(debtor=person.debtor, creditor=person.creditor)
    answer = send(person, reason="died", debt=str(person.debt.pk), name="王大明", reach="0912 345 678")
    hold = Hold.objects.get()
    assert (hold.debt, hold.stops_contact) == (None, True)
    page = text_of(person.get(answer["Location"]))
    assert "We are sorry for your loss" in page
    assert "pay" not in page.partition("<main")[2].partition("</main")[0].lower()


def test_pages_say_what_is_being_checked_and_what_is_left(person):
    hold = check_of(person, part=300_000)
    account = text_of(person.get(f"/accounts/{person.debt.pk}"))
    assert "NT$3,000 of this is being checked" in account
    pay = text_of(person.get("/pay"))
    assert "The rest" in pay
    assert "NT$9,000" in pay
    assert "You do not need to pay now." not in pay
    assert "Nothing agreed yet" in text_of(person.get("/home"))
    assert "we will not ask you to pay that part" in text_of(person.get(f"/problem/{hold.pk}"))
    holds.end(hold=hold, by="system", now=NOW)
    assert "being checked" not in text_of(person.get("/pay"))
    person.debt.refresh_from_db()
    assert person.debt.disputed_minor == 0


def test_what_is_owed_divides_into_what_is_checked_and_the_rest(person):
    make_debt(debtor=person.debtor, creditor=person.creditor, balance_minor=100_000)
    check_of(person, part=300_000)
    for address in ("/home", "/accounts"):
        page = text_of(person.get(address))
        owed = re.search(r'class="big num">NT\$13,000</p>(.*?)</p>', page, re.DOTALL)
        assert owed is not None
        assert re.findall(r'class="num">([^<]*)<', owed[1]) == ["NT$3,000", "NT$10,000"]
    assert page.count("Being checked: NT$3,000") == 1
    check_of(person, reason="paid")
    owed = text_of(person.get("/home")).partition("Being checked, not to be paid now")[2]
    assert re.findall(r'class="num">([^<]*)<', owed)[:2] == ["NT$12,000", "NT$1,000"]


def test_a_statement_up_to_today_says_what_is_being_checked(person):
    check_of(person, part=300_000)
    person.debt.refresh_from_db()
    day = TODAY - timedelta(days=1)
    for end, said in ((TODAY, ["NT$12,000", "NT$3,000", "NT$9,000"]), (day, ["NT$12,000"])):
        about = {"debt": person.debt, "start": None, "end": end, "language": "en", "by": person.debtor, "now": NOW}
        table = making.as_page(issue.ask_for_statement(**about)).partition('class="paper-sum"')[2]
        found = re.findall(r'class="num">([^<]*)<', table.partition("</table>")[0])
        assert found[-len(said) :] == said
        assert ("Being checked" in table) == (end == TODAY)


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


def test_of_a_part_nothing_is_asked_and_of_the_rest_it_is(person):
    contact = make_contact(person.debtor)
    about = {
        "debtor": person.debtor,
        "contact": contact,
        "purpose": "reminder",
        "template": "first_contact",
        "now": NOW,
    }
    other = make_debt(debtor=person.debtor, creditor=person.creditor)
    for debt in (person.debt, other):
        given = {"creditor": debt.creditor, "debt": debt, "context": {"creditor": "S", "link": "http://localhost/r/x"}}
        outbox.queue(key=str(debt.pk), **about, **given)
    check_of(person, part=300_000)
    waiting = Message.objects.filter(purpose="reminder").order_by("state").values_list("state", "debt")
    assert list(waiting) == [("cancelled", person.debt.pk), ("queued", other.pk)]
    assert (
        "nobody asks you for that part"
        in Message.objects.filter(template="check_part_opened", language="en").get().body
    )
    halts = standing.of(person.debtor, NOW).person().halts
    assert halts == ()
    check_of(person, reason="paid", part=900_000)
    halts = standing.of(person.debtor, NOW).person().halts
    assert {(halt.matter, halt.stops_contact) for halt in halts} == {(str(person.debt.pk), True)}


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


# --- Asked again while it goes on -------------------------------------------------------------------------------------


def test_the_same_reason_again_adds_to_the_check_that_goes_on(person):
    first = send(person, reason="paid", paid="2000", note="In May")["Location"]
    for words in ("In May", "At the bank", "At the bank"):
        assert send(person, reason="paid", paid="2000", paid_how=words, note=words)["Location"] == first
    hold = Hold.objects.get()
    assert hold.note == "In May\n\nAt the bank"
    assert json.loads(hold.answers) == {"paid": "2000", "paid_how": "In May / At the bank"}
    assert Message.objects.filter(template__startswith="check").count() == 1
    assert [event.data for event in Event.objects.filter(act="dispute.added").order_by("number")] == [
        {"words": False, "answers": ["paid_how"], "wider": False},
        {"words": True, "answers": ["paid_how"], "wider": False},
    ]
    page = text_of(person.get(first))
    assert "In May" in page
    assert "At the bank" in page
    assert send(person, reason="fraud")["Location"] != first
    assert text_of(person.get("/problem")).count("We are already checking something for you") == 2


@pytest.mark.parametrize(
    ("parts", "checked"),
    [
        ((200_000, 100_000), 200_000),
        ((200_000, 300_000), 300_000),
        ((200_000, None), None),
        ((None, 200_000), None),
    ],
)
def test_of_the_same_check_as_much_stands_still_as_was_asked_for_at_the_widest(person, parts, checked):
    for part in parts:
        hold = check_of(person, part=part, reason="paid")
    person.debt.refresh_from_db()
    whole = checked is None
    assert (hold.disputed_minor, person.debt.disputed_minor) == (checked, checked or 0)
    assert (hold.stops_contact, hold.stops_payments) == (whole, whole)
    told = list(Event.objects.filter(act__startswith="hold.").order_by("number").values_list("act", flat=True))
    wider = parts[0] is not None and checked != parts[0]
    assert told == ["hold.placed"] + ["hold.widened"] * wider
    holds.end(hold=hold, by="system", now=NOW)
    assert Debt.objects.get().disputed_minor == 0


# --- The law's clock --------------------------------------------------------------------------------------------------

PERIOD_ENDS = date(2026, 12, 2)  # of a validation notice sent on 26 October: received by 2 November, and thirty days


@pytest.mark.parametrize("part", [300_000, None])
def test_a_check_that_was_widened_after_staff_opened_it_ends_as_wide_as_it_is(person, part):
    opened = Hold.objects.get(pk=check_of(person, part=100_000).pk)
    check_of(person, part=part)
    proposed(opened, "not_upheld")
    assert Debt.objects.get().disputed_minor == 0


@pytest.fixture
def american(client, clock, db):
    return new_person(client, creditor=make_creditor(region="us", time_zone="America/New_York"))


@pytest.mark.parametrize(
    ("sent_on", "after", "by_law", "ends"),
    [
        (None, 0, True, None),  # no notice on record: its period has not ended
        (date(2026, 10, 26), 9, True, PERIOD_ENDS),
        (date(2026, 10, 26), 10, False, PERIOD_ENDS),
        (date(2026, 12, 1), 0, True, None),  # given after it was asked for
    ],
)
def test_within_the_validation_period_the_laws_clock_runs_and_after_it_our_own(american, sent_on, after, by_law, ends):
    later = NOW + timedelta(days=after)
    if sent_on:
        notices.give(debt=american.debt, notice="validation", on=sent_on, by="system", now=NOW)
    hold = check_of(american, now=later)
    assert disputes.clock(hold, [american.debt]) == disputes.Clock(
        by_law=by_law, until="verified", period_ended_on=ends
    )
    assert hold.stops_contact  # either way nothing is asked for
    page = text_of(desk_of("agent").get(reverse("admin:check", args=[hold.pk])))
    assert ("by law nothing may be asked for" in page) is by_law
    assert ("the law sets no clock for it" in page) is not by_law
    told = text_of(american.get(f"/problem/{hold.pk}"))
    assert ("before we have sent you proof" in told) is by_law
    if by_law:
        with pytest.raises(outcomes.ProofOwed):
            proposed(hold, "not_upheld", now=later)
        sent = {"result": "not_upheld", "debt": str(american.debt.pk), "why": "It stands.", "once": uuid.uuid4()}
        answer = desk_of("agent").post(reverse("admin:check", args=[hold.pk]), sent)
        assert "By law the answer has to bring proof of what stands." in text_of(answer)
    assert proposed(hold, "not_upheld", proof=True, now=later).decided_at
    assert Event.objects.get(act="check.proposed").data["proof"] is True


def test_a_letter_written_down_as_the_notice_is_what_the_clock_counts_from(american):
    form = {"channel": "post", "about": str(american.debt.pk), "outcome": "sent", "note": "", "once": uuid.uuid4()}
    agent, address = desk_of("agent"), reverse("admin:log", args=[american.debtor.pk])
    call = form | {"channel": "call", "outcome": "conversation", "notice": "validation"}
    assert "A notice is a letter that was sent." in text_of(agent.post(address, call))
    for _ in "ab":  # a second tap
        assert agent.post(address, form | {"notice": "validation", "at": "2026-11-02 10:00"}).status_code == 302
    (given,) = Event.objects.filter(act=notices.GIVEN)
    assert (given.on, given.data) == (f"debt:{american.debt.pk}", {"notice": "validation", "on": "2026-11-02"})
    assert disputes.clock(check_of(american), [american.debt]).period_ended_on == date(2026, 12, 9)
    matter = standing.of(american.debtor, NOW).matters[american.debt.pk]
    assert matter.validation_sent_on == date(2026, 11, 2)
