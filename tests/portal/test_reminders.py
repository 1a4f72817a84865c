"""Reminders: the way in that each region's rules allow, what a preview says, and what is asked again before sending."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts import outbox
from accounts.models import Debt, Hold, Link, Message
from portal.contact import reminders, send, standing
from portal.contact.decide import Defer, Never, Send
from portal.contact.models import Campaign, Recipient, Stop, Wish
from portal.contact.verdicts import RELEASED_OVER
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_staff
from tests.portal.sending import known

PLACES = {
    "tw": ("Asia/Taipei", "+886912345678"),
    "cn": ("Asia/Shanghai", "+8613812345678"),
    "hk": ("Asia/Hong_Kong", "+85291234567"),
    "us": ("America/New_York", "+12025550123"),
}
DAY = {"us": NOW + timedelta(hours=11)}  # 10:00 in New York
NIGHT = NOW + timedelta(hours=11)  # 23:00 in Taipei


@pytest.fixture(autouse=True)
def at_home(settings, tmp_path):
    settings.PUBLIC_BASE_URL = "https://abcdefg"
    settings.SMS_URL = f"file://{tmp_path}/out"


def person(region: str = "tw", language: str = "en", **values):
    zone, phone = PLACES[region]
    creditor = known(make_creditor(region=region, time_zone=zone))
    debtor = make_debtor(creditor=creditor, time_zone=zone, language=language, **values)
    make_contact(debtor, address=phone)
    make_debt(debtor=debtor, creditor=creditor)
    return debtor


def about(debtor, now, **values) -> dict:
    given = {"creditor": debtor.refs.get().creditor, "contact": debtor.contacts.first(), "wording": "first_contact"}
    return {"standing": standing.of(debtor, now), "now": now} | given | values


def remind(debtor, now=NOW, **values):
    with transaction.atomic():
        return reminders.remind(**about(debtor, now, key=f"first:{now}", by="system") | values)


def send_at(now) -> None:
    send.send_due(worker="w", clock=lambda: now)


def after(message: Message) -> Message:
    message.refresh_from_db()
    return message


# --- The way in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "registered", "kind", "holds", "lacks"),
    [
        ("us", set(), "token", "https://abcdefg/r/", "nothing"),
        ("tw", {"tw"}, "reference", "abcdefg", "/r/"),
        ("tw", set(), "reference", "", "abcdefg"),
        ("cn", {"cn"}, "reference", "abcdefg", "/r/"),
        ("cn", {"tw"}, "reference", "", "abcdefg"),
        ("hk", {"hk"}, "reference", "", "abcdefg"),
    ],
)
def test_a_text_gives_the_way_in_that_its_region_allows(db, settings, region, registered, kind, holds, lacks):
    settings.REGISTERED_IN = registered
    message = remind(person(region), DAY.get(region, NOW))
    assert isinstance(message, Message), message
    text = outbox.clear_text(message.body)
    assert message.link.kind == kind
    assert holds in text
    assert lacks not in text
    assert text.count(message.creditor.name) <= 1
    send_at(DAY.get(region, NOW))
    assert (after(message).state, message.reason) == ("sent", "")
    assert "…" in message.body
    assert "…" in message.params


def test_a_preview_writes_nothing_and_is_as_long(db):
    debtor = person()
    seen = reminders.preview(**about(debtor, NOW))
    assert isinstance(seen.decision, Send)
    assert (Message.objects.count(), Link.objects.count()) == (0, 0)
    assert len(outbox.clear_text(remind(debtor).body)) == len(seen.body)


def test_the_same_key_says_it_once(db):
    debtor = person()
    first = remind(debtor)
    assert remind(debtor) == first
    assert (Message.objects.count(), Link.objects.count()) == (1, 1)


def test_at_night_nothing_is_written_unless_it_is_held_back(db):
    debtor = person()
    answer = remind(debtor, NIGHT)
    assert isinstance(answer, Defer)
    assert (Message.objects.count(), Link.objects.count()) == (0, 0)
    message = remind(debtor, NIGHT, hold_back=True)
    assert (message.not_before_at, message.reason) == (answer.until, "OUT_OF_HOURS:tw")
    assert message.not_after_at == answer.until + timedelta(hours=24)
    send_at(NIGHT)
    assert after(message).state == "queued"
    send_at(answer.until)
    assert (after(message).state, message.reason) == ("sent", "")


def test_what_may_never_be_said_is_not_written(db):
    debtor = person()
    debtor.debts.update(balance_minor=0)
    assert isinstance(remind(debtor), Never)
    assert Link.objects.count() == 0


def test_a_text_in_the_states_says_how_to_stop(db):
    assert "STOP" in outbox.clear_text(remind(person("us"), DAY["us"]).body)


# --- Asked again just before -----------------------------------------------------------------------------------------


def paid(message: Message) -> None:
    Debt.objects.filter(debtor=message.debtor).update(balance_minor=0)


def stopped(message: Message) -> None:
    Stop.objects.create(debtor=message.debtor, contact=message.contact, channel="sms", source="reply", at=NOW)


def unwished(message: Message) -> None:
    Wish.objects.create(debtor=message.debtor, channel="email", updated_at=NOW)


def paused(message: Message) -> None:
    Hold.objects.create(debtor=message.debtor, kind="pause", from_at=NOW, until_at=NOW + timedelta(days=9))


def stopped_campaign(message: Message) -> None:
    ends = NOW + timedelta(days=1)
    made = {"name": "x", "creditor": message.creditor, "wording": "first_contact", "made_by": make_staff()}
    campaign = Campaign.objects.create(starts_at=NOW, ends_at=ends, made_at=NOW, state="stopped", **made)
    Recipient.objects.create(campaign=campaign, debtor=message.debtor, message=message, state="queued")


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (paid, "SETTLED"),
        (stopped, "OPTED_OUT:tw"),
        (unwished, "NOT_WISHED:wishes"),
        (paused, "PAUSED"),
        (stopped_campaign, "campaign stopped"),
    ],
)
def test_what_happened_since_is_seen_just_before_it_goes_out(db, happens, reason):
    message = remind(person())
    happens(message)
    send_at(NOW)
    assert (after(message).state, message.reason, message.body, message.params) == ("cancelled", reason, "", "")
    assert Link.objects.get(pk=message.link_id).revoked_reason == "not sent"


def test_a_window_that_closed_puts_it_off_and_opens_slowly(db):
    messages = [
        remind(person(), NOW + timedelta(hours=9, minutes=50), key=str(number)) for number in range(20)
    ]  # 21:50
    late = NOW + timedelta(hours=10, minutes=1)
    send_at(late)
    opens = NOW + timedelta(hours=19)  # 07:00
    for message in messages:
        assert (after(message).state, message.reason) == ("queued", "OUT_OF_HOURS:tw")
        assert opens <= message.not_before_at < opens + timedelta(seconds=RELEASED_OVER)
        assert message.not_after_at == NOW + timedelta(hours=33, minutes=50)
    assert len({message.not_before_at for message in messages}) > 10
    send_at(opens + timedelta(seconds=RELEASED_OVER))
    assert {after(message).state for message in messages} == {"sent"}


def test_what_would_be_put_off_beyond_its_time_is_cancelled(db):
    message = remind(person())
    Message.objects.filter(pk=message.pk).update(not_after_at=NIGHT + timedelta(hours=1))
    send_at(NIGHT)
    assert (after(message).state, message.reason) == ("cancelled", "OUT_OF_HOURS:tw")


def test_two_reminders_to_one_person_keep_the_limit_of_a_day(db):
    debtor = person()
    first, second = (remind(debtor, key=key) for key in ("a", "b"))
    send_at(NOW)
    states = sorted([after(first).state, after(second).state])
    assert states == ["queued", "sent"]
    waits = first if first.state == "queued" else second
    assert (waits.reason, waits.attempts) == ("LIMIT_policy_day:tw", 0)
    assert waits.not_before_at == NOW + timedelta(hours=19)  # 07:00


def test_answers_go_out_at_night_and_hold_what_a_reminder_may_hold(db):
    debtor = person()
    about = {"debtor": debtor, "contact": debtor.contacts.first(), "purpose": "service", "now": NIGHT}
    with transaction.atomic():
        answer = outbox.queue(key="a", template="new_message", **about)
        link = outbox.queue(key="b", template="new_message", context={"link": "https://elsewhere.example/x"}, **about)
    Message.objects.filter(pk=link.pk).update(body="Pinghuan: https://elsewhere.example/x")
    send_at(NIGHT)
    assert after(answer).state == "sent"
    assert (after(link).state, link.reason) == ("cancelled", "LINK_NOT_ALLOWED:tw")
