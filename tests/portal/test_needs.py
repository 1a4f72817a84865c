"""P29: what would make it easier: kept with consent, used everywhere, seen first, and gone when it is taken back."""

import json
import uuid
from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.core import serializers
from django.db import connection
from django.urls import reverse

from accounts import needs, outbox
from accounts.models import Debtor, Event, Message, Need, Session
from accounts.rules.contact_law import Channel, Purpose
from plans.models import Offer
from portal.contact import email_page, standing
from portal.contact.decide import Never
from portal.contact.facts import WishedHours, Wishes
from portal.contact.models import Wish
from portal.privacy import erasing
from tests.factories import NOW, make_contact, make_helper
from tests.portal.conftest import Person, text_of
from tests.portal.contact_cases import ask, request, said
from tests.portal.contact_cases import person as at_home
from tests.portal.desk import desk_of
from tests.portal.plan_steps import walk

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

WORDS = "我正在做化療，請慢一點"


def save(person: Person, **given):
    return person.post("/needs", {"hours_from": "", "hours_until": "", "text": "", **given})


def kinds(person: Person) -> list[str]:
    return [need.kind for need in needs.open_for(person.debtor)]


def everything(debtor: Debtor) -> str:
    """All that the database holds, read as the product reads it: what is encrypted is in clear here."""
    rows = [row for model in (Need, Event, Message, Wish, Debtor) for row in model.objects.all()]
    sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    return serializers.serialize("json", rows, ensure_ascii=False) + json.dumps(sessions)


def test_nothing_is_ticked_and_nothing_is_asked_for(person):
    page = text_of(person.get("/needs"))
    assert page.count('type="checkbox"') == 10
    assert " checked" not in page
    assert "You do not have to tell us anything." in page
    assert "Leave quickly" in page
    for where in ("/home", "/pause", "/preferences"):
        assert 'href="/needs"' in text_of(person.get(where))


def test_what_is_ticked_is_kept_listed_and_can_be_changed(person):
    assert save(person, kinds=["simple_words", "write"])["Location"] == "/needs"
    page = text_of(person.get("/needs"))
    assert "Saved on Monday 23 November 2026" in page
    assert "We do not call you." in page
    assert "Only the people of our team who work on your matter can see this." in page
    save(person, kinds=["write", "more_time"])
    assert kinds(person) == ["more_time", "write"]
    assert [event.data for event in Event.objects.filter(act="needs.changed").order_by("number")] == [
        {"kept": ["simple_words", "write"], "removed": []},
        {"kept": ["more_time"], "removed": ["simple_words"]},
    ]


@pytest.mark.every_engine
def test_the_same_twice_writes_once(person):
    for _ in range(2):
        save(person, kinds=["other"], text=WORDS, consent="on")
    assert Need.objects.count() == 2
    assert Event.objects.count() == 1


# --- Words need consent, and go when they are taken back -------------------------------------------------------------


def test_without_consent_no_words_are_kept(person):
    save(person, kinds=["other"], text=WORDS)
    assert not Need.objects.exists()
    assert not Event.objects.exists()
    page = text_of(person.get("/needs"))
    assert "Tick this so that we may keep what you wrote, or leave the box above empty" in page
    assert WORDS in page  # in this visit alone, encrypted: nobody types it twice


def test_words_are_encrypted_and_in_no_event(person):
    save(person, text=WORDS, consent="on")
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM accounts_need")
        assert WORDS not in cursor.fetchone()[0]
    assert Event.objects.get().data == {"kept": ["words"], "removed": []}
    assert WORDS in text_of(person.get("/needs"))


@pytest.mark.parametrize("how", ["button", "emptied box"])
def test_removed_words_are_gone_at_once_and_everywhere(person, how, caplog):
    save(person, kinds=["write"], text=WORDS, consent="on")
    save(person, kinds=["write", "call"], text=WORDS + "。", consent="on")  # refused: it waits in the visit
    assert WORDS in everything(person.debtor)
    if how == "button":
        assert person.post("/needs/remove", {"kind": "words"})["Location"] == "/needs"
    else:
        save(person, kinds=["write"])
    assert WORDS not in everything(person.debtor)
    assert WORDS not in caplog.text
    left = Need.objects.get(kind="words")
    assert (left.text, left.removed_at) == ("", NOW)
    assert kinds(person) == ["write"]
    assert WORDS not in text_of(person.get("/needs"))


def test_other_ticks_leave_consented_words_alone(person):
    save(person, text=WORDS, consent="on")
    save(person, kinds=["other"], text=WORDS)
    assert kinds(person) == ["other", "words"]


# --- Used everywhere --------------------------------------------------------------------------------------------------


def test_larger_text_is_large_on_every_device(person, client):
    client.cookies["large"] = "0"  # chosen once on this phone
    save(person, kinds=["large_text"])
    assert 'class="large"' in text_of(person.get("/home"))
    client.cookies.pop("large", None)
    assert 'class="large"' in text_of(person.get("/home"))  # another one, without any cookie
    person.post("/preferences", {"size": "normal"})
    assert 'class="large"' not in text_of(person.get("/home"))  # this device alone
    client.cookies.pop("large", None)
    assert 'class="large"' in text_of(person.get("/home"))
    person.post("/needs/remove", {"kind": "large_text"})
    assert 'class="large"' not in text_of(person.get("/home"))


@pytest.mark.parametrize(
    ("kind", "no"),
    [("write", {Channel.CALL, Channel.VISIT}), ("call", {Channel.SMS, Channel.EMAIL, Channel.POST}), ("other", set())],
)
def test_write_or_call_binds_the_rules_and_so_the_gauge(person, kind, no):
    make_contact(person.debtor, channel="email", address="a@mail.example")
    save(person, kinds=[kind])
    found = standing.of(person.debtor, NOW)
    closed = {
        channel
        for channel in (Channel.CALL, Channel.VISIT, Channel.SMS, Channel.EMAIL, Channel.POST)
        if isinstance(answer := standing.ask(found, creditor=person.creditor, channel=channel, now=NOW), Never)
        and "NOT_WISHED" in {reason.code for reason in answer.reasons}
    }
    assert closed == no
    required = standing.ask(found, creditor=person.creditor, channel=Channel.SMS, now=NOW, purpose="required")
    assert "NOT_WISHED" not in str(required)


def test_call_me_cancels_reminders_in_writing_and_no_answers(person):
    contact = make_contact(person.debtor)
    for purpose in ("reminder", "service"):
        outbox.queue(
            key=purpose,
            debtor=person.debtor,
            contact=contact,
            purpose=purpose,
            template="first_contact",
            context={"creditor": "Starbridge", "link": "http://localhost/r/x"},
            now=NOW,
        )
    save(person, kinds=["call"])
    assert dict(Message.objects.values_list("key", "state")) == {"reminder": "cancelled", "service": "queued"}


def test_both_at_once_is_asked_back(person):
    save(person, kinds=["write", "call"])
    assert "Choose one of the two: that we write, or that we call" in text_of(person.get("/needs"))
    assert not Need.objects.exists()
    with pytest.raises(needs.Opposites):
        needs.keep(debtor=person.debtor, kinds=["write", "call"], by="system", now=NOW)


def test_hours_are_the_wish_that_the_rules_read(person):
    Wish.objects.create(debtor=person.debtor, days=["mon"], updated_at=NOW)
    save(person, hours_from="10:00", hours_until="12:00")
    wish = Wish.objects.get()
    assert (f"{wish.hours_from:%H:%M}", f"{wish.hours_until:%H:%M}", wish.days) == ("10:00", "12:00", ["mon"])
    assert "10:00–12:00, on the days you chose in the settings" in text_of(person.get("/needs"))
    person.post("/needs/remove", {"kind": "hours"})
    wish.refresh_from_db()
    assert (wish.hours_from, wish.hours_until, wish.days) == (None, None, [])


# What is asked of somebody in Taipei who is not to be reached at work: by what, when, at work or not; the answer.
MONDAY, SATURDAY = "2026-03-02", "2026-03-07"
AT_WORK = [
    ("call", f"{MONDAY} 08:30", False, ("send", set())),
    ("call", f"{MONDAY} 11:00", False, ("defer", {"OUT_OF_HOURS"})),
    ("call", f"{MONDAY} 18:00", False, ("send", set())),
    ("call", f"{SATURDAY} 11:00", False, ("send", set())),
    ("call", f"{MONDAY} 18:30", True, ("never", {"AT_WORK"})),
    ("sms", f"{MONDAY} 11:00", False, ("send", set())),
    ("sms", f"{SATURDAY} 11:00", True, ("never", {"AT_WORK"})),
]


@pytest.mark.parametrize(("channel", "when", "employer", "answer"), AT_WORK)
def test_not_at_work_closes_what_is_at_work_and_its_hours(channel, when, employer, answer):
    to = at_home("Asia/Taipei", wishes=Wishes(not_at_work=True))
    address = replace(request().address, employer=employer)
    assert said(ask("tw", when, of=request(channel, address=address), to=to)) == answer
    chosen = Wishes(not_at_work=True, hours=(WishedHours(from_=time(10), until=time(12)),))
    anyway = ask("tw", f"{MONDAY} 11:00", of=request("call"), to=at_home("Asia/Taipei", wishes=chosen))
    assert said(anyway) == ("send", set())  # hours that were chosen count instead
    required = request(channel, address=address, purpose=Purpose.REQUIRED)
    assert "AT_WORK" not in said(ask("tw", when, of=required, to=to))[1]


@pytest.mark.parametrize(("channel", "codes"), [("call", {"INTERPRETER"}), ("visit", {"INTERPRETER"}), ("sms", set())])
def test_nobody_speaks_to_who_needs_an_interpreter_before_one_is_arranged(channel, codes):
    to = at_home("Asia/Taipei", wishes=Wishes(interpreter=True))
    found = said(ask("tw", f"{MONDAY} 11:00", of=request(channel), to=to))[1]
    assert {code for code in found if code == "INTERPRETER"} == codes


def test_what_is_marked_as_at_work_is_not_used_where_there_is_another(person):
    phone = person.debtor.contacts.get()
    other = make_contact(person.debtor)
    save(person, kinds=["not_at_work"], at_work=[str(other.pk), str(uuid.uuid4())])
    assert not Need.objects.exists()  # somebody else's number is no choice
    save(person, kinds=["not_at_work"], at_work=[str(other.pk)])
    found = standing.of(person.debtor, NOW)
    assert (found.contact("sms"), outbox.answerable(person.debtor)) == (phone, phone)
    assert "checked" in text_of(person.get("/needs")).partition(str(other.pk))[2][:40]
    save(person, kinds=["not_at_work"], at_work=[str(other.pk), str(phone.pk)])
    answer = standing.ask(standing.of(person.debtor, NOW), creditor=person.creditor, channel="sms", now=NOW)
    assert "AT_WORK" in {reason.code for reason in answer.reasons}
    data = [event.data for event in Event.objects.filter(act="contact.at_work").order_by("number")]
    assert data == [
        {"at_work": [str(other.pk)], "no_longer": []},
        {"at_work": [str(phone.pk)], "no_longer": []},
    ]
    desk = desk_of("supervisor")
    desk.post(reverse("admin:contact_at_work", args=[person.debtor.pk, phone.pk]), {"no": "1"})
    assert list(person.debtor.contacts.filter(at_work=True)) == [other]
    assert "This is not at work" in text_of(desk.get(reverse("admin:ways_in", args=[person.debtor.pk])))


def test_in_america_a_work_address_needs_a_ground_of_its_own(person):
    """12 CFR 1006.22(f)(3): an address of the employer only with consent, or where the person uses it."""
    mail = make_contact(person.debtor, channel="email", address="a@firm.example", verified_at=None, at_work=True)
    person.creditor.region = "us"
    person.creditor.save()
    found = standing.of(person.debtor, NOW)
    request = standing.request_for(found, creditor=found.creditors()[0], channel="email", contact=mail)
    assert request.address.employer


def test_a_deletion_leaves_how_they_may_be_reached(person):
    save(person, kinds=["not_at_work", "interpreter"])
    erasing.ask(debtor=person.debtor, by=person.debtor, now=NOW)
    assert kinds(person) == ["not_at_work"]


@pytest.mark.parametrize("large", [False, True])
def test_an_email_is_as_large_as_the_pages(person, large):
    save(person, kinds=["large_text"] if large else [])
    mail = make_contact(person.debtor, channel="email", address="a@mail.example")
    message = outbox.queue(
        key="x", debtor=person.debtor, contact=mail, purpose="service", template="first_contact", now=NOW
    )
    message.debtor.refresh_from_db()
    assert ('<font size="5">' in email_page.of(message)) is large
    message.contact = make_helper(person.debtor).contact  # the need is the person's to tell
    assert "<font" not in email_page.of(message)


def test_more_time_doubles_how_long_an_offer_stays_open(person):
    save(person, kinds=["more_time"])
    walk(person)
    assert {offer.expires_at - NOW for offer in Offer.objects.filter(proposer="rules")} == {timedelta(days=28)}


# --- Seen first -------------------------------------------------------------------------------------------------------


def test_staff_see_it_before_amounts_and_in_what_waits(person):
    save(person, kinds=["interpreter", "write"], text=WORDS, consent="on", hours_from="10:00")
    person.post("/messages", {"body": "Hello"})
    desk = desk_of("agent")
    page = text_of(desk.get(reverse("admin:case", args=[person.debtor.pk])))
    first, amounts = page.index("What makes it easier for this person"), page.index("May they be reached now?")
    assert first < page.index("An interpreter or sign language") < page.index(WORDS) < amounts
    assert "10:00–24:00" in page
    today = text_of(desk.get("/desk/"))
    assert today.count('<span class="need">An interpreter or sign language</span>') == 1
    assert WORDS not in today


# --- What cannot be --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [{"kinds": ["nonsense"]}, {"text": "x" * 1001, "consent": "on"}, {"hours_from": "12:00", "hours_until": "10:00"}],
)
def test_what_cannot_be_kept_says_so_and_keeps_nothing(person, given):
    save(person, **given)
    assert "<title>Error: " in text_of(person.get("/needs"))
    assert not Need.objects.exists()
    assert not Wish.objects.exists()


@pytest.mark.parametrize("kind", ["", "nonsense", "write", "hours", "words; drop"])
def test_taking_back_what_is_not_there_does_nothing(person, kind):
    assert person.post("/needs/remove", {"kind": kind}).status_code == 303
    assert not Event.objects.exists()
