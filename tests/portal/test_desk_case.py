"""A case at the desk: every opening on record, every act an event, what a person reads, what waits first."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import holds, knocks, links, rules
from accounts.models import ContactPoint, Event, Hold, Knock, Link
from portal.contact import thread
from portal.contact.models import ThreadMessage
from portal.desk import answering
from tests.factories import NOW, TODAY, make_contact, make_creditor, make_debt, make_debtor, make_staff, sign_in
from tests.portal.desk import asked, at_desk, desk_of, make_role

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_desk_roles.py


def events(act: str) -> list[Event]:
    return list(Event.objects.filter(act=act).order_by("number"))


def url(name: str, *args) -> str:
    return reverse(f"admin:{name}", args=args)


@pytest.mark.parametrize("page", ["case", "timeline", "ways_in", "hold"])
def test_each_page_of_a_case_is_an_opening_on_record(desk, page):
    user = make_role("agent")
    at_desk(user).get(url(page, desk.debtor.pk))
    (event,) = events("case.opened")
    assert (event.by, event.debtor_id) == (f"user:{user.pk}", desk.debtor.pk)


ROWS = {
    "accounts_debt": "debt",
    "accounts_hold": "hold",
    "accounts_link": "link",
    "accounts_message": "message",
    "accounts_ledgerentry": "entry",
    "accounts_knock": "knock",
    "plans_offer": "ask",
    "plans_plan": "plan",
    "contact_threadmessage": "written",
}


@pytest.mark.parametrize(("screen", "row"), ROWS.items())
def test_each_row_of_a_person_is_an_opening_on_record(desk, screen, row):
    shown = getattr(desk, row)
    assert desk_of("agent").get(url(f"{screen}_change", shown.pk)).status_code == 200
    (event,) = events("case.opened")
    assert (event.on.split(":")[1], event.debtor_id) == (str(shown.pk), desk.debtor.pk)


def test_what_is_not_on_record_is_not_shown(desk, monkeypatch):
    def fails(**values):
        raise RuntimeError("no event")

    client = desk_of("agent")
    monkeypatch.setattr("accounts.history.record", fails)
    for page in (url("case", desk.debtor.pk), url("accounts_hold_change", desk.hold.pk)):
        with pytest.raises(RuntimeError):
            client.get(page)


def test_a_list_leads_to_the_case(desk):
    answer = desk_of("agent").get(url("accounts_debtor_change", desk.debtor.pk))
    assert answer["Location"] == url("case", desk.debtor.pk)


def test_the_case_shows_words_as_they_were_typed(desk):
    body = "<script>alert(1)</script> {{ debtor }}"
    thread.write(debtor=desk.debtor, body=body, key=uuid.uuid4(), by=desk.debtor, now=NOW)
    page = desk_of("agent").get(url("case", desk.debtor.pk)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ debtor }}" in page
    assert "王小明" in page
    assert desk.plan.reference in page


def test_an_answer_settles_what_waits_and_is_sent_once(desk):
    client, once = desk_of("agent"), uuid.uuid4()
    for _ in range(2):
        sent = client.post(url("case_answer", desk.debtor.pk), {"body": "Yes, you may.", "once": once})
        assert sent["Location"] == url("case", desk.debtor.pk)
    said = ThreadMessage.objects.filter(debtor=desk.debtor, staff__isnull=False)
    assert [message.body for message in said] == ["Yes, you may."]
    assert not ThreadMessage.objects.filter(debtor=desk.debtor, staff=None, answered_at=None).exists()
    other = client.post(url("case_answer", desk.debtor.pk), {"body": "Something else.", "once": once})
    assert other.status_code == 422
    assert "Something else." in other.content.decode()


@pytest.mark.parametrize("body", ["", "   \n ", "x" * 2001])
def test_an_answer_that_cannot_be_sent_stays_typed(desk, body):
    answer = desk_of("agent").post(url("case_answer", desk.debtor.pk), {"body": body})
    assert answer.status_code == 422
    assert body.strip() in answer.content.decode()
    assert events("thread.answered") == []


def court(desk) -> Hold:
    law = rules.law_for(desk.creditor.region, TODAY)
    return holds.place(debtor=desk.debtor, kind="court", law=law, by=make_staff(), now=NOW)


def test_staff_end_a_hold_with_a_reason_that_no_event_repeats(desk):
    hold, client = court(desk), desk_of("agent")
    address = url("hold_end", desk.debtor.pk, hold.pk)
    refused = client.post(address, {"reason": ""})
    assert refused.status_code == 422
    assert address in refused.content.decode()
    assert client.post(address, {"reason": "withdrawn by them"}).status_code == 302
    hold.refresh_from_db()
    assert (hold.ended_at, hold.ended_reason) == (NOW, "withdrawn by them")
    assert [event.data for event in events("hold.ended")] == [{"kind": "court"}]


def test_a_check_ends_by_its_outcome_alone(desk):
    client, address = desk_of("agent"), url("hold_end", desk.debtor.pk, desk.hold.pk)
    answer = client.post(address, {"reason": "receipt seen", "body": "You were right."})
    assert answer["Location"] == url("check", desk.hold.pk)
    assert "A check ends only with its outcome." in client.get(answer["Location"]).content.decode()
    assert address not in client.get(url("case", desk.debtor.pk)).content.decode()
    desk.hold.refresh_from_db()
    assert desk.hold.ended_at is None
    assert ThreadMessage.objects.filter(debtor=desk.debtor, staff__isnull=False).count() == 0
    with pytest.raises(ValueError, match="outcome"):
        answering.end_hold(hold=desk.hold, reason="receipt seen", by=make_staff(), now=NOW)


def test_a_hold_of_somebody_else_is_not_found(desk):
    stranger = make_debt().debtor
    sent = {"reason": "x", "body": "x"}
    assert desk_of("root").post(url("hold_end", stranger.pk, desk.hold.pk), sent).status_code == 404


@pytest.mark.every_engine
@pytest.mark.parametrize("kind", Hold.Kind.values)
def test_staff_place_a_hold_once_and_the_law_says_what_it_stops(desk, kind):
    sent = {"kind": kind, "debt": "all", "reason": "person_asked", "note": "By phone."}
    sent |= {"until_on": "" if kind == "dispute" else "2026-12-24"}  # a check ends with its outcome
    client, once = desk_of("agent"), uuid.uuid4()
    for _ in range(2):
        assert client.post(url("hold", desk.debtor.pk), sent | {"once": once}).status_code == 302
    (hold,) = [hold for hold in Hold.objects.filter(debtor=desk.debtor) if hold.note == "By phone."]
    assert (hold.kind, hold.debt_id, hold.stops_contact, hold.reason) == (kind, None, True, "person_asked")
    if kind != "dispute":
        assert hold.until_at.isoformat() == "2026-12-23T16:00:00+00:00"  # the morning of the day in Taipei
    assert (hold.reply_by_on is not None) is (kind == "dispute")
    assert "By phone." not in str([event.data for event in events("hold.placed")])


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"kind": "pause", "until_on": ""}, "Say until when."),
        ({"kind": "pause", "until_on": "2026-11-23"}, "A day after today"),
        ({"kind": "court", "until_on": "9999-12-31"}, "A day after today"),
        ({"kind": "court", "until_on": "31/12/2026"}, "Write the day as 2026-12-31."),
        ({"kind": "dispute", "until_on": "2026-12-24"}, "A check ends only with its outcome"),
        ({"kind": "nonsense"}, "Select a valid choice"),
        ({"debt": "00000000-0000-4000-8000-000000000000"}, "Select a valid choice"),
        ({"reason": "because"}, "Select a valid choice"),
        ({"note": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_a_hold_that_cannot_be_placed_says_why_and_keeps_the_note(desk, sent, sentence):
    given = {"kind": "court", "debt": "all", "reason": "official_letter", "note": "Kept note", "until_on": ""} | sent
    answer = desk_of("agent").post(url("hold", desk.debtor.pk), given)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert given["note"] in answer.content.decode()
    assert len(events("hold.placed")) == 2  # the checks that were asked for before


def test_a_block_is_taken_back_within_seven_days(desk):
    client = desk_of("supervisor")
    assert "Take the block back" in client.get(url("ways_in", desk.debtor.pk)).content.decode()
    assert client.post(url("unblock", desk.debtor.pk, desk.contact.pk)).status_code == 302
    desk.contact.refresh_from_db()
    assert desk.contact.blocked_at is None
    assert len(events("contact.unblocked")) == 1


def test_later_it_is_not_and_the_page_says_so(desk):
    ContactPoint.objects.filter(pk=desk.contact.pk).update(blocked_at=NOW - timedelta(days=7))
    client = desk_of("supervisor")
    assert "Take the block back" not in client.get(url("ways_in", desk.debtor.pk)).content.decode()
    page = client.post(url("unblock", desk.debtor.pk, desk.contact.pk), follow=True).content.decode()
    assert "After seven days" in page
    desk.contact.refresh_from_db()
    assert desk.contact.blocked_at is not None


def test_closing_a_link_ends_the_visit_that_came_by_it(desk, client):
    link = sign_in(client, desk.debtor, creditor=desk.creditor)
    assert client.get("/home").status_code == 200
    staff = desk_of("agent")
    for _ in range(2):
        assert staff.post(url("revoke", desk.debtor.pk, link.pk)).status_code == 302
    assert client.get("/home").status_code == 302
    assert len(events("link.revoked")) == 1


def test_a_person_is_unlocked(desk):
    desk_of("supervisor").post(url("unlock", desk.debtor.pk))
    desk.debtor.refresh_from_db()
    assert desk.debtor.unlocked_at == NOW
    assert len(events("facts.unlocked")) == 1


@pytest.mark.every_engine
def test_words_at_the_door_are_answered_once_by_the_first(desk):
    first, second = make_role("agent", first_name="A"), make_role("agent", first_name="B")
    for user in (first, second):
        assert at_desk(user).post(url("knock_answered", desk.knock.pk)).status_code == 302
    desk.knock.refresh_from_db()
    assert (desk.knock.answered_by, desk.knock.answered_at) == (first, NOW)
    assert [event.by for event in events("knock.answered")] == [f"user:{first.pk}"]


def test_words_of_a_stranger_without_a_link_are_answered_too(db, clock):
    knock = knocks.ask_for_help(link=None, choice="other", name="X", reach="x@y.example", language="en", now=NOW)
    client = desk_of("agent")
    page = client.get(url("accounts_knock_change", knock.pk)).content.decode()
    assert "x@y.example" in page
    client.post(url("knock_answered", knock.pk))
    assert events("knock.answered")[0].stream == "site"


def test_today_says_when_a_promised_day_has_passed(desk):
    Hold.objects.filter(pk=desk.hold.pk).update(reply_by_on=TODAY - timedelta(days=1))
    page = desk_of("agent").get("/desk/").content.decode()
    assert page.count("promised day passed") == 1


def test_a_person_with_several_creditors_is_one_case(db, clock):
    debtor = make_debtor()
    one, two = (
        make_debt(debtor=debtor, creditor=make_creditor(name="Aaa")),
        make_debt(debtor=debtor, creditor=make_creditor(name="Bbb")),
    )
    asked(one), asked(two)
    page = desk_of("agent").get(url("case", debtor.pk)).content.decode()
    assert page.count("Review what was asked") == 2
    assert "Aaa" in page
    assert "Bbb" in page


def test_somebody_without_a_debt_is_not_found(db, clock):
    assert desk_of("agent").get(url("case", make_debtor().pk)).status_code == 404


def test_links_and_contacts_show_endings_alone(desk):
    contact = make_contact(desk.debtor, address="+886955555123", ending="5123")
    made = {"debtor": desk.debtor, "creditor": desk.creditor, "contact": contact}
    link, token = links.make(**made, channel="sms", by="command", now=NOW)
    page = desk_of("root").get(url("ways_in", desk.debtor.pk)).content.decode()
    assert "5123" in page
    assert "+886955555123" not in page
    assert token not in page
    assert link.token_hash not in page
    assert Knock.objects.count() == 1
    assert Link.objects.filter(pk=link.pk).exists()
