"""Pauses of the law: begun by a notice, counted by the law's own days, obeyed like any hold."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from accounts import holds, respite, rules
from accounts.models import Event, Hold, Respite
from tests.factories import NOW, TODAY, make_creditor, make_debt, make_debtor

UK, TW = rules.law_for("uk", TODAY), rules.law_for("tw", TODAY)
STANDARD, CRISIS = "breathing_space_standard", "breathing_space_mental_health"
ADVISER, COURT = "adviser_preparing_plan", "pre_court_negotiation_request"


@pytest.fixture
def debtor(db):
    return make_debtor(creditor=make_creditor(region="uk"), time_zone="Europe/London")


def begin(debtor, trigger=STANDARD, *, law=UK, started_on=TODAY, key=None, now=NOW, **more) -> Respite:
    given = {"told_by": "StepChange", "reference": "BS-1", "received_on": TODAY, "debt": None} | more
    return respite.begin(
        debtor=debtor, law=law, trigger=trigger, started_on=started_on, key=key or uuid.uuid4(), by="system",
        today=now.date(), now=now, **given,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("law", "trigger", "until_on", "interest"),
    [
        (UK, STANDARD, date(2027, 1, 22), True),  # sixty days
        (UK, CRISIS, None, True),
        (UK, ADVISER, date(2026, 12, 23), False),
        (TW, COURT, None, False),
    ],
)
def test_the_law_says_how_long_and_what_stops(debtor, law, trigger, until_on, interest):
    hold = begin(debtor, trigger, law=law).hold
    assert hold.until_at == (holds.days_from(until_on, 0, "Europe/London") if until_on else None)
    assert (hold.kind, hold.reason) == ("breathing_space", trigger)
    assert (hold.stops_contact, hold.stops_interest, hold.stops_payments) == (True, interest, True)


def test_what_is_written_down_is_encrypted_and_in_no_event(debtor, django_assert_num_queries):
    made = begin(debtor)
    assert (Respite.objects.get().told_by, Respite.objects.get().reference) == ("StepChange", "BS-1")
    assert "StepChange" not in str(list(Event.objects.values_list("data", flat=True)))
    event = Event.objects.get(act="respite.begun")
    assert (event.on, event.data["kind"]) == (f"respite:{made.pk}", STANDARD)


def test_it_counts_from_the_day_of_the_notice_and_holds_at_once(debtor):
    """A notice that took a week on its way, and one that names a day to come."""
    late = begin(debtor, started_on=TODAY - timedelta(days=7))
    assert late.hold.from_at == datetime(2026, 11, 16, tzinfo=UTC)
    assert late.hold.until_at == datetime(2027, 1, 15, tzinfo=UTC)
    early = begin(debtor, started_on=TODAY + timedelta(days=2))
    assert early.hold.from_at == NOW
    assert holds.in_force(early.hold, NOW)


def test_the_same_notice_twice_is_one_pause(debtor):
    key = uuid.uuid4()
    assert begin(debtor, key=key) == begin(debtor, key=key)
    assert Hold.objects.count() == 1


def test_what_would_be_over_or_is_no_pause_of_this_law_is_refused(debtor):
    with pytest.raises(respite.OverAlready):
        begin(debtor, started_on=TODAY - timedelta(days=60))
    with pytest.raises(KeyError):
        begin(debtor, COURT)
    assert not Hold.objects.exists()


def test_a_crisis_ends_thirty_days_after_its_treatment(debtor):
    made = begin(debtor, CRISIS)
    on, now = TODAY + timedelta(days=100), NOW + timedelta(days=101)
    made = respite.cause_ended(respite=made, on=on, law=UK, by="system", now=now)
    assert made.hold.until_at == holds.days_from(on, 31, "Europe/London")  # the thirtieth day counts
    with pytest.raises(respite.NotPossible):
        respite.cause_ended(respite=made, on=on, law=UK, by="system", now=now)


def test_an_advisers_time_is_made_longer_once(debtor):
    made = respite.extend(respite=begin(debtor, ADVISER), law=UK, by="system", now=NOW)
    assert made.hold.until_at == holds.days_from(TODAY, 60, "Europe/London")
    with pytest.raises(respite.NotPossible):
        respite.extend(respite=made, law=UK, by="system", now=NOW)


@pytest.mark.parametrize("act", [respite.extend, respite.cause_ended, respite.negotiation_began])
def test_a_step_that_the_law_does_not_know_of_this_kind_is_refused(debtor, act):
    made = begin(debtor)
    on = {} if act is respite.extend else {"on": TODAY}
    with pytest.raises(respite.NotPossible):
        act(respite=made, law=UK, by="system", now=NOW, **on)
    holds.end(hold=made.hold, by="system", now=NOW)
    with pytest.raises(respite.NotPossible):
        act(respite=made, law=UK, by="system", now=NOW, **on)


def test_a_review_falls_between_the_days_of_the_law(debtor):
    found = respite.dates(begin(debtor), UK, TODAY)
    assert (found.review_from, found.review_until) == (date(2026, 12, 17), date(2026, 12, 27))  # days 25 and 35
    assert found.objection_by == date(2026, 12, 13)
    assert respite.dates(begin(debtor, ADVISER), UK, TODAY) == respite.Dates()


def test_a_negotiation_has_days_of_its_own(debtor):
    made = begin(debtor, COURT, law=TW)
    assert respite.dates(made, TW, TODAY) == respite.Dates(begin_by=date(2026, 12, 23))
    assert respite.dates(made, TW, date(2026, 12, 24)).may_go_to_court
    began, now = date(2026, 12, 1), NOW + timedelta(days=10)
    made = respite.negotiation_began(respite=made, on=began, law=TW, by="system", now=now)
    assert respite.dates(made, TW, TODAY) == respite.Dates(finish_by=date(2027, 3, 1))
    failed = respite.dates(made, TW, date(2027, 3, 2))
    assert (failed.may_go_to_court, failed.certificate_by) == (True, date(2027, 3, 8))
    assert holds.in_force(made.hold, now)  # until somebody ends it


def test_a_pause_on_one_debt_leaves_the_others(debtor):
    mine, other = make_debt(debtor=debtor), make_debt(debtor=debtor)
    hold = begin(debtor, debt=mine).hold
    assert holds.on_debt([hold], other) == []
