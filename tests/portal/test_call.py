"""P33: an hour that law, creditor, person and calendar allow; one at a time; kept, taken back, or apologised for."""

import uuid
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts import helper, needs
from accounts.models import ContactPoint, Creditor, Event, Hold, Message
from portal.contact import calls, standing
from portal.contact.decide import Never, Send
from portal.contact.models import Call, LoggedContact, Stop, Wish
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_staff, sign_in
from tests.portal.conftest import new_person, text_of
from tests.portal.desk import desk_of
from tests.portal.helping import helping

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

TOMORROW = NOW + timedelta(days=1)  # noon of a Tuesday in Taipei


def free(person, now=NOW, **values) -> list[datetime]:
    Creditor.objects.filter(pk=person.creditor.pk).update(**values)
    person.creditor.refresh_from_db()
    numbers = calls.numbers(person.debtor)
    found = standing.of(person.debtor, now)
    slots = calls.slots(found=found, creditor=person.creditor, number=numbers[0] if numbers else None, now=now)
    return [slot.starts_at for slot in slots]


def book(person, at=TOMORROW, once=None, **values):
    number = person.debtor.contacts.get()
    sent = {"slot": at.isoformat(), "number": str(number.pk), "topic": "My plan", "once": once or uuid.uuid4()}
    return person.post("/messages/call", sent | values)


def call_of(person, now=NOW, at=TOMORROW, **values) -> Call:
    about = {"debtor": person.debtor, "creditor": person.creditor, "language": "en", "by": person.debtor}
    given = {"contact": person.debtor.contacts.first(), "number": "", "topic": "", "key": uuid.uuid4()} | values
    return calls.ask(**about, **given, starts_at=at, now=now)


# --- Which hours ----------------------------------------------------------------------------------------------------


def test_hours_of_three_working_days_from_half_an_hour_on(person):
    found = free(person)
    here = {at.astimezone(NOW.tzinfo) for at in found}
    assert min(here) == NOW + timedelta(hours=1)  # noon itself is too soon
    assert len(found) == 5 + 9 + 9  # 13:00 to 17:00, then whole days of nine hours
    assert max(here) == datetime(2026, 11, 25, 9, tzinfo=NOW.tzinfo)


def test_hours_are_folded_by_day_and_the_day_of_ones_choice_stands_open(person):
    def days() -> list[tuple[bool, int]]:
        parts = text_of(person.get("/messages/call")).split("<details")[1:]
        return [(part.partition(">")[0].endswith(" open"), part.count('name="slot"')) for part in parts]

    assert days() == [(True, 5), (False, 9), (False, 9)]
    assert book(person, number="x").status_code == 303
    assert days() == [(False, 5), (True, 9), (False, 9)]


def test_a_holiday_and_a_weekend_are_left_out(person):
    eve = datetime(2025, 12, 31, 9, 30, tzinfo=NOW.tzinfo)  # past half past five on New Year's Eve, a Wednesday
    days = {at.astimezone(NOW.tzinfo).date() for at in free(person, now=eve)}
    assert days == {date(2026, 1, 2), date(2026, 1, 5), date(2026, 1, 6)}


def test_the_persons_own_hours_count(person):
    Wish.objects.create(debtor=person.debtor, hours_from=time(16), hours_until=time(20), days=["tue"], updated_at=NOW)
    assert [at.astimezone(NOW.tzinfo).hour for at in free(person)] == [8, 9] * 2  # Tuesdays at four and at five


def test_hours_count_where_the_person_and_the_number_are(person):
    person.debtor.time_zone = "America/New_York"
    person.debtor.save()
    assert {at.astimezone(UTC).hour for at in free(person)} == {1, 2}  # eight and nine in the evening in New York
    person.debtor.time_zone = "Asia/Taipei"
    person.debtor.save()
    assert free(person, opening="mon-fri 20:00-23:00") != []
    assert all(at.astimezone(NOW.tzinfo).hour < 14 for at in free(person))  # not past 22:00


def test_an_hour_is_promised_no_more_often_than_there_are_people_to_call(person):
    for _ in range(2):
        other = make_debtor(creditor=person.creditor, language="en")
        make_debt(creditor=person.creditor, debtor=other)
        number = make_contact(other)
        about = {"creditor": person.creditor, "number": "", "topic": "", "language": "en", "key": uuid.uuid4()}
        calls.ask(debtor=other, contact=number, by=other, starts_at=TOMORROW, now=NOW, **about)
    assert TOMORROW in free(person, calls_an_hour=3)
    assert TOMORROW not in free(person, calls_an_hour=2)
    assert free(person, calls_an_hour=0) == []
    person.creditor.calls_an_hour = 2
    with pytest.raises(calls.NotFree):
        call_of(person)


def test_a_stop_before_the_asking_is_overtaken_by_it_and_one_after_is_not(person):
    Stop.objects.create(debtor=person.debtor, channel="call", source="page", at=NOW - timedelta(days=1))
    call = call_of(person)
    assert not isinstance(calls.may_now(call, TOMORROW), Never)
    Stop.objects.update(at=NOW + timedelta(hours=1))
    assert isinstance(calls.may_now(call, TOMORROW), Never)


def test_nobody_calls_where_somebody_died(person):
    call = call_of(person)
    Hold.objects.create(debtor=person.debtor, kind="deceased", from_at=NOW)
    assert isinstance(calls.may_now(call, TOMORROW), Never)
    assert free(person) == []


# --- The page -------------------------------------------------------------------------------------------------------


def test_asking_shows_the_hour_everywhere_and_keeps_no_words_in_the_record(person):
    assert "Ask us to call you" in text_of(person.get("/messages"))
    page = text_of(person.get("/messages/call"))
    assert ("Tuesday 24 November 2026" in page, "12:00pm to 1:00pm" in page) == (True, True)
    assert book(person)["Location"] == "/messages/call"
    hour = "We call you: Tuesday 24 November 2026, 12:00pm to 1:00pm"
    for path in ("/messages/call", "/messages", "/home"):
        assert hour in text_of(person.get(path)), path
    assert "My plan" not in str(Event.objects.get(act="call.asked").data)
    assert Call.objects.get().topic == "My plan"


@pytest.mark.every_engine
def test_two_taps_and_two_tabs_make_one_call(person):
    key = uuid.uuid4()
    assert {book(person, once=key)["Location"] for _ in range(2)} == {"/messages/call"}
    assert book(person, at=TOMORROW + timedelta(hours=1))["Location"] == "/messages/call"
    assert Call.objects.get().starts_at == TOMORROW
    with pytest.raises(calls.AskedAlready):
        call_of(person)
    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.create(debtor=person.debtor, creditor=person.creditor, starts_at=NOW, until_at=NOW, asked_at=NOW)


def test_it_is_taken_back_without_a_reason(person):
    book(person)
    assert person.post("/messages/call/cancel")["Location"] == "/messages/call"
    assert Call.objects.get().state == "cancelled"
    assert person.post("/messages/call/cancel").status_code == 303  # twice does no harm
    assert "When may we call?" in text_of(person.get("/messages/call"))
    book(person)
    assert Call.objects.filter(state="asked").count() == 1


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"slot": "2026-11-24T03:00:00+00:00"},
        {"slot": "x", "number": "x"},
        {"slot": "2026-11-22T04:00:00+00:00", "number": str(uuid.uuid4())},
        {"topic": "x" * 201},
    ],
)
def test_what_does_not_pass_is_kept_and_asked_again(person, sent):
    assert person.post("/messages/call", {"topic": "Kept", "once": uuid.uuid4()} | sent).status_code == 303
    assert 'class="errors"' in text_of(person.get("/messages/call"))
    assert not Call.objects.exists()


def test_another_number_needs_a_code_and_is_no_contact(person):
    sent = {"number": "other", "other": "0912 345 678"}
    assert "Another number" not in text_of(person.get("/messages/call"))
    book(person, **sent)
    assert not Call.objects.exists()
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    book(person, **sent | {"other": "12"})
    assert not Call.objects.exists()
    before = set(ContactPoint.objects.values_list("pk", flat=True))
    book(person, **sent)
    call = Call.objects.get()
    assert (call.number, call.ending, call.contact) == ("+886912345678", "5678", None)
    assert set(ContactPoint.objects.values_list("pk", flat=True)) == before


def test_somebody_elses_number_is_no_choice(person, client):
    other = new_person(client)
    theirs = person.debtor.contacts.get()
    other.post("/messages/call", {"slot": TOMORROW.isoformat(), "number": str(theirs.pk), "once": uuid.uuid4()})
    assert not Call.objects.exists()


def test_where_no_hour_fits_the_page_says_what_else_there_is(person):
    Creditor.objects.update(opening="")
    page = text_of(person.get("/messages/call"))
    assert "No hour can be offered at the moment" in page
    assert 'href="/messages"' in page


# --- What becomes of it ---------------------------------------------------------------------------------------------


def test_a_call_that_nobody_made_is_apologised_for_once(person):
    call = call_of(person)
    late = TOMORROW + timedelta(hours=1) + calls.GRACE
    assert calls.settle_missed(late) == 0
    assert [calls.settle_missed(late + timedelta(seconds=1)) for _ in range(2)] == [1, 0]
    call.refresh_from_db()
    assert (call.state, call.number) == ("missed", "")
    text = Message.objects.get(template="call_missed")
    assert "sorry, we did not call you as promised" in text.body
    with time_machine.travel(late, tick=False):
        person.client.cookies.clear()
        sign_in(person.client, person.debtor, creditor=person.creditor, now=late)
        person.client.cookies["language"] = "en"
        page = text_of(person.get("/messages"))
    assert "We are sorry. We did not call you as promised" in page
    assert "Ask us to call you" in page


@pytest.mark.parametrize(
    ("outcome", "state"), [("conversation", "done"), ("voicemail", "unanswered"), ("unanswered", "unanswered")]
)
def test_what_came_of_it_is_written_down_as_begun_by_the_person(person, outcome, state):
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    book(person, number="other", other="+886912345678")
    call = Call.objects.get()
    act = {"outcome": outcome, "note": "Spoke about it.", "by": make_staff(), "now": TOMORROW}
    calls.settle(call=call, key=uuid.uuid4(), **act)
    call.refresh_from_db()
    assert (call.state, call.number) == (state, "")
    logged = LoggedContact.objects.get()
    assert (logged.inbound, logged.outcome, logged.channel) == (True, outcome, "call")
    with pytest.raises(calls.NotOpen):
        calls.settle(call=call, key=uuid.uuid4(), **act)
    assert calls.settle_missed(TOMORROW + timedelta(days=1)) == 0


def test_the_hour_asked_for_is_looked_at_again_when_it_is_sent(person):
    elsewhere = make_creditor()
    assert elsewhere.pk
    with pytest.raises(calls.NotFree):
        call_of(person, at=TOMORROW + timedelta(minutes=30))


# --- With an interpreter --------------------------------------------------------------------------------------------


def test_an_interpreter_is_asked_about_and_arranged_before_anybody_calls(person):
    needs.keep(debtor=person.debtor, kinds=["interpreter"], by=person.debtor, now=NOW)
    assert min(free(person)) == TOMORROW  # finding one takes a day
    book(person)
    assert "Choose one" in text_of(person.get("/messages/call"))  # yes or no, for this call
    book(person, interpreter="yes")
    assert "We call once an interpreter is arranged." in text_of(person.get("/messages/call"))
    call = Call.objects.get()
    assert [reason.code for reason in calls.may_now(call, TOMORROW).reasons] == ["INTERPRETER"]
    desk, path = desk_of("agent"), f"/desk/calls/{call.pk}"
    number = person.debtor.contacts.get().address
    page = text_of(desk.get(path))
    assert ("An interpreter is needed, and none is arranged." in page, number in page) == (True, False)
    assert "Arrange an interpreter" in text_of(desk.get("/desk/calls"))
    assert desk.post(path, {"arranged": "1"})["Location"] == path
    desk.post(path, {"arranged": "1"})  # twice is once
    assert Event.objects.filter(act="call.arranged").count() == 1
    page = text_of(desk.get(path))
    assert ("An interpreter is arranged." in page, number in page) == (True, True)


def test_without_one_for_this_call_nothing_has_to_be_arranged(person):
    needs.keep(debtor=person.debtor, kinds=["interpreter", "not_at_work"], by=person.debtor, now=NOW)
    book(person, interpreter="no")
    assert isinstance(calls.may_now(Call.objects.get(), TOMORROW), Send)  # nor is an hour they chose an hour of work


# --- Of a helper ----------------------------------------------------------------------------------------------------


def test_a_helper_is_called_on_their_own_number_and_the_person_sees_it(person):
    other, one = helping(person, "talk")
    needs.keep(debtor=person.debtor, kinds=["write", "interpreter"], by=person.debtor, now=NOW)  # not the helper's
    page = text_of(other.get("/messages/call"))
    assert (one.contact.ending in page, person.debtor.contacts.get().ending in page) == (True, False)
    sent = {"slot": TOMORROW.isoformat(), "topic": "The plan", "once": uuid.uuid4()}
    other.post("/messages/call", sent | {"number": str(person.debtor.contacts.get().pk)})
    assert not Call.objects.exists()
    other.post("/messages/call", sent | {"number": str(one.contact_id), "once": uuid.uuid4()})
    call = Call.objects.get()
    assert (call.helper, call.contact) == (one, one.contact)
    assert Event.objects.get(act="call.asked").by == f"helper:{one.pk}"
    assert "We call you: Tuesday 24 November 2026" in text_of(other.get("/messages"))
    for path in ("/messages", "/messages/call"):
        assert "A call is promised to Lin, helper: Tuesday 24 November 2026" in text_of(person.get(path))
    assert "We call you" not in text_of(person.get("/home"))
    page = text_of(desk_of("agent").get(f"/desk/calls/{call.pk}"))
    assert "This call is to Lin Mei, an adviser who helps the person." in page
    assert one.contact.address in page
    person.post("/messages/call/cancel")
    call.refresh_from_db()
    assert call.state == "cancelled"


def test_a_helper_does_not_take_back_what_the_person_asked_for(person):
    book(person)
    other, _one = helping(person, "talk")
    page = text_of(other.get("/messages/call"))
    assert "A call is promised to The person you help" in page
    assert (person.debtor.contacts.get().ending in page, "Take this call back" in page) == (False, False)
    assert other.post("/messages/call/cancel").status_code == 303
    assert Call.objects.get().state == "asked"


def test_a_helpers_call_ends_with_their_rights(person):
    """Nobody is called, nobody is apologised to, and the person may ask for one."""
    other, one = helping(person, "talk")
    other.post("/messages/call", {"slot": TOMORROW.isoformat(), "number": str(one.contact_id), "once": uuid.uuid4()})
    call = Call.objects.get()
    assert list(calls.to_make(NOW)) == [call]
    helper.change(helper=one, rights=["see"], until=NOW.date() + timedelta(days=9), by=person.debtor, now=NOW)
    call = Call.objects.select_related("helper").get()
    assert [reason.code for reason in calls.may_now(call, TOMORROW).reasons] == ["HELP_ENDED"]
    assert list(calls.to_make(NOW)) == []
    assert calls.last_call(person.debtor, NOW) is None
    assert calls.settle_missed(TOMORROW + timedelta(days=1)) == 0
    call.refresh_from_db()
    assert (call.state, Message.objects.filter(template="call_missed").count()) == ("cancelled", 0)


def test_in_the_place_of_a_former_helpers_call_the_person_asks_for_one(person):
    other, one = helping(person, "talk")
    other.post("/messages/call", {"slot": TOMORROW.isoformat(), "number": str(one.contact_id), "once": uuid.uuid4()})
    helper.end(helper=one, reason="person", by=person.debtor, now=NOW)
    book(person)
    assert list(Call.objects.order_by("state").values_list("state", "helper")) == [
        ("asked", None),
        ("cancelled", one.pk),
    ]


def test_a_helper_whom_nobody_called_is_told_so(person):
    other, one = helping(person, "talk")
    other.post("/messages/call", {"slot": TOMORROW.isoformat(), "number": str(one.contact_id), "once": uuid.uuid4()})
    assert calls.settle_missed(TOMORROW + timedelta(days=1)) == 1
    text = Message.objects.get(template="call_missed")
    assert (text.contact, text.link) == (one.contact, None)


def test_who_has_no_number_here_gives_one_after_a_code(person):
    other, one = helping(person, "talk")
    one.contact.channel = "email"
    one.contact.save()
    page = text_of(other.get("/messages/call"))
    assert ("and then give a number" in page, 'name="slot"' in page) == (True, False)
    sign_in(other.client, person.debtor, creditor=person.creditor, level=2, helper=one)
    sent = {"slot": TOMORROW.isoformat(), "number": "other", "other": "0912 345 678", "once": uuid.uuid4()}
    other.post("/messages/call", sent)
    assert (Call.objects.get().number, Call.objects.get().helper) == ("+886912345678", one)
