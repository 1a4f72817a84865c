"""The contact gauge: what is used and allowed, when it is open, and yes or no before a call."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.models import Event, Hold, Message
from accounts.once import KeyUsedOtherwise
from portal.contact import logged, standing
from portal.contact.models import LoggedContact
from portal.desk import gauge
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_staff
from tests.portal.desk import desk_of

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_desk_roles.py

NOON_IN_CHICAGO = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def someone(region="us", zone="America/Chicago", **values):
    creditor = make_creditor(region=region, time_zone=zone, **values)
    debtor = make_debtor(creditor=creditor, time_zone=zone, language="en")
    debt = make_debt(creditor=creditor, debtor=debtor)
    Event.objects.create(
        stream=f"creditor:{creditor.pk}",
        number=1,
        by="command",
        act="portfolio.imported",
        on=f"creditor:{creditor.pk}",
        data={"file": "ledger"},
        at=NOON_IN_CHICAGO - timedelta(hours=3),
        hash=uuid.uuid4().hex,
    )
    return debt, make_contact(debtor, address="+13125550100", ending="0100")


def line_of(debt, channel, now=NOON_IN_CHICAGO):
    found = standing.of(debt.debtor, now)
    with translation.override("en"):
        return next(line for one in gauge.lines(found, now) for line in one.lines if line.channel == channel)


def called(debt, at, outcome="unanswered", **values):
    given = {"debtor": debt.debtor, "creditor": debt.creditor, "debt": None, "channel": "call", "note": "Rang out."}
    given |= {"by": make_staff(), "key": uuid.uuid4(), "now": max(at, NOON_IN_CHICAGO), "at": at}
    return logged.log(outcome=outcome, **given | values)


def test_a_line_says_what_is_used_and_when_it_is_open(db):
    debt, _contact = someone()
    line = line_of(debt, "call")
    assert (line.state, line.in_seven, line.hours) == ("open", "0 of 7", "08:00–21:00")
    called(debt, NOON_IN_CHICAGO - timedelta(days=1))
    called(debt, NOON_IN_CHICAGO - timedelta(days=6))
    called(debt, NOON_IN_CHICAGO - timedelta(days=7))
    assert line_of(debt, "call").in_seven == "2 of 7"


def test_seven_calls_in_seven_days_close_it_and_it_says_until_when(db):
    debt, _contact = someone()
    for days in range(7):
        called(debt, NOON_IN_CHICAGO - timedelta(days=days, minutes=5))
    line = line_of(debt, "call")
    assert (line.state, line.in_seven) == ("later", "7 of 7")
    assert line.until == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # 08:00 of the next day in Chicago
    assert line.why == ["The number of contacts allowed (calls_7in7) is used up. (us-fed)"]


def test_a_talk_is_followed_by_a_rest(db):
    debt, _contact = someone()
    called(debt, NOON_IN_CHICAGO - timedelta(days=1), outcome="conversation")
    assert line_of(debt, "call").state == "later"


def test_at_night_it_is_not_now(db):
    debt, _contact = someone()
    night = NOON_IN_CHICAGO.replace(hour=3)
    assert (line_of(debt, "call", night).state, line_of(debt, "sms", night).state) == ("later", "later")
    assert line_of(debt, "call", night).until == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def test_a_hold_closes_it_and_is_named(db):
    debt, _contact = someone()
    Hold.objects.create(debtor=debt.debtor, kind="court", from_at=NOON_IN_CHICAGO, stops_contact=True)
    line = line_of(debt, "sms")
    assert (line.state, line.holds, line.why) == ("closed", "court", ["A court has the matter."])


def test_no_address_is_said(db):
    debt, contact = someone()
    assert line_of(debt, "email").why == ["There is no number or address for this channel."]
    contact.blocked_at = NOON_IN_CHICAGO
    contact.save()
    assert line_of(debt, "call").state == "closed"
    assert line_of(debt, "call").consent.startswith("blocked")


def test_what_was_not_allowed_is_kept_and_its_event_says_so(db):
    debt, _contact = someone()
    night = NOON_IN_CHICAGO - timedelta(hours=12)
    row, decision = called(debt, night)
    assert type(decision).__name__ == "Defer"
    (event,) = Event.objects.filter(act="contact.logged")
    assert event.data["not_allowed"] == ["OUT_OF_HOURS"]
    assert "Rang out." not in str(event.data)
    assert LoggedContact.objects.get() == row


def test_the_same_form_twice_is_one_contact(db):
    debt, _contact = someone()
    key = uuid.uuid4()
    first, second = (called(debt, NOON_IN_CHICAGO, key=key)[0] for _ in range(2))
    assert first == second
    with pytest.raises(KeyUsedOtherwise):
        called(debt, NOON_IN_CHICAGO, key=key, outcome="voicemail")
    assert Event.objects.filter(act="contact.logged").count() == 1


@pytest.mark.parametrize(("channel", "outcome", "ahead"), [("post", "voicemail", 0), ("call", "unanswered", 1)])
def test_what_cannot_have_been_is_refused(db, channel, outcome, ahead):
    debt, _contact = someone()
    with pytest.raises(logged.ImpossibleContact):
        called(debt, NOON_IN_CHICAGO + timedelta(minutes=ahead), outcome=outcome, channel=channel, now=NOON_IN_CHICAGO)


def test_the_persons_own_call_counts_towards_nothing(db):
    debt, _contact = someone()
    _row, decision = called(debt, NOON_IN_CHICAGO, outcome="conversation", inbound=True)
    assert decision is None
    assert line_of(debt, "call").in_seven == "0 of 7"


# --- At the desk ----------------------------------------------------------------------------------------------------


@pytest.fixture
def debt(db, clock):
    creditor = make_creditor()
    debt = make_debt(creditor=creditor, debtor=make_debtor(creditor=creditor, language="en"))
    make_contact(debt.debtor)
    return debt


def post(debt, **values):
    sent = {
        "channel": "call",
        "about": str(debt.pk),
        "outcome": "unanswered",
        "note": "Rang out.",
        "once": uuid.uuid4(),
    }
    return desk_of("agent").post(reverse("admin:log", args=[debt.debtor_id]), sent | values)


def test_the_page_says_yes_or_no_before_the_call(debt):
    page = desk_of("agent").get(reverse("admin:log", args=[debt.debtor_id]) + "?channel=call").content.decode()
    assert "No: do not do this now." in page
    assert "What is known of payments is too old" in page


def test_a_call_is_written_down_from_the_form(debt):
    assert post(debt, at="2026-11-23 11:30").status_code == 302
    row = LoggedContact.objects.get()
    assert (row.at, row.debt, row.outcome) == (NOW - timedelta(minutes=30), debt, "unanswered")


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"outcome": "sent"}, "This does not come of that kind of contact."),
        ({"at": "2026-11-23 12:01"}, "A time in the last 31 days"),
        ({"at": "yesterday"}, "Write day and time as"),
        ({"note": "He is a liar."}, "These words judge: liar."),
        ({"note": "他态度恶劣"}, "These words judge: 态度恶劣."),
        ({"about": "x"}, "Select a valid choice"),
    ],
)
def test_what_does_not_fit_says_why_and_stays_typed(debt, sent, sentence):
    answer = post(debt, **sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert sent.get("note", "Rang out.") in answer.content.decode()
    assert LoggedContact.objects.count() == 0


def test_words_that_judge_are_kept_when_somebody_stands_by_them(debt):
    assert post(debt, note="She said: you are rude.", as_written="on").status_code == 302


def test_the_case_shows_the_gauge(debt):
    page = desk_of("agent").get(reverse("admin:case", args=[debt.debtor_id])).content.decode()
    assert "May they be reached now?" in page
    assert page.count('class="light') == 5
    assert Message.objects.count() == 0
