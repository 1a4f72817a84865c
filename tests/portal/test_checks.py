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
from plans import receipts
from plans.models import Offer
from portal.contact import standing
from portal.documents import issue, making
from tests.factories import NOW, TODAY, make_contact, make_creditor, make_debt, make_plan, make_staff
from tests.portal.checking import afresh, check_of, press, proposed, say
from tests.portal.conftest import new_person, text_of
from tests.portal.desk import desk_of
from tests.portal.plan_steps import send as step
from tests.portal.plan_steps import walk

# --- What is asked, and the part that is not right --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "values", "part", "answers"),
    [
        ("wrong_amount", {"right": "9000"}, 300_000, '{"right": "9000"}'),
        ("wrong_amount", {"right": "0"}, None, '{"right": "0"}'),
        ("wrong_amount", {"note": "See the letter."}, None, ""),
        ("paid", {"paid": "2000", "paid_how": "At the bank"}, 200_000, '"paid_how": "At the bank"'),
        ("paid", {"paid": "12000"}, None, '{"paid": "12000"}'),
        ("fraud", {"known_since": "May", "right": "9000"}, None, '{"known_since": "May"}'),
        ("not_mine", {"right": "9000", "note": "No."}, None, ""),
    ],
)
def test_all_of_it_waits_at_once_and_where_a_part_is_named_the_rest_is_payable(person, reason, values, part, answers):
    at = press(person, reason)
    hold = Hold.objects.get()
    assert (hold.disputed_minor, hold.stops_contact, hold.stops_payments) == (None, True, True)
    page = text_of(person.get(at))
    assert "All of this account waits until we have answered." in page
    assert ("Is only a part of it not right?" in page) is (reason in {"wrong_amount", "paid"})
    assert say(person, at, **values) == at
    assert "Added. It is with what you told us." in text_of(person.get(at))
    hold.refresh_from_db()
    assert hold.disputed_minor == part
    assert answers in hold.answers
    assert (hold.stops_contact, hold.stops_payments) == (part is None, part is None)
    person.debt.refresh_from_db()
    assert person.debt.payable.minor == 1_200_000 - (part or 0)
    assert "May" not in str(list(Event.objects.values_list("data", flat=True)))


@pytest.mark.parametrize(
    ("reason", "values", "sentence"),
    [
        ("wrong_amount", {"right": "12000"}, "Enter less than the whole amount"),
        ("wrong_amount", {"right": "12001"}, "Enter less than the whole amount"),
        ("paid", {"paid": "x"}, "Use numbers only"),
        ("paid", {"paid": "0"}, "Enter an amount"),
        ("other", {"note": " "}, "There is nothing to send yet. The check goes on without it."),
    ],
)
def test_what_cannot_be_taken_is_said_and_kept_and_the_check_goes_on(person, reason, values, sentence):
    at = press(person, reason)
    assert say(person, at, **values | {"paid_how": "At the bank"}) == at
    page = text_of(person.get(at))
    assert 'class="errors"' in page
    assert sentence in page
    assert ("At the bank" in page) is (reason == "paid")
    hold = Hold.objects.get()
    assert (hold.disputed_minor, hold.answers, hold.note) == (None, "", "")


def test_of_all_accounts_no_amount_is_asked(person):
    make_debt(debtor=person.debtor, creditor=person.creditor)
    page = text_of(person.get(press(person, debt="all")))
    assert "All of your accounts wait until we have answered." in page
    assert 'name="right"' not in page


def test_where_the_person_has_died_everything_is_checked_and_money_is_not_spoken_of(person):
    make_debt(debtor=person.debtor, creditor=person.creditor)
    at = press(person, "died", debt=str(person.debt.pk))
    say(person, at, name="王大明", reach="0912 345 678")
    hold = Hold.objects.get()
    assert (hold.debt, hold.stops_contact) == (None, True)
    page = text_of(person.get(at))
    assert "王大明" in page
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


def test_where_all_that_is_owed_is_checked_no_rest_is_spoken_of(person):
    check_of(person)
    assert re.findall(r'num">(NT[^<]*)<', text_of(person.get("/home"))) == ["NT$12,000", "NT$12,000"]


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
    waiting = Message.objects.filter(purpose="reminder").values_list("state", flat=True)
    assert list(waiting) == ["cancelled", "cancelled"]  # all of it waited before the part was named
    assert (
        "nobody asks you for that part"
        in Message.objects.filter(template="check_part_opened", language="en").get().body
    )
    halts = standing.of(person.debtor, NOW).person().halts
    assert halts == ()
    check_of(person, reason="paid", part=900_000)
    halts = standing.of(person.debtor, NOW).person().halts
    assert {(halt.matter, halt.stops_contact) for halt in halts} == {(str(person.debt.pk), True)}


# --- More said while it goes on ---------------------------------------------------------------------------------------


def test_the_same_reason_again_leads_to_the_check_that_goes_on(person):
    at = press(person, "paid", note="In May")
    say(person, at, paid="2000")
    for words in ("At the bank", "At the bank"):
        assert press(person, "paid") == at  # pressed once more, a part stays a part
        say(person, at, paid="2000", paid_how=words, note=words)
    hold = Hold.objects.get()
    assert (hold.note, hold.disputed_minor) == ("In May\n\nAt the bank", 200_000)
    assert json.loads(hold.answers) == {"paid": "2000", "paid_how": "At the bank"}
    assert [event.data for event in Event.objects.filter(act="dispute.added").order_by("number")] == [
        {"words": False, "answers": ["paid"]},
        {"words": True, "answers": ["paid_how"]},
    ]
    page = text_of(person.get(at))
    assert "In May" in page
    assert "At the bank" in page
    assert press(person, "fraud") != at
    assert text_of(person.get("/problem")).count("We are already checking something for you") == 2


def test_what_was_said_last_of_a_question_stands_last(person):
    at = press(person, "paid")
    for paid in ("3000", "2000", "3000", "3000"):
        say(person, at, paid=paid, paid_how="2019 / 2020")
    hold = Hold.objects.get()
    assert hold.disputed_minor == 300_000
    assert json.loads(hold.answers) == {"paid": "3000 / 2000 / 3000", "paid_how": "2019 / 2020"}


def test_the_same_form_sent_twice_adds_once_and_with_other_words_is_asked_about(person):
    at, key = press(person), uuid.uuid4()
    for _ in "ab":
        assert say(person, at, note="In May", once=key) == at
    say(person, at, note="In June", once=key)
    assert Hold.objects.get().note == "In May"
    page = text_of(person.get(at))
    assert "This was sent already" in page
    assert "In June" in page


@pytest.mark.parametrize(
    ("parts", "checked", "acts"),
    [
        ((200_000, 100_000), 100_000, ["narrowed", "narrowed"]),
        ((200_000, 300_000), 300_000, ["narrowed", "widened"]),
        ((200_000, 1_200_000), None, ["narrowed", "widened"]),
        ((200_000, 200_000), 200_000, ["narrowed"]),
        ((1_200_000,), None, []),
    ],
)
def test_as_much_is_checked_as_was_said_last(person, parts, checked, acts):
    for part in parts:
        hold = check_of(person, part=part, reason="paid")
    person.debt.refresh_from_db()
    whole = checked is None
    assert (hold.disputed_minor, person.debt.disputed_minor) == (checked, checked or 0)
    assert (hold.stops_contact, hold.stops_payments) == (whole, whole)
    told = list(Event.objects.filter(act__startswith="hold.").order_by("number").values_list("act", flat=True))
    assert told == ["hold.placed"] + [f"hold.{act}" for act in acts]
    holds.end(hold=hold, by="system", now=NOW)
    assert Debt.objects.get().disputed_minor == 0


def test_a_part_is_one_of_what_is_owed_by_now(person):
    hold, about = check_of(person), {"effective_on": TODAY, "by": "system", "now": NOW}
    ledger.post(debt=person.debt, kind="payment", amount=Money(-300_000, "TWD"), entry_ref="x", **about)
    for part in (900_001, -1):
        with pytest.raises(disputes.NotAPart):
            check_of(person, part=part)
    assert Hold.objects.get() == hold
    assert Hold.objects.get().disputed_minor is None


def test_parts_for_different_reasons_come_to_no_more_than_is_owed(person):
    """They may be of the same money, which nobody knows before they are checked: each is whole, together they are not
    more than there is, and what of one is left when the other has ended is still being checked.
    """
    plan = make_plan(person.debt)
    paid = check_of(person, part=900_000, reason="paid")
    wrong = check_of(person, part=700_000)
    person.debt.refresh_from_db()
    assert (person.debt.disputed_minor, person.debt.payable.minor) == (1_600_000, 0)
    standing = receipts.of(afresh(plan), now=NOW)
    assert (standing.left_minor, standing.checked_minor) == (0, 1_200_000)
    for address in ("/home", f"/accounts/{person.debt.pk}", "/pay", f"/plan/{plan.pk}"):
        page = text_of(person.get(address))
        assert not re.search(r"NT\$16,000|NT\$-|-NT\$|−", page.partition("<main")[2]), address
    assert "Being checked. No payment is needed" in text_of(person.get("/home"))
    asked = {"debt": person.debt, "start": None, "end": TODAY, "language": "en", "by": person.debtor, "now": NOW}
    paper = making.as_page(issue.ask_for_statement(**asked)).partition('class="paper-sum"')[2]
    sums = re.findall(r'class="num">([^<]*)<', paper.partition("</table>")[0])
    assert sums[-3:] == ["NT$12,000", "NT$12,000", "NT$0"]
    outcomes.approve(outcome=proposed(paid, minor=900_000), by=make_staff(), now=NOW)
    person.debt.refresh_from_db()
    assert (person.debt.balance_minor, person.debt.payable.minor) == (300_000, 0)
    proposed(wrong, "not_upheld")
    person.debt.refresh_from_db()
    assert (person.debt.disputed_minor, person.debt.payable.minor) == (0, 300_000)


def test_an_ask_of_which_all_is_being_checked_by_now_can_be_read_at_the_desk(person):
    walk(person)
    step(person, "offers", {"person": "1"})
    step(person, "check", {"note": ""})
    ask = Offer.objects.get(needs_person=True)
    check_of(person, part=900_000, reason="paid")
    check_of(person, part=700_000)
    assert desk_of("agent").get(reverse("admin:review", args=[ask.pk])).status_code == 200


def test_the_text_says_what_is_not_asked_for(person):
    make_contact(person.debtor)
    said = Message.objects.filter(template__startswith="check").order_by("created_at", "template")
    check_of(person)
    assert list(said.values_list("template", "state")) == [("check_opened", "queued")]
    check_of(person, part=100_000)
    check_of(person, part=200_000)
    assert list(said.values_list("template", "state")) == [
        ("check_opened", "cancelled"),
        ("check_part_opened", "queued"),
    ]


def test_what_is_said_to_a_check_that_has_ended_is_kept(person):
    at = press(person)
    proposed(Hold.objects.get(), "not_upheld")
    assert say(person, at, note="In May") == at
    page = text_of(person.get(at))
    assert "This check has ended meanwhile." in page
    assert "In May</textarea>" in page
    assert Hold.objects.get().note == ""


# --- The law's clock --------------------------------------------------------------------------------------------------

PERIOD_ENDS = date(2026, 12, 2)  # of a validation notice sent on 26 October: received by 2 November, and thirty days


@pytest.mark.parametrize("part", [300_000, 1_200_000])
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
