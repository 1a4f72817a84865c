"""A check from the person's words to the answer: a part of the amount, the outcome, the correction in one act."""

import json
import re
import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts import disputes, holds, ledger, notices, outbox, outcomes, rules
from accounts.models import CheckTask, Debt, Event, Hold, LedgerEntry, Message, Outcome
from accounts.money import Money
from plans import agreements, receipts
from plans.models import Instalment, Plan
from portal.contact import standing
from portal.contact.models import ThreadMessage
from portal.documents import issue, making
from portal.documents.models import Document
from tests.factories import NOW, TODAY, make_contact, make_creditor, make_debt, make_plan, make_staff
from tests.portal.conftest import new_person, text_of
from tests.portal.desk import at_desk, desk_of, make_role


def send(person, **values):
    return person.post("/problem", {"reason": "wrong_amount", "once": uuid.uuid4()} | values)


def check_of(person, *, part: int | None = None, reason: str = "wrong_amount", **values) -> Hold:
    """A check of this person's debt, or of a part of it in minor units."""
    about = {"creditor": person.creditor, "debt": person.debt, "reason": reason, "note": "", "key": uuid.uuid4()}
    about |= {"law": rules.law_for(person.creditor.region, TODAY), "by": person.debtor, "today": TODAY, "now": NOW}
    about |= {"part": Money(part, person.debt.currency) if part else None}
    return disputes.dispute(debtor=person.debtor, **about | values)


def proposed(hold: Hold, result: str = "upheld", minor: int | None = None, by=None, debt=None, **values) -> Outcome:
    debt = debt or hold.debt
    corrected = Money(minor, debt.currency) if minor else None
    about = {"hold": hold, "debt": debt, "corrected": corrected, "why": "We found your receipt.", "now": NOW}
    return outcomes.propose(result=result, by=by or make_staff(), **about | values)


def afresh(plan: Plan) -> Plan:
    """The plan with its debt as that stands by now."""
    plan.debt.refresh_from_db()
    return plan


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


# --- The outcome ------------------------------------------------------------------------------------------------------


def test_a_second_person_corrects_and_ends_the_check_in_one_act(person):
    hold = check_of(person, part=300_000)
    mei, second = make_staff(), make_staff()
    outcome = proposed(hold, minor=300_000, by=mei)
    with pytest.raises(outcomes.OwnProposal):
        outcomes.approve(outcome=outcome, by=mei, now=NOW)
    assert holds.in_force(Hold.objects.get(), NOW)
    for _ in range(2):
        decided = outcomes.approve(outcome=outcome, by=second, now=NOW)
    entry = LedgerEntry.objects.get(kind="adjustment")
    assert (entry.amount_minor, decided.entry or Outcome.objects.get().entry) == (-300_000, entry)
    debt = Debt.objects.get()
    assert (debt.balance_minor, debt.disputed_minor, debt.payable.minor) == (900_000, 0, 900_000)
    assert not holds.in_force(Hold.objects.get(), NOW)
    acts = list(Event.objects.filter(act__startswith="check.").order_by("number").values_list("act", flat=True))
    assert acts == ["check.proposed", "check.answered"]
    assert "receipt" not in str(list(Event.objects.values_list("data", flat=True)))


def test_a_correction_that_clears_everything_ends_the_plan(person):
    plan = make_plan(person.debt)
    outcomes.approve(outcome=proposed(check_of(person), minor=1_200_000), by=make_staff(), now=NOW)
    agreements.keep_up(now=NOW + timedelta(days=1))
    plan.refresh_from_db()
    assert plan.state == Plan.State.COMPLETED


@pytest.mark.parametrize(("kind", "minor", "left"), [("fee", 50_000, 1_200_000), ("payment", -50_000, 1_200_000)])
def test_an_entry_that_was_booked_wrongly_is_taken_back_in_the_same_act(person, kind, minor, left):
    about = {"debt": person.debt, "effective_on": TODAY, "by": "system", "now": NOW}
    entry = ledger.post(kind=kind, amount=Money(minor, "TWD"), entry_ref="x", **about)
    hold, second = check_of(person), make_staff()
    outcome = proposed(hold, reverses=entry)
    for _ in "ab":
        outcomes.approve(outcome=outcome, by=second, now=NOW)
    undo = LedgerEntry.objects.get(kind="reversal")
    assert (undo.reverses, undo.amount_minor, undo.description) == (entry, -minor, disputes.reference(hold))
    assert (Debt.objects.get().balance_minor, Outcome.objects.get().entry) == (left, undo)
    assert Event.objects.get(act="check.answered").data["reverses"] == entry.pk
    page = text_of(person.get(f"/problem/{hold.pk}"))
    assert {"fee": "Fees · ", "payment": "Payment received · "}[kind] in page.partition("The entry we took back")[2]
    assert ("Taken off what you owe" in page) is (kind == "fee")
    paper = making.as_page(issue.ask_for_letter(outcome=Outcome.objects.get(), language="en", by="system", now=NOW))
    assert ("A payment taken back" in paper) is (kind == "payment")
    assert "NT$500" in paper
    with pytest.raises(outcomes.TakenBack):
        proposed(check_of(person), reverses=entry)


def test_an_entry_of_another_debt_or_taken_back_meanwhile_is_refused(person):
    about = {"kind": "fee", "amount": Money(100, "TWD"), "effective_on": TODAY, "by": "system", "now": NOW}
    others = ledger.post(debt=make_debt(creditor=person.creditor), entry_ref="y", **about)
    entry, hold = ledger.post(debt=person.debt, entry_ref="x", **about), check_of(person)
    opening = LedgerEntry.objects.get(debt=person.debt, kind="opening")
    for wrong in (others, opening):
        with pytest.raises(outcomes.TakenBack):
            proposed(hold, reverses=wrong)
    outcome = proposed(hold, reverses=entry)
    ledger.reverse(entry=entry, by="system", now=NOW, reason="found by the creditor")
    with pytest.raises(outcomes.TakenBack):
        outcomes.approve(outcome=outcome, by=make_staff(), now=NOW)
    assert holds.in_force(Hold.objects.get(), NOW)


def test_who_is_right_leaves_tasks_that_are_ticked_once(person):
    hold = check_of(person)
    agent, address = desk_of("agent"), reverse("admin:check", args=[hold.pk])
    outcomes.approve(outcome=proposed(hold, minor=100), by=make_staff(), now=NOW)
    assert sorted(CheckTask.objects.values_list("kind", flat=True)) == ["credit_file", "creditor"]
    for place in (address, reverse("admin:checks"), reverse("admin:case", args=[person.debtor.pk])):
        assert "Have the credit file corrected" in text_of(agent.get(place))
    task = CheckTask.objects.get(kind="credit_file")
    for _ in "ab":
        assert agent.post(reverse("admin:outcome_tick", args=[task.pk])).status_code == 302
    assert Event.objects.get(act="check.task_done").data == {"task": "credit_file"}
    for place in (reverse("admin:checks"), reverse("admin:case", args=[person.debtor.pk])):
        page = text_of(agent.get(place))
        assert "Have the credit file corrected" not in page
        assert "Tell the creditor what was put right" in page
    assert "Done" in text_of(agent.get(address))
    proposed(check_of(person), "not_upheld")
    assert CheckTask.objects.count() == 2


def test_what_is_not_upheld_is_said_by_one_person_and_corrects_nothing(person):
    hold = check_of(person)
    outcome = proposed(hold, "not_upheld")
    assert outcome.decided_at == NOW
    assert not LedgerEntry.objects.filter(kind="adjustment").exists()
    with pytest.raises(outcomes.NoLongerOpen):
        proposed(hold, "upheld")


def test_too_much_another_proposal_and_a_dropped_one(person):
    hold = check_of(person)
    with pytest.raises(outcomes.TooMuch):
        proposed(hold, minor=1_200_001)
    first = proposed(hold, minor=1)
    with pytest.raises(outcomes.NoLongerOpen):
        proposed(hold, minor=2)
    outcomes.drop(outcome=first, by=make_staff(), now=NOW)
    with pytest.raises(outcomes.NoLongerOpen):
        outcomes.approve(outcome=first, by=make_staff(), now=NOW)
    second = proposed(hold, minor=1_200_000)
    about = {"debt": person.debt, "effective_on": TODAY, "by": "system", "now": NOW}
    ledger.post(kind="write_off", amount=Money(-1, "TWD"), entry_ref="x", **about)
    with pytest.raises(outcomes.TooMuch):
        outcomes.approve(outcome=second, by=make_staff(), now=NOW)
    assert holds.in_force(Hold.objects.get(), NOW)
    outcomes.drop(outcome=second, by=make_staff(), now=NOW)
    ledger.post(kind="payment", amount=Money(-1_199_999, "TWD"), entry_ref="y", **about)
    outcomes.approve(outcome=proposed(hold, minor=300_000), by=make_staff(), now=NOW)
    assert Debt.objects.get().balance_minor == -300_000  # paid before we knew better: a credit


@pytest.mark.parametrize(("region", "refused"), [("us", True), ("tw", False)])
def test_a_repeat_without_anything_new_is_met_with_the_answer_where_the_law_allows(client, db, clock, region, refused):
    person = new_person(client, creditor=make_creditor(region=region, time_zone="America/New_York"))
    proposed(check_of(person, reason="paid"), "not_upheld", proof=True)
    answer = send(person, reason="paid")
    assert (answer["Location"] == "/problem") is refused
    assert ("We have answered this before" in text_of(person.get("/problem"))) is refused
    assert Hold.objects.count() == (1 if refused else 2)
    send(person, reason="paid", note="Here is the receipt")
    assert Hold.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("result", ["upheld", "not_upheld"])
def test_the_person_reads_the_answer_the_apology_first(person, result):
    hold = check_of(person)
    outcome = proposed(hold, result, minor=200_000 if result == "upheld" else None)
    if result == "upheld":
        assert "Being checked by a person" in text_of(person.get(f"/problem/{hold.pk}"))  # nothing before it holds
        outcomes.approve(outcome=outcome, by=make_staff(), now=NOW)
    page = text_of(person.get(f"/problem/{hold.pk}"))
    assert ("You were right. We are sorry" in page) is (result == "upheld")
    assert ("NT$2,000" in page and "NT$10,000" in page) is (result == "upheld")
    assert ("The amount stands" in page) is (result == "not_upheld")
    assert "We found your receipt." in page
    assert f'href="/accounts/{person.debt.pk}"' in page


# --- The desk ---------------------------------------------------------------------------------------------------------


def test_no_letter_is_named_that_says_nothing_any_more(person):
    hold = check_of(person)
    letter = issue.ask_for_letter(outcome=proposed(hold, "not_upheld"), language="en", by="system", now=NOW)
    named = f"/documents/{letter.pk}"
    assert named in text_of(person.get(f"/problem/{hold.pk}"))
    Document.objects.update(content="")  # its time was over
    assert named not in text_of(person.get(f"/problem/{hold.pk}"))
    assert person.get(named).status_code == 404


def test_s07_from_the_queue_to_the_corrected_account(person):
    hold = check_of(person, part=300_000, note="Paid in May", answers={"right": "9000"})
    agent, supervisor = at_desk(make_role("agent")), at_desk(make_role("supervisor"))
    address = reverse("admin:check", args=[hold.pk])
    assert disputes.reference(hold) in text_of(agent.get(reverse("admin:checks")))
    page = text_of(agent.get(address))
    assert "Paid in May" in page
    form = {
        "result": "upheld",
        "debt": str(person.debt.pk),
        "corrected": "3000",
        "why": "You paid.",
        "once": uuid.uuid4(),
    }
    assert agent.post(address, form | {"corrected": "99999"}).status_code == 422
    assert agent.post(address, form | {"result": "not_upheld"}).status_code == 422
    fee = {"kind": "fee", "amount": Money(1, "TWD"), "effective_on": TODAY, "by": "system", "now": NOW}
    entry = ledger.post(debt=person.debt, entry_ref="f", **fee)
    both = text_of(agent.post(address, form | {"entry": str(entry.pk)}))
    assert "Take off an amount, or take back an entry: one of the two." in both
    ledger.reverse(entry=entry, by="system", now=NOW, reason="x")
    assert agent.post(address, form).status_code == 302
    assert agent.post(address, form).status_code == 302  # a second tap
    outcome = Outcome.objects.get()
    assert "The person said more after this" not in text_of(supervisor.get(address))
    check_of(person, part=300_000, note="And in June")
    assert "The person said more after this" in text_of(supervisor.get(address))
    approve = reverse("admin:outcome_approve", args=[outcome.pk])
    assert agent.post(approve).status_code == 403
    assert Debt.objects.get().balance_minor == 1_200_000
    for _ in range(2):
        assert supervisor.post(approve).status_code == 302
    assert Debt.objects.get().balance_minor == 900_000
    assert ThreadMessage.objects.get().body == "You paid."
    assert Message.objects.filter(template="new_message").count() == 1


def test_an_auditor_looks_and_writes_nothing(person):
    hold = check_of(person)
    auditor = desk_of("auditor")
    address = reverse("admin:check", args=[hold.pk])
    assert auditor.get(address).status_code == 200
    assert auditor.post(address, {"result": "not_upheld", "why": "x"}).status_code == 403
    assert not Outcome.objects.exists()


def test_notes_and_answers_are_unreadable_at_rest(person):
    hold = check_of(person, note="Paid in May", answers={"paid_how": "In June"})
    raw = Hold.objects.extra(select={"n": "note || answers"}).values_list("n", flat=True).get(pk=hold.pk)
    assert "May" not in raw
    assert "June" not in raw
