"""Stop, write again, and what a reply brings about: in force with the act, as far as the rule sets say."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.crypto import blind_index
from accounts.models import ContactPoint, Event, Message
from portal.contact import send, standing, wishes
from portal.contact.decide import Never, Send
from portal.contact.heard import hear
from portal.contact.models import Heard, Stop, ThreadMessage, Wish
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_helper
from tests.portal.conftest import queries

LATER = NOW + timedelta(minutes=1)
STOP_QUERIES = 32
ZONE = {"us": "America/New_York", "cn": "Asia/Shanghai", "tw": "Asia/Taipei", "hk": "Asia/Hong_Kong"}


def make_person(region: str = "tw", **values):
    creditor = make_creditor(region=region, actor="creditor")
    debt = make_debt(
        creditor=creditor, debtor=make_debtor(time_zone=ZONE.get(region, "Europe/London"), language="en", **values)
    )
    return debt.debtor


def queued(contact: ContactPoint, purpose: str = "reminder", *, key: str = "", creditor=None) -> Message:
    begins = {"created_at": NOW, "not_before_at": NOW, "not_after_at": NOW + timedelta(hours=5)}
    return Message.objects.create(
        key=key or f"{contact.pk}:{purpose}",
        debtor=contact.debtor,
        contact=contact,
        channel=contact.channel,
        purpose=purpose,
        template="first_contact",
        language="en",
        body="An account matter",
        creditor=creditor,
        **begins,
    )


def said(contact: ContactPoint, body: str, *, event: str = "", at: datetime = LATER) -> Heard:
    return hear(
        gateway="demo",
        event_id=event or body,
        kind="reply",
        at=at,
        now=at,
        channel=contact.channel,
        address=contact.address,
        body=body,
    )


@pytest.fixture
def phone(db):
    return numbered(make_person())


def numbered(debtor, number: str = "+886912345678", **values) -> ContactPoint:
    channel = values.get("channel", "sms")
    return make_contact(debtor, address=number, address_index=blind_index(channel, number), **values)


def states() -> dict:
    return {message.key: message.state for message in Message.objects.all()}


# --- The act ----------------------------------------------------------------------------------------------------------


def test_a_stop_is_one_fact_with_one_event(phone):
    for _ in range(2):
        stop = wishes.stop(debtor=phone.debtor, channel="sms", contact=phone, source="page", by=phone.debtor, now=LATER)
    assert Stop.objects.get() == stop
    event = Event.objects.get(act="stop.said")
    assert event.data == {"channel": "sms", "source": "page", "cancelled": 0, "contact": str(phone.pk)}


@pytest.mark.parametrize(
    ("purpose", "state"),
    [
        ("reminder", "cancelled"),
        ("instalment", "cancelled"),
        ("service", "cancelled"),
        ("required", "cancelled"),
        ("code", "queued"),  # somebody sits and waits for it
        ("confirmation", "queued"),
    ],
)
def test_what_waits_is_cancelled_with_the_act(phone, purpose, state):
    message = queued(phone, purpose)
    wishes.stop(debtor=phone.debtor, channel="sms", source="page", by=phone.debtor, now=LATER)
    message.refresh_from_db()
    assert message.state == state
    assert (message.reason, message.body) == (("OPTED_OUT", "") if state == "cancelled" else ("", "An account matter"))


@pytest.mark.parametrize(
    ("region", "day", "closed"),
    [
        # address: this number alone; all_robotexts from 31 January 2027: every text; channel: every text as well
        ("us", datetime(2027, 1, 30, 17, tzinfo=UTC), {"first"}),
        ("us", datetime(2027, 1, 31, 17, tzinfo=UTC), {"first", "second"}),
        ("tw", datetime(2027, 1, 30, 9, tzinfo=UTC), {"first", "second"}),
        ("uk", datetime(2027, 1, 30, 9, tzinfo=UTC), {"first", "second"}),
    ],
)
def test_how_far_a_reply_reaches_is_the_rule_sets_to_say(db, region, day, closed):
    debtor = make_person(region)
    first, second = numbered(debtor), numbered(debtor, "+886912345679")
    mail = numbered(debtor, "wang@mail.example", channel="email")
    for key, contact in (("first", first), ("second", second), ("mail", mail)):
        queued(contact, key=key)
    wishes.stop(debtor=debtor, channel="sms", contact=first, source="reply", by=debtor, now=day)
    assert {key for key, state in states().items() if state == "cancelled"} == closed


def test_a_stop_on_the_page_closes_every_number_in_every_region(db):
    debtor = make_person("us")
    for key in ("first", "second"):
        queued(numbered(debtor, f"+1202555010{len(key)}"), key=key)
    wishes.stop(debtor=debtor, channel="sms", source="page", by=debtor, now=LATER)
    assert set(states().values()) == {"cancelled"}


def test_of_two_creditors_the_further_reach_holds_for_each_ones_own(db):
    """A creditor in the US whose rule set closes one number, one in Taiwan whose rule set closes all."""
    debtor = make_person("us")
    other = make_debt(debtor=debtor, creditor=make_creditor(region="tw")).creditor
    first, second = numbered(debtor), numbered(debtor, "+886912345679")
    queued(second, key="us", creditor=debtor.debts.order_by("created_at")[0].creditor)
    queued(second, key="tw", creditor=other)
    queued(second, key="nobody's")
    wishes.stop(debtor=debtor, channel="sms", contact=first, source="reply", by=debtor, now=LATER)
    assert states() == {"us": "queued", "tw": "cancelled", "nobody's": "cancelled"}


def test_wechat_is_a_chat_to_the_law(db):
    debtor = make_person("cn")
    bound = numbered(debtor, "openid", channel="wechat")
    queued(bound)
    wishes.stop(debtor=debtor, channel="wechat", source="page", by=debtor, now=LATER)
    assert Stop.objects.get().channel == "chat"
    assert set(states().values()) == {"cancelled"}


def test_a_contact_of_somebody_else_is_refused(phone):
    other = make_debtor()
    with pytest.raises(ValueError, match="another person"):
        wishes.stop(debtor=other, channel="sms", contact=phone, source="page", by=other, now=LATER)


def test_reopening_ends_the_stops_and_brings_nothing_back(phone):
    message = queued(phone)
    wishes.stop(debtor=phone.debtor, channel="sms", contact=phone, source="page", by=phone.debtor, now=LATER)
    for expected in (1, 0):
        assert wishes.reopen(debtor=phone.debtor, channel="sms", by=phone.debtor, now=LATER) == expected
    message.refresh_from_db()
    assert (message.state, Event.objects.filter(act="stop.ended").count()) == ("cancelled", 1)
    wishes.stop(debtor=phone.debtor, channel="sms", contact=phone, source="page", by=phone.debtor, now=LATER)
    assert Stop.objects.count() == 2


@pytest.mark.parametrize(
    ("channel", "closed"),
    [("", set()), ("sms", {"email"}), ("email", {"sms"}), ("post", {"sms", "email"}), ("none", {"sms", "email"})],
)
def test_a_wish_for_one_way_closes_the_others_for_reminders_alone(db, channel, closed):
    debtor = make_person()
    for contact in (numbered(debtor), numbered(debtor, "wang@mail.example", channel="email")):
        queued(contact, key=contact.channel)
        queued(contact, "service", key=f"service {contact.channel}")
    wishes.wish(debtor=debtor, by=debtor, now=LATER, channel=channel)
    assert {key for key, state in states().items() if state == "cancelled"} == closed


def test_a_wish_of_another_name_is_a_mistake(phone):
    with pytest.raises(TypeError, match="no such wish: colour"):
        wishes.wish(debtor=phone.debtor, by="system", now=NOW, colour="green")
    assert Wish.objects.count() == 0


@pytest.mark.parametrize("purpose", ["reminder", "service", "required", "code"])
def test_decide_knows_it_with_the_next_question(phone, purpose):
    def answer():
        person = standing.of(phone.debtor, LATER)
        creditor = person.creditors()[0]
        decision = standing.ask(person, creditor=creditor, channel="sms", purpose=purpose, contact=phone, now=LATER)
        return "OPTED_OUT" in {reason.code for reason in getattr(decision, "reasons", ())}

    before = answer()
    wishes.stop(debtor=phone.debtor, channel="sms", contact=phone, source="page", by=phone.debtor, now=NOW)
    assert (before, answer()) == (False, purpose != "code")


def test_a_notice_the_law_asks_for_goes_out_whatever_is_wished(phone):
    wishes.wish(debtor=phone.debtor, by=phone.debtor, now=NOW, channel="none")
    person = standing.of(phone.debtor, LATER)
    about = {"creditor": person.creditors()[0], "channel": "sms", "contact": phone, "now": LATER}
    assert isinstance(standing.ask(person, purpose="required", **about), Send)
    assert isinstance(standing.ask(person, purpose="reminder", **about), Never)


# --- Replies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "body", "meaning", "closed"),
    [
        ("us", "STOP", "stop", True),
        ("us", " stop. ", "stop", True),
        ("us", "please leave me alone", "stop", True),
        ("us", "START", "start", False),
        ("uk", "ＳＴＯＰ", "stop", True),
        ("uk", "START", "other", False),  # no rule set there knows the word
        ("cn", "退订", "stop", True),
        ("cn", "td", "stop", True),
        ("cn", "T", "stop", True),
        ("cn", "R", "stop", True),
        ("cn", "不要再发了", "maybe_stop", True),  # a person reads it; until then it counts
        ("tw", "退訂", "stop", True),
        ("tw", "取消", "stop", True),
        ("tw", "拒收", "stop", True),
        ("tw", "T", "other", False),
        ("hk", "停止", "stop", True),
        ("hk", "我下星期還", "other", False),
    ],
)
def test_what_a_reply_means_and_closes(db, region, body, meaning, closed):
    phone = numbered(make_person(region), verified_at=None)
    message = queued(phone)
    heard = said(phone, body)
    message.refresh_from_db()
    assert (heard.meaning, message.state) == (meaning, "cancelled" if closed else "queued")
    assert Stop.objects.filter(contact=phone, channel="sms", ended_at=None, source="reply").exists() == closed
    heard.refresh_from_db()
    assert (heard.settled_at is None) == (meaning in {"maybe_stop", "other"})


def test_a_reply_told_twice_is_obeyed_once(phone):
    for _ in range(3):
        said(phone, "STOP", event="one")
    assert (Stop.objects.count(), Event.objects.filter(act="stop.said").count()) == (1, 1)


def test_whoever_shares_the_number_is_left_alone_too(phone):
    other = numbered(make_person(), verified_at=None)
    for contact in (phone, other):
        queued(contact)
    said(phone, "STOP")
    assert set(states().values()) == {"cancelled"}
    assert set(Stop.objects.values_list("contact", flat=True)) == {phone.pk, other.pk}


def test_a_number_on_no_file_is_kept_for_staff(db):
    heard = hear(
        gateway="demo", event_id="1", kind="reply", at=NOW, now=NOW, channel="sms", address="+447700900123", body="STOP"
    )
    assert (heard.contact, heard.debtor, heard.settled_at, Stop.objects.count()) == (None, None, None, 0)


@pytest.mark.parametrize(("region", "confirmed"), [("us", 1), ("uk", 0), ("tw", 0), ("cn", 0), ("hk", 0), ("eu", 0)])
def test_one_confirmation_where_the_rule_set_allows_it(db, region, confirmed):
    phone = numbered(make_person(region))
    for event in ("1", "2"):
        said(phone, "STOP", event=event)
    queued = Message.objects.filter(purpose="confirmation", template="stop_confirmed", state="queued")
    assert queued.count() == confirmed
    for message in queued:
        assert message.not_after_at - LATER == timedelta(minutes=5)
        assert message.contact == phone


def test_start_opens_what_was_said_from_that_number_alone(db):
    phone = numbered(make_person("us"))
    said(phone, "STOP")
    wishes.stop(debtor=phone.debtor, channel="sms", source="page", by=phone.debtor, now=LATER)
    said(phone, "START")
    assert [(one.source, one.ended_at is None) for one in Stop.objects.order_by("source")] == [
        ("page", True),
        ("reply", False),
    ]


@pytest.mark.parametrize(
    ("body", "in_thread"),
    [("我下個月可以還 500", True), ("STOP", False), ("不要再傳簡訊給我", True), ("   ", False), ("x" * 3000, True)],
)
def test_words_from_a_proved_number_land_in_the_thread(phone, body, in_thread):
    said(phone, body, event="1")
    said(phone, body, event="1")
    assert [message.body for message in ThreadMessage.objects.filter(debtor=phone.debtor, staff=None)] == (
        [body[:2000]] if in_thread else []
    )


def test_words_that_may_mean_danger_come_first_at_the_desk(phone):
    said(phone, "我不想活了")
    assert ThreadMessage.objects.get().safety


@pytest.mark.parametrize("doubt", [{"verified_at": None}, {"blocked_at": NOW}, {"retired_at": NOW}])
def test_words_from_any_other_number_are_for_staff_alone(db, doubt):
    heard = said(numbered(make_person(), **doubt), "我下個月可以還 500")
    assert (ThreadMessage.objects.count(), heard.settled_at) == (0, None)


def test_words_from_a_number_that_two_have_proved_are_for_staff_alone(phone):
    numbered(make_person())
    assert said(phone, "我下個月可以還 500").settled_at is None
    assert ThreadMessage.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "channel", "source"),
    [("unsubscribe", "email", "unsubscribe"), ("complaint", "email", "complaint"), ("left", "wechat", "unsubscribe")],
)
def test_other_ways_to_say_no(db, kind, channel, source):
    contact = numbered(make_person(), "wang@mail.example", channel=channel)
    queued(contact)
    hear(gateway="demo", event_id="1", kind=kind, at=NOW, now=LATER, channel=channel, address=contact.address)
    assert [(one.contact, one.source) for one in Stop.objects.all()] == [(contact, source)]
    assert set(states().values()) == {"cancelled"}


# --- At once ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("waiting", [1, 60])
def test_a_stop_closes_all_that_waits_in_the_same_call_with_as_many_queries_for_one_as_for_many(phone, waiting):
    for number in range(waiting):
        queued(phone, key=str(number))
    make_helper(phone.debtor)
    assert queries(lambda: said(phone, "STOP")) == STOP_QUERIES
    assert list(Message.objects.values_list("state", flat=True)) == ["cancelled"] * waiting
    assert Stop.objects.get(ended_at=None).contact == phone


def test_nothing_goes_out_after_it(phone, settings, tmp_path):
    settings.SMS_URL = f"file://{tmp_path}"
    queued(phone)
    said(phone, "STOP")
    late = queued(phone, key="planned by somebody who had looked before")
    send.send_due(worker="w", clock=lambda: LATER)
    late.refresh_from_db()
    assert (late.state, list(tmp_path.glob("*.json"))) == ("cancelled", [])
