"""Holds: what the law says stops, stops at once; each is an event; ending one twice does no harm."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts import holds, rules
from accounts.models import Event, Hold
from tests.factories import NOW, TODAY, make_creditor, make_debt, make_debtor

LAW = rules.law_for("tw", TODAY)


@pytest.fixture
def debtor(db):
    return make_debtor(creditor=make_creditor())


def place(debtor, kind="pause", **values) -> Hold:
    return holds.place(debtor=debtor, **{"kind": kind, "law": LAW, "by": "system", "now": NOW} | values)


@pytest.mark.parametrize(
    ("kind", "contact", "interest", "payments"),
    [
        ("pause", True, False, True),
        ("dispute", True, False, True),
        ("breathing_space", True, False, True),
        ("vulnerability", True, False, False),
        ("deceased", True, True, True),
        ("court", True, False, True),
    ],
)
def test_the_law_says_what_stops(debtor, kind, contact, interest, payments):
    hold = place(debtor, kind)
    assert (hold.stops_contact, hold.stops_interest, hold.stops_payments) == (contact, interest, payments)


def test_a_hold_is_an_event_with_its_law_and_no_words(debtor):
    hold = place(debtor, "dispute", note="my own words", reason="paid", until=NOW + timedelta(days=1))
    event = Event.objects.get()
    assert (event.act, event.on) == ("hold.placed", f"hold:{hold.pk}")
    assert event.data == {
        "kind": "dispute",
        "reason": "paid",
        "law": LAW.name,
        "reminders_cancelled": 0,
        "debt": None,
        "until": "2026-11-24T04:00:00+00:00",
    }


def test_a_kind_the_law_does_not_know_is_refused(debtor):
    with pytest.raises(KeyError):
        place(debtor, "holiday")
    assert not Hold.objects.exists()


def test_a_debt_of_somebody_else_is_refused(debtor):
    with pytest.raises(ValueError, match="another person"):
        place(debtor, debt=make_debt())
    assert not Hold.objects.exists()


def test_ending_twice_writes_once(debtor):
    hold = place(debtor)
    assert holds.end(hold=hold, by=debtor, now=NOW, reason="asked")
    assert not holds.end(hold=hold, by=debtor, now=NOW)
    hold.refresh_from_db()
    assert (hold.ended_at, hold.ended_reason) == (NOW, "asked")
    assert Event.objects.filter(act="hold.ended").count() == 1


def test_a_hold_that_ran_out_cannot_be_ended(debtor):
    hold = place(debtor, until=NOW + timedelta(days=1))
    assert not holds.end(hold=hold, by=debtor, now=NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("until", "ended", "at", "open_"),
    [
        (None, None, NOW, True),
        (None, None, NOW - timedelta(seconds=1), False),
        (NOW + timedelta(days=1), None, NOW + timedelta(hours=23), True),
        (NOW + timedelta(days=1), None, NOW + timedelta(days=1), False),
        (None, NOW, NOW, False),
    ],
)
def test_python_and_the_database_agree_on_what_is_open(debtor, until, ended, at, open_):
    hold = place(debtor, until=until)
    Hold.objects.update(ended_at=ended)
    hold.refresh_from_db()
    assert holds.in_force(hold, at) is open_
    assert (holds.open_for(debtor, at) == [hold]) is open_


def test_a_hold_on_one_debt_leaves_the_others_alone(debtor):
    mine, other = make_debt(debtor=debtor), make_debt(debtor=debtor)
    on_one, on_all = place(debtor, "dispute", debt=mine), place(debtor, "vulnerability")
    found = holds.open_for(debtor, NOW)
    assert set(holds.on_debt(found, mine)) == {on_one, on_all}
    assert holds.on_debt(found, other) == [on_all]


def test_days_begin_where_the_person_lives():
    assert holds.days_from(date(2026, 11, 23), 14, "Asia/Taipei") == datetime(2026, 12, 6, 16, tzinfo=UTC)
    assert holds.days_from(date(2026, 11, 23), 14, "America/New_York") == datetime(2026, 12, 7, 5, tzinfo=UTC)
