"""Campaigns: who is chosen, what is counted, how slowly it goes out, and that a stop stops."""

from datetime import timedelta

import pytest

from accounts.models import Debt, Debtor, Event, Hold, Message
from plans.models import Plan
from portal.contact import learning, send, thread
from portal.contact.campaigns import acts, choosing, counting, planning
from portal.contact.campaigns.choosing import Filters
from portal.contact.models import Campaign, Reach, Recipient
from portal.contact.models.timing import Timing
from tests.factories import (
    NOW,
    TODAY,
    make_contact,
    make_creditor,
    make_debt,
    make_debtor,
    make_entry,
    make_plan,
    make_staff,
)
from tests.portal.sending import known

LATER = NOW + timedelta(days=5)
NIGHT = NOW + timedelta(hours=11)  # 23:00 in Taipei


@pytest.fixture(autouse=True)
def at_home(settings, tmp_path):
    settings.PUBLIC_BASE_URL = "https://abcdefg"
    settings.SMS_URL = f"file://{tmp_path}/out"


@pytest.fixture
def creditor(db):
    return known(make_creditor())


def make_person(creditor, *, contact: bool = True, language: str = "en", **debt) -> Debtor:
    debtor = make_debtor(creditor=creditor, language=language)
    if contact:
        make_contact(debtor, address=f"+8869{Debtor.objects.count():08}")
    make_debt(debtor=debtor, creditor=creditor, **debt)
    return debtor


def make_campaign(creditor, *, by=None, filters=None, now=NOW, **values) -> Campaign:
    given = {"name": "First words", "wording": "first_contact", "channels": ["sms"], "starts_at": now, "ends_at": LATER}
    return acts.write(
        creditor=creditor, filters=filters or Filters(), by=by or make_staff(), now=now, **(given | values)
    )


def counted(creditor, **values) -> Campaign:
    return counting.count(campaign_id=make_campaign(creditor, **values).pk, now=values.get("now", NOW))


def approved(creditor, **values) -> Campaign:
    campaign = counted(creditor, **values)
    return acts.approve(campaign=campaign, by=make_staff(), now=values.get("now", NOW))


def states(campaign) -> dict[str, int]:
    rows = list(Recipient.objects.filter(campaign=campaign).values_list("state", flat=True))
    return {state: rows.count(state) for state in set(rows)}


@pytest.mark.every_engine
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"young", "old", "rich", "planned"}),
        ({"overdue_from": 60}, {"old", "rich", "planned"}),
        ({"overdue_to": 59}, {"young"}),
        ({"overdue_from": 60, "overdue_to": 60}, {"old", "rich", "planned"}),
        ({"currency": "TWD", "balance_from": 5_000_000}, {"rich"}),
        ({"currency": "TWD", "balance_to": 4_999_999}, {"young", "old", "planned"}),
        ({"currency": "CNY"}, set()),
        ({"product": "loan"}, {"young"}),
        ({"plan": "running"}, {"planned"}),
        ({"plan": "none"}, {"young", "old", "rich"}),
        ({"quiet_days": 7}, {"young", "rich", "planned"}),
        ({"quiet_days": 1}, {"young", "old", "rich", "planned"}),
    ],
)
def test_who_is_chosen(creditor, filters, found):
    old = {"overdue_since": TODAY - timedelta(days=60)}
    make_person(creditor, overdue_since=TODAY - timedelta(days=10), product="loan", balance_minor=1_000_000)
    people = {
        "young": Debtor.objects.get(),
        "old": make_person(creditor, balance_minor=1_000_000, **old),
        "rich": make_person(creditor, balance_minor=5_000_000, **old),
        "planned": make_person(creditor, balance_minor=1_000_000, **old),
    }
    make_plan(Debt.objects.get(debtor=people["planned"]))
    assert Plan.objects.get().state == Plan.State.RUNNING
    make_person(creditor, balance_minor=0)
    make_person(creditor, state=Debt.State.CLOSED)
    make_person(make_creditor(name="Another"))
    said(people["old"], creditor, NOW - timedelta(days=3))
    campaign = make_campaign(creditor, filters=Filters(**filters))
    chosen = set(choosing.chosen(campaign, NOW))
    assert {name for name, person in people.items() if person in chosen} == found
    assert len(chosen) == len(found)


def said(debtor, creditor, at) -> Message:
    about = {"debtor": debtor, "creditor": creditor, "contact": debtor.contacts.first(), "channel": "sms"}
    text = {
        "template": "first_contact",
        "purpose": "reminder",
        "language": "en",
        "body": "…",
        "key": f"{debtor.pk}{at}",
    }
    when = {"created_at": at, "not_before_at": at, "not_after_at": at + timedelta(days=1), "sent_at": at}
    return Message.objects.create(state="sent", **about, **text, **when)


def test_a_count_says_who_gets_what_and_what_each_rule_holds_back_and_writes_no_message(creditor):
    make_person(creditor)
    make_person(creditor, language="zh-hant")
    held = make_person(creditor)
    Hold.objects.create(debtor=held, kind=Hold.Kind.PAUSE, from_at=NOW, stops_contact=True)
    make_person(creditor, contact=False)
    campaign = counted(creditor)
    today, report = TODAY.isoformat(), campaign.report
    assert report["people"] == 4
    assert report["said"] == [["sms", "en", "reference", today, 1], ["sms", "zh-hant", "reference", today, 1]]
    assert {(code, count) for code, _law, count in report["held"]} == {("PAUSED", 1), ("NO_ADDRESS", 1)}
    assert [sample[:3] for sample in report["samples"]] == [row[:3] for row in report["said"]]
    assert states(campaign) == {"chosen": 2, "held_back": 2}
    assert not Message.objects.exists()


def test_an_address_of_which_the_key_is_lost_keeps_back_its_person_alone(creditor, settings):
    make_person(creditor)
    keys = settings.FIELDS_KEYS
    settings.FIELDS_KEYS = [b"k" * 32]
    lost = make_person(creditor)
    settings.FIELDS_KEYS = keys
    campaign = counted(creditor)
    assert states(campaign) == {"chosen": 1, "held_back": 1}
    held = Recipient.objects.get(campaign=campaign, debtor=lost)
    assert held.reasons == [["ADDRESS_UNREADABLE", ""]]


def test_counted_at_night_the_people_are_planned_for_the_morning(creditor):
    make_person(creditor)
    campaign = counted(creditor, now=NIGHT)
    one = campaign.recipients.get()
    assert one.state == Recipient.State.CHOSEN
    assert one.again_at == NOW + timedelta(hours=19)  # 7:00 in Taipei
    assert {code for code, _law in one.reasons} == {"OUT_OF_HOURS"}


def test_a_second_count_replaces_the_first(creditor):
    make_person(creditor)
    campaign = counted(creditor)
    make_person(creditor)
    assert counting.count(campaign_id=campaign.pk, now=NOW).people == 2
    assert campaign.recipients.count() == 2


def test_an_approved_campaign_queues_each_message_once_and_is_done(creditor):
    for _number in range(3):
        make_person(creditor)
    campaign = approved(creditor)
    assert planning.plan_some(NOW) == 3
    assert planning.plan_some(NOW) == 0
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DONE
    assert states(campaign) == {"queued": 3}
    assert send.send_due(worker="w", clock=lambda: NOW) == 3
    assert list(Message.objects.values_list("state", "purpose", "creditor").distinct()) == [
        ("sent", "reminder", creditor.pk)
    ]


def test_what_changed_after_the_count_is_asked_again(creditor):
    debtor = make_person(creditor)
    campaign = approved(creditor)
    Hold.objects.create(debtor=debtor, kind=Hold.Kind.DISPUTE, from_at=NOW, stops_contact=True)
    planning.plan_some(NOW)
    one = campaign.recipients.get()
    assert (one.state, one.message) == (Recipient.State.HELD_BACK, None)
    assert "DISPUTE_HOLD" in {code for code, _law in one.reasons}


def test_whom_a_rule_kept_back_at_the_count_is_asked_again_when_it_runs(creditor):
    debtor = make_person(creditor)
    hold = Hold.objects.create(debtor=debtor, kind=Hold.Kind.PAUSE, from_at=NOW, stops_contact=True)
    campaign = approved(creditor)
    Hold.objects.filter(pk=hold.pk).update(ended_at=NOW)
    planning.plan_some(NOW)
    assert states(campaign) == {"queued": 1}


def test_it_goes_out_slowly(creditor, monkeypatch):
    for _number in range(8):
        make_person(creditor)
    monkeypatch.setattr(planning, "FEW_A_MINUTE", 3)
    campaign = approved(creditor)
    dealt_with = [planning.plan_some(NOW + timedelta(seconds=second)) for second in (0, 1, 59, 60, 61, 120)]
    assert dealt_with == [3, 0, 0, 3, 0, 2]
    assert states(campaign) == {"queued": 8}


def test_at_its_end_the_rest_is_held_back(creditor):
    make_person(creditor)
    campaign = approved(creditor, ends_at=NOW + timedelta(hours=1))
    planning.plan_some(NOW + timedelta(hours=2))
    campaign.refresh_from_db()
    one = campaign.recipients.get()
    assert (campaign.state, one.state, one.reasons) == ("done", "held_back", [["CAMPAIGN_OVER", ""]])


def test_at_its_end_what_kept_somebody_waiting_stays_beside_it(creditor):
    people = [make_person(creditor) for _number in range(3)]
    campaign = approved(creditor, ends_at=NOW + timedelta(hours=1))
    waited = [["OUT_OF_HOURS", "tw"], ["LIMIT_policy_day", "tw"]]
    campaign.recipients.exclude(debtor=people[0]).update(reasons=waited)
    planning.plan_some(NOW + timedelta(hours=2))
    over = ["CAMPAIGN_OVER", ""]
    assert sorted(campaign.recipients.values_list("reasons", flat=True)) == [[over], [*waited, over], [*waited, over]]


def test_a_stop_cancels_what_waits_and_plans_nothing_more(creditor, monkeypatch):
    for _number in range(4):
        make_person(creditor)
    monkeypatch.setattr(planning, "FEW_A_MINUTE", 2)
    campaign = approved(creditor)
    planning.plan_some(NOW)
    assert acts.stop(campaign=campaign, by=make_staff(), now=NOW) == 2
    assert acts.stop(campaign=campaign, by=make_staff(), now=NOW) == 0
    assert planning.plan_some(NOW + timedelta(minutes=2)) == 0
    send.send_due(worker="w", clock=lambda: NOW)
    gone = Message.objects.values_list("state", "reason", "body", "link__revoked_reason")
    assert set(gone) == {("cancelled", "campaign stopped", "", "not sent")}
    assert Event.objects.filter(act="campaign.stopped").count() == 1


def test_its_writer_may_not_approve_it_for_many_people(creditor, monkeypatch):
    make_person(creditor)
    make_person(creditor)
    monkeypatch.setattr(acts, "ALONE_UP_TO", 1)
    writer = make_staff()
    campaign = counted(creditor, by=writer)
    with pytest.raises(acts.NotAlone):
        acts.approve(campaign=campaign, by=writer, now=NOW)
    assert acts.approve(campaign=campaign, by=make_staff(), now=NOW).state == Campaign.State.APPROVED


def test_what_is_not_counted_or_too_old_or_nobody_is_not_approved(creditor):
    campaign = make_campaign(creditor)
    with pytest.raises(acts.NotCounted):
        acts.approve(campaign=campaign, by=make_staff(), now=NOW)
    counting.count(campaign_id=campaign.pk, now=NOW)
    with pytest.raises(acts.NotCounted):
        acts.approve(campaign=campaign, by=make_staff(), now=NOW)
    make_person(creditor)
    counting.count(campaign_id=campaign.pk, now=NOW)
    with pytest.raises(acts.NotCounted):
        acts.approve(campaign=campaign, by=make_staff(), now=NOW + timedelta(hours=25))
    with pytest.raises(acts.NotOpen):
        acts.approve(campaign=campaign, by=make_staff(), now=LATER)


def test_a_follow_up_goes_once_to_those_who_came_looked_and_left(creditor):
    people = {name: make_person(creditor) for name in ("left", "acted", "paid", "never_came")}
    campaign = approved(creditor)
    planning.plan_some(NOW)
    send.send_due(worker="w", clock=lambda: NOW)
    for name in ("left", "acted", "paid"):
        link = Message.objects.get(debtor=people[name]).link
        type(link).objects.filter(pk=link.pk).update(opened_at=NOW)
    thread.write(
        debtor=people["acted"], body="hello", key=people["acted"].pk, by=people["acted"], now=NOW + timedelta(hours=1)
    )
    make_entry(people["paid"].debts.get(), posted_at=NOW + timedelta(days=1))  # by the creditor's file
    about = {"name": "Again", "wording": "second_contact", "by": make_staff(), "now": LATER}
    with pytest.raises(acts.TooSoon):
        acts.follow(campaign=campaign, **about | {"now": NOW}, starts_at=NOW, ends_at=NOW + timedelta(days=1))
    when = {"starts_at": LATER, "ends_at": LATER + timedelta(days=2)}
    again = acts.follow(campaign=campaign, **about, **when)
    assert acts.follow(campaign=campaign, **about, **when) == again
    assert set(choosing.chosen(again, LATER)) == {people["left"]}


def test_no_follow_up_is_written_while_a_message_waits_for_its_morning(creditor):
    """The campaign is done once all are queued; the last of them may go out a day later, or never, which bars none."""
    for _number in range(2):
        make_person(creditor)
    campaign = approved(creditor)
    planning.plan_some(NOW)
    first, other = Message.objects.order_by("pk")
    Message.objects.filter(pk=first.pk).update(state="sent", sent_at=NOW)
    act = {"campaign": campaign, "name": "Again", "wording": "second_contact", "by": make_staff(), "now": LATER}
    act |= {"starts_at": LATER, "ends_at": LATER + timedelta(days=2)}
    for state in ("queued", "sending"):
        Message.objects.filter(pk=other.pk).update(state=state)
        with pytest.raises(acts.TooSoon):
            acts.follow(**act)
    Message.objects.filter(pk=other.pk).update(state="cancelled")
    assert acts.follow(**act).follows == campaign


def test_a_message_that_cannot_be_made_is_held_back_and_not_tried_for_ever(creditor):
    make_person(creditor)
    broken = approved(creditor)
    Campaign.objects.filter(pk=broken.pk).update(wording="gone")
    fine = approved(creditor)
    assert planning.plan_some(NOW) == 2
    assert (broken.recipients.get().state, broken.recipients.get().reasons) == ("held_back", [["NOT_MADE", ""]])
    assert states(fine) == {"queued": 1}


def test_a_learned_hour_is_one_that_the_rules_permit(creditor):
    make_person(creditor)
    Timing.objects.create(creditor=creditor, on=True, changed_at=NOW)
    day = (NOW - timedelta(days=20)).date()
    for hour, acted in ((3, 900), (19, 800), (9, 10)):
        Reach.objects.create(
            day=day, hour=hour, creditor=creditor, channel="sms", language="en", template="first_contact",
            sent=1000, acted=acted, acts={"plan": acted},
        )  # fmt: skip
    assert learning.learned(creditor, NOW).on
    one = counted(creditor).recipients.get()
    assert one.again_at.astimezone(NOW.tzinfo) == NOW + timedelta(hours=7)  # 19:00 in Taipei, and not 3:00
