"""Measures of kindness: each counted from rows by day, and shown to managers without telling people apart."""

import re
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import disputes, holds, outcomes, rules
from accounts.models import FactTry, Message
from accounts.money import Money
from plans import affordability
from plans.models import Plan
from plans.schedule import Frequency
from portal.contact import kindness, thread
from portal.contact.models import Feedback, KindnessDay, PlanStep, Reach
from tests.factories import (
    NOW,
    TODAY,
    make_contact,
    make_creditor,
    make_debt,
    make_debtor,
    make_link,
    make_plan,
    make_policy,
    make_staff,
)
from tests.portal.desk import desk_of, questions

MINUTES = timedelta(minutes=1)
LATER = NOW + timedelta(days=6)


@pytest.fixture
def creditor(db, clock):
    return make_creditor(name="Starbridge Bank")


def someone(creditor, language="en"):
    debtor = make_debtor(creditor=creditor, language=language)
    return debtor, make_debt(creditor=creditor, debtor=debtor)


def came_in(debtor, creditor, at=NOW, *, passed=True):
    link = make_link(debtor, creditor)
    return FactTry.objects.create(debtor=debtor, link=link, tried_at=at, passed=passed)


def counted(now=LATER) -> Counter:
    kindness.count(now)
    found: Counter = Counter()
    for day in KindnessDay.objects.all():
        found.update(day.counts)
    found.pop("accounts", None)
    return found


def test_visits_by_what_was_done_first_within_the_hour(creditor):
    for number in range(4):
        debtor, _debt = someone(creditor)
        came_in(debtor, creditor)
        came_in(debtor, creditor, passed=False)
        minutes = {0: 5, 1: 59, 2: 61}.get(number)
        if minutes:
            at = NOW + minutes * MINUTES
            thread.write(debtor=debtor, body="A question", key=uuid.uuid4(), by=debtor, now=at)
            thread.answer(debtor=debtor, by=make_staff(), body="An answer", now=NOW + MINUTES)
    assert counted() == {"visit:message": 2, "visit:looked": 2}
    assert KindnessDay.objects.earliest("day").day == TODAY


def test_accounts_are_counted_by_the_worker_and_stand_at_the_newest_day(creditor):
    for _number in range(3):
        someone(creditor)
    for now in (NOW, LATER):
        kindness.count(now)
    assert [(row.day, row.counts) for row in KindnessDay.objects.all()] == [(LATER.date(), {"accounts": 3})]


@pytest.mark.parametrize(
    ("hours", "found"),
    [(2, "day"), (24, "day"), (30, "two_days"), (100, "week"), (24 * 7 + 1, "later"), (None, "none")],
)
def test_how_soon_a_person_answered(creditor, hours, found):
    debtor, debt = someone(creditor)
    law = rules.law_for("tw", TODAY)
    holds.place(debtor=debtor, debt=debt, kind="pause", law=law, by=debtor, now=NOW)
    holds.place(debtor=make_debtor(creditor=creditor), kind="court", law=law, by="system", now=NOW)
    if hours is not None:
        thread.answer(debtor=debtor, by=make_staff(), body="We are here", now=NOW + timedelta(hours=hours))
    assert counted(NOW + timedelta(days=8)) == {f"reply:{found}": 1}


@pytest.mark.parametrize(("days", "kept"), [(1, "kept"), (9, "broken"), (None, "broken")])
def test_a_promised_day_is_kept_or_not(creditor, days, kept):
    debtor, debt = someone(creditor)
    law = rules.law_for("tw", TODAY)
    promised = TODAY + timedelta(days=5)
    hold = holds.place(debtor=debtor, debt=debt, kind="dispute", law=law, by=debtor, now=NOW, reason="paid")
    type(hold).objects.filter(pk=hold.pk).update(reply_by_on=promised)
    if days is not None:
        thread.answer(debtor=debtor, by=make_staff(), body="So it is", now=NOW + timedelta(days=days))
    found = counted(NOW + timedelta(days=10))
    assert {name: number for name, number in found.items() if name.startswith("promise")} == {f"promise:{kept}": 1}


SEVEN = timedelta(days=5, hours=-5)  # after NOW: seven in the morning in Taipei, when it is still the day before in UTC


@pytest.mark.parametrize(("promised_in", "kept"), [(4, "broken"), (5, "kept")])
def test_a_promised_day_ends_where_the_person_is(creditor, promised_in, kept):
    debtor, debt = someone(creditor)
    law = rules.law_for("tw", TODAY)
    hold = holds.place(debtor=debtor, debt=debt, kind="dispute", law=law, by=debtor, now=NOW, reason="paid")
    type(hold).objects.filter(pk=hold.pk).update(reply_by_on=TODAY + timedelta(days=promised_in))
    nobody_yet = {"promise:broken": 1} if kept == "broken" else {}
    assert counted(NOW + SEVEN) == {"reply:none": 1} | nobody_yet
    thread.answer(debtor=debtor, by=make_staff(), body="So it is", now=NOW + SEVEN)
    assert counted(NOW + SEVEN) == {"reply:week": 1, f"promise:{kept}": 1}


def test_plans_that_ended_and_dates_that_were_moved(creditor):
    make_policy(creditor)
    for state in ("completed", "broken", "stopped", "replaced"):
        _debtor, debt = someone(creditor)
        plan = make_plan(debt)
        Plan.objects.filter(pk=plan.pk).update(state=state, ended_at=NOW)
    first = plan.instalments.first()
    for days in (-1, 0, 2):
        moved_on = NOW + timedelta(days=days)
        plan.moves.create(number=1, from_on=TODAY, to_on=first.due_on + timedelta(days=10 + days), at=moved_on)
    assert counted() == {"plan:completed": 1, "plan:broken": 1, "plan:stopped": 1, "move:before": 2, "move:after": 1}


@pytest.mark.parametrize(
    ("left", "staff", "by"), [(300_000, False, "within"), (150_000, False, "rules"), (150_000, True, "")]
)
def test_plans_above_what_can_be_spared_and_who_approved_them(creditor, left, staff, by):
    make_policy(creditor)
    _debtor, debt = someone(creditor)
    plan = make_plan(debt)
    member = make_staff() if staff else None
    more = {"staff": member, "proposer": "staff"} if member else {}
    type(plan.offer).objects.filter(pk=plan.offer_id).update(left_minor=left, **more)
    assert counted() == {f"share:{by or member.pk}": 1}


@pytest.mark.parametrize(("left", "taken"), [(100_000, 5_000), (99_999, 5_001), (0, None), (-1, None)])
def test_what_a_plan_takes_of_what_is_left(left, taken):
    payment = Money(50_000, "TWD")
    assert affordability.taken(payment, payment, Frequency.MONTHLY, left) == taken


def test_reminders_per_person_and_week(creditor):
    for number in (1, 1, 3):
        debtor, _debt = someone(creditor)
        contact = make_contact(debtor)
        for at in range(number):
            sent(debtor, contact, creditor, at=NOW + at * timedelta(days=1))
        sent(debtor, contact, creditor, purpose="code")
    assert counted(LATER) == {"sends:1": 2, "sends:3": 1}
    assert KindnessDay.objects.earliest("day").day == TODAY  # a Monday


def sent(debtor, contact, creditor, *, at=NOW, purpose="reminder"):
    about = {"template": "first_contact", "language": "en", "not_before_at": at, "not_after_at": at, "created_at": at}
    about |= {"debtor": debtor, "contact": contact, "creditor": creditor, "channel": "sms", "body": ""}
    return Message.objects.create(key=str(uuid.uuid4()), purpose=purpose, state="sent", sent_at=at, **about)


def test_complaints_are_written_down_and_counted(creditor):
    debtor, debt = someone(creditor)
    for complaint in ("on", ""):
        form = {
            "channel": "call",
            "about": str(debt.pk),
            "inbound": "on",
            "outcome": "conversation",
            "note": "Said so.",
        }
        form |= {"complaint": complaint} if complaint else {}
        desk_of("agent").post(reverse("admin:log", args=[debtor.pk]), form)
    assert counted() == {"complaint": 1}


def test_checks_that_found_the_person_right_are_counted_once_they_are_answered(creditor):
    about = {"creditor": creditor, "law": rules.law_for("tw", TODAY), "note": "", "reason": "paid", "today": TODAY}
    for result, approved in (("upheld", True), ("partly", True), ("partly", False), ("not_upheld", False)):
        debtor, debt = someone(creditor)
        hold = disputes.dispute(debtor=debtor, debt=debt, by=debtor, key=uuid.uuid4(), now=NOW, **about)
        answer = {"hold": hold, "debt": debt, "corrected": None, "why": "We found it.", "now": NOW + MINUTES}
        outcome = outcomes.propose(result=result, by=make_staff(), **answer)
        if approved:
            outcomes.approve(outcome=outcome, by=make_staff(), now=NOW + MINUTES)
    assert counted()["upheld"] == 2


def test_counting_again_changes_nothing_and_keeps_what_has_settled(creditor):
    old = KindnessDay.objects.create(day=TODAY - timedelta(days=60), creditor=creditor, language="en", counts={"x": 1})
    debtor, _debt = someone(creditor)
    came_in(debtor, creditor)
    assert counted() == counted()
    assert KindnessDay.objects.filter(pk=old.pk).exists()


# --- The page -------------------------------------------------------------------------------------------------------


def page(query="", role="supervisor"):
    return desk_of(role).get(reverse("admin:kindness") + query).content.decode()


def some_days(creditor, **values):
    counts = {"visit:plan": 40, "visit:looked": 60, "reply:day": 10, "reply:none": 2, "promise:kept": 9}
    counts |= {"promise:broken": 1, "plan:completed": 30, "plan:broken": 10, "move:before": 8, "share:within": 50}
    counts |= {"share:rules": 2, "sends:1": 90, "sends:2": 9, "sends:5": 6, "complaint": 7}
    about = {"day": TODAY, "creditor": creditor, "language": "en", "counts": counts}
    return KindnessDay.objects.create(**about | values)


def feedback(creditor, answer="yes", words="", **values):
    about = {"day": TODAY, "creditor": creditor, "language": "en", "device": "phone"} | values
    return Feedback.objects.create(key=uuid.uuid4(), answer=answer, words=words, **about)


def test_it_says_draws_and_lists_every_measure(creditor):
    some_days(creditor)
    for number in range(6):
        feedback(creditor, "yes" if number < 5 else "no", words=f"Word {number}")
        PlanStep.objects.create(day=TODAY, creditor=creditor, language="en", device="phone", finished=number < 5)
    for _ in range(5):
        PlanStep.objects.create(day=TODAY, creditor=creditor, language="en", device="phone", finished=False)
    Reach.objects.create(
        day=TODAY, hour=9, creditor=creditor, channel="sms", language="en", template="first_contact", sent=1_000,
        acts={"not_me": 10, "stop": 20}, why_not={"OUT_OF_HOURS": 30, "left": 9},
    )  # fmt: skip
    html = page()
    assert html.count("<svg role=") == 9
    for words in (
        "Of 100 visits, 40 ended with something done within the hour.",
        "6 people answered; 5 say that things are clearer now.",
        "Answered by the promised day: 90.0 %.",
        "95 of 100 got at most 5.",
        "“not me” 10.0, stop 20.0.",
        "Word 5",
    ):
        assert words in html, words
    assert re.search(r"English</th><td class=\"number\">5</td><td class=\"number\">83.3 %", html)
    assert re.search(r"Held back by a rule</th><td class=\"number\">30", html)


def test_few_people_are_never_told_apart(creditor):
    some_days(creditor, counts={"visit:plan": 3, "visit:looked": 1, "complaint": 2, "share:rules": 1, "sends:2": 4})
    feedback(creditor, words="Only mine")
    html = page()
    assert not re.search(r">\s*[1-4]\s*</td>", html)
    assert "Only mine" not in html


@pytest.mark.parametrize(
    ("query", "visits"),
    [("", 100), ("?language=en", 100), ("?language=zh-hans", 0), ("?days=7", 100), ("?days=x&creditor=1", 100)],
)
def test_every_filter_stands_in_the_address(creditor, query, visits):
    some_days(creditor)
    some_days(creditor, day=TODAY - timedelta(days=200))
    assert f"Of {visits} visits" in page(query)


def test_one_creditor_alone(creditor):
    some_days(creditor), some_days(make_creditor(name="Other"))
    assert "Of 200 visits" in page()
    assert "Of 100 visits" in page(f"?creditor={creditor.pk}")


def test_the_file_holds_the_same(creditor):
    some_days(creditor)
    lines = desk_of("auditor").get(reverse("admin:kindness_csv")).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Chart,What,How many,Share"
    assert "What a visit led to,Just looked,60,60.0 %" in lines


def test_the_same_questions_for_many_rows(creditor):
    client = desk_of("supervisor")
    some_days(creditor)
    few = questions(lambda: client.get(reverse("admin:kindness")))
    for number in range(1, 20):
        some_days(creditor, day=TODAY - timedelta(days=number))
        feedback(creditor, words="Some words")
    many = questions(lambda: client.get(reverse("admin:kindness")))
    assert len(few) == len(many) <= 12
