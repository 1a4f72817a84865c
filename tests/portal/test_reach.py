"""How far reminders come: each stage, the first door of each, and why not; counted again it is the same."""

import uuid
from datetime import date, timedelta

import pytest
from django.db import transaction

from accounts import history, outbox
from accounts.models import FactTry, Message
from portal.contact import reach, thread
from portal.contact.models import Campaign, Reach, Recipient
from tests.factories import (
    NOW,
    TODAY,
    make_contact,
    make_creditor,
    make_debt,
    make_debtor,
    make_entry,
    make_link,
    make_staff,
)

LATER = NOW + timedelta(days=3)


@pytest.fixture
def creditor(db):
    return make_creditor()


def reminded(creditor, *, at=NOW, debtor=None, zone="Asia/Taipei", **values):
    debtor = debtor or make_debt(creditor=creditor, debtor=make_debtor(creditor=creditor, time_zone=zone)).debtor
    contact = debtor.contacts.first() or make_contact(debtor)
    link = make_link(debtor, creditor, now=at)
    given = {"state": "sent", "sent_at": at, "purpose": "reminder", "template": "first_contact", "language": "zh-hant"}
    given |= {"channel": "sms", "key": uuid.uuid4().hex, "body": "", "creditor": creditor, "link": link}
    given |= {"not_before_at": at, "not_after_at": at, "created_at": at}
    return Message.objects.create(debtor=debtor, contact=contact, **given | values)


def opened(message, at=NOW + timedelta(hours=1)):
    message.link.opened_at = at
    message.link.save()


def passed(message, at=NOW + timedelta(hours=1), *, right=True):
    opened(message)
    FactTry.objects.create(debtor=message.debtor, link=message.link, tried_at=at, passed=right)


def did(message, act, at=NOW + timedelta(hours=2), **data):
    with transaction.atomic():
        history.record(by=message.debtor, act=act, on=message.debtor, debtor=message.debtor, now=at, data=data)


def counted(now=LATER):
    reach.recount(since=now - reach.SETTLES_AFTER, now=now)
    return Reach.objects.order_by("day", "hour")


def test_each_stage_counts(creditor):
    messages = [reminded(creditor) for _ in range(5)]
    for message in messages[:4]:
        Message.objects.filter(pk=message.pk).update(receipt="delivered")
    for message in messages[:3]:
        opened(message)
    for message in messages[:2]:
        passed(message)
    did(messages[0], "plan.agreed")
    (row,) = counted()
    assert (row.day, row.hour, row.creditor, row.channel) == (date(2026, 11, 23), 12, creditor, "sms")
    assert [getattr(row, stage) for stage in reach.STAGES] == [5, 4, 3, 2, 1]
    assert row.acts == {"plan": 1}


def test_the_day_and_hour_are_the_persons_own(creditor):
    reminded(creditor, zone="America/New_York", at=NOW)  # 23:00 of the day before
    (row,) = counted()
    assert (row.day, row.hour) == (date(2026, 11, 22), 23)


@pytest.mark.parametrize(
    ("act", "data", "door"),
    [
        ("plan.agreed", {}, "plan"),
        ("offer.sent", {}, "plan"),
        ("ledger.posted", {"kind": "payment"}, "pay"),
        ("ledger.posted", {"kind": "fee"}, None),
        ("hold.placed", {"kind": "pause"}, "pause"),
        ("hold.placed", {"kind": "dispute"}, "check"),
        ("hold.placed", {"kind": "court"}, None),
        ("thread.written", {}, "message"),
        ("not_me.said", {}, "not_me"),
        ("stop.said", {}, "stop"),
        ("case.opened", {}, None),
    ],
)
def test_doors(creditor, act, data, door):
    did(reminded(creditor), act, **data)
    (row,) = counted()
    assert row.acts == ({door: 1} if door else {})


def test_the_first_door_counts_once_and_only_within_seven_days(creditor):
    message, late = reminded(creditor), reminded(creditor)
    did(message, "thread.written")
    did(message, "plan.agreed", at=NOW + timedelta(hours=3))
    did(late, "plan.agreed", at=NOW + timedelta(days=7, seconds=1))
    (row,) = counted(NOW + timedelta(days=8))
    assert (row.acted, row.acts) == (1, {"message": 1})


def test_an_act_belongs_to_the_last_reminder_before_it(creditor):
    first = reminded(creditor)
    reminded(creditor, debtor=first.debtor, at=NOW + timedelta(days=1))
    did(first, "plan.agreed", at=NOW + timedelta(days=2))
    assert [row.acted for row in counted()] == [0, 1]


def paid(message, *, at=NOW + timedelta(days=1), on=TODAY, **values):
    """As a creditor's file tells of it: an entry, and no event of the person's."""
    return make_entry(message.debtor.debts.get(), posted_at=at, effective_on=on, **values)


@pytest.mark.parametrize(
    ("values", "acts"),
    [
        ({}, {"pay": 1}),
        ({"kind": "fee", "amount_minor": 500}, {}),
        ({"on": TODAY - timedelta(days=1)}, {}),  # before the reminder, and told of late
        ({"at": NOW - timedelta(seconds=1)}, {}),
        ({"at": NOW + timedelta(days=7)}, {"pay": 1}),
        ({"at": NOW + timedelta(days=7, seconds=1)}, {}),
    ],
)
def test_a_payment_that_a_file_tells_of_counts(creditor, values, acts):
    message = reminded(creditor)
    reminded(creditor)  # nobody else's payment
    paid(message, **values)
    (row,) = counted()
    assert (row.sent, row.acts) == (2, acts)


def test_of_a_payment_and_another_act_the_first_counts(creditor):
    before, after, both = reminded(creditor), reminded(creditor), reminded(creditor)
    did(before, "plan.agreed"), paid(before)
    did(after, "plan.agreed", at=NOW + timedelta(days=2)), paid(after), paid(after, at=NOW + timedelta(days=2))
    did(both, "ledger.posted", at=NOW + timedelta(days=1), kind="payment"), paid(both)
    (row,) = counted()
    assert (row.acted, row.acts) == (3, {"plan": 1, "pay": 2})


def test_a_payment_belongs_to_the_last_reminder_before_it(creditor):
    first = reminded(creditor)
    reminded(creditor, debtor=first.debtor, at=NOW + timedelta(days=1))
    paid(first, at=NOW + timedelta(days=2), on=TODAY + timedelta(days=1))
    assert [row.acted for row in counted()] == [0, 1]


def test_who_paid_did_not_leave_it_at_looking(creditor):
    message = reminded(creditor)
    passed(message), passed(reminded(creditor)), paid(message)
    (row,) = counted()
    assert row.why_not == {"left": 1}


def test_why_not(creditor):
    reminded(creditor, state="cancelled", sent_at=None, reason="OUT_OF_HOURS:tw, LIMIT_policy_e_day:tw")
    reminded(creditor, state="cancelled", sent_at=None, reason="stale")
    reminded(creditor, state="failed", sent_at=None, reason="refused: 21610")
    reminded(creditor, receipt="undelivered")
    passed(reminded(creditor), right=False)
    passed(reminded(creditor))
    done = reminded(creditor)
    passed(done), did(done, "plan.agreed")
    (row,) = counted()
    assert row.sent == 4
    assert row.why_not == {
        "OUT_OF_HOURS": 1, "LIMIT_policy_e_day": 1, "other": 1, "bounced": 2, "wrong_fact": 1, "left": 1,
    }  # fmt: skip


def test_people_held_back_by_a_campaign_count(creditor):
    campaign = Campaign.objects.create(
        name="Spring", creditor=creditor, wording="first_contact", channels=["sms"], starts_at=NOW,
        ends_at=LATER, made_by=make_staff(), made_at=NOW,
    )  # fmt: skip
    debtor = make_debt(creditor=creditor).debtor
    held = {"state": "held_back", "at": NOW, "campaign": campaign}
    Recipient.objects.create(debtor=debtor, reasons=[["DISPUTE_HOLD", "tw"]], **held)
    Recipient.objects.create(debtor=make_debt(creditor=creditor).debtor, reasons=["COURT:tw"], **held)
    (row,) = counted()
    assert (row.sent, row.why_not) == (0, {"DISPUTE_HOLD": 1, "COURT": 1})


def test_what_is_no_reminder_does_not_count(creditor):
    reminded(creditor, purpose="service")
    reminded(creditor, purpose="code")
    assert list(counted()) == []


def test_counted_again_it_is_the_same_and_old_days_stay(creditor):
    old = reminded(creditor, at=NOW - timedelta(days=30))
    assert len(counted(NOW - timedelta(days=29))) == 1
    reminded(creditor)
    first = list(counted().values())
    Message.objects.filter(pk=old.pk).delete()
    again = list(counted().values())
    assert len(again) == 2
    assert [{**row, "id": 0} for row in first] == [{**row, "id": 0} for row in again]


def test_asking_kinds_are_those_of_the_outbox(creditor):
    assert set(outbox.ASKING) == {"reminder", "instalment"}
    message = reminded(creditor, purpose="instalment")
    thread.write(debtor=message.debtor, body="Hello", key=uuid.uuid4(), by=message.debtor, now=NOW + timedelta(hours=1))
    (row,) = counted()
    assert row.acts == {"message": 1}
