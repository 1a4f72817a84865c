"""Why was this not sent: what was planned and what became of it, and what the rules say hour by hour of that day."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.models import Hold, Message
from accounts.rules.contact_law import Channel
from portal.contact.models import Campaign, Recipient, Stop
from portal.desk import why_not
from tests.factories import make_staff
from tests.portal.desk import desk_of
from tests.portal.test_desk_gauge import NOON_IN_CHICAGO, called, someone

DAY = NOON_IN_CHICAGO.date()


@pytest.fixture
def debt(db):
    with translation.override("en"):
        yield someone()[0]


def spans(debt, channel=Channel.SMS, day=DAY):
    found = why_not.spans(why_not.as_of(debt.debtor, day), debt.creditor, channel, day)
    return [(one.begins.hour, one.ends.hour, one.state) for one in found]


def message(debt, **values):
    given = {"state": "cancelled", "purpose": "reminder", "template": "first_contact", "language": "en", "body": ""}
    given |= {"channel": "sms", "key": uuid.uuid4().hex, "creditor": debt.creditor}
    given |= dict.fromkeys(("not_before_at", "not_after_at", "created_at"), NOON_IN_CHICAGO)
    return Message.objects.create(debtor=debt.debtor, contact=debt.debtor.contacts.get(), **given | values)


def test_hours_of_the_day_by_the_persons_clock(debt):
    assert spans(debt) == [(6, 14, "later"), (14, 3, "open"), (3, 6, "later")]  # 08:00 to 21:00 in Chicago


def test_a_message_that_was_sent_counts_from_its_hour_on(debt):
    message(debt, state="sent", sent_at=NOON_IN_CHICAGO)
    assert spans(debt) == [(6, 14, "later"), (14, 19, "open"), (19, 3, "later"), (3, 6, "later")]


def test_a_hold_that_has_ended_since_counts_for_its_own_hours(debt):
    noon = NOON_IN_CHICAGO
    Hold.objects.create(debtor=debt.debtor, kind="dispute", from_at=noon, ended_at=noon + timedelta(hours=2))
    assert spans(debt)[1:] == [(14, 18, "open"), (18, 20, "later"), (20, 3, "open"), (3, 6, "later")]
    assert "closed" not in str(spans(debt, day=DAY + timedelta(days=1)))


def test_so_does_a_stop(debt):
    noon = NOON_IN_CHICAGO
    Stop.objects.create(debtor=debt.debtor, channel="sms", source="page", at=noon, ended_at=noon + timedelta(hours=1))
    assert spans(debt)[1:4] == [(14, 18, "open"), (18, 19, "closed"), (19, 3, "open")]


def test_a_call_later_that_day_does_not_count_before(debt):
    called(debt, NOON_IN_CHICAGO, outcome="conversation")
    assert spans(debt, Channel.CALL) == [(6, 14, "later"), (14, 19, "open"), (19, 3, "later"), (3, 6, "later")]


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("OUT_OF_HOURS:us-fed", ["Where the person is, it is outside the hours for this channel. (us-fed)"]),
        ("stale", ["It could not go out in time, and late it would have been wrong."]),
        ("refused: 21610", ["refused: 21610"]),
        ("", []),
    ],
)
def test_what_was_planned_says_what_became_of_it(debt, reason, why):
    message(debt, reason=reason)
    message(debt, created_at=NOON_IN_CHICAGO - timedelta(days=9), not_before_at=NOON_IN_CHICAGO - timedelta(days=9))
    (planned,) = why_not.planned_on(debt.debtor, DAY)
    assert (planned.what, planned.state) == ("reminder · text message · first_contact", "cancelled")
    assert planned.why == why


def test_who_was_held_back_by_a_campaign_is_told_why(debt):
    at = NOON_IN_CHICAGO
    campaign = Campaign.objects.create(
        name="Spring", creditor=debt.creditor, wording="first_contact", channels=["sms"], starts_at=at,
        ends_at=at + timedelta(days=1), made_by=make_staff(), made_at=at,
    )  # fmt: skip
    reasons = [["COURT", ""], "LIMIT_calls_7in7:us-fed"]
    Recipient.objects.create(campaign=campaign, debtor=debt.debtor, state="held_back", reasons=reasons, at=at)
    (planned,) = why_not.planned_on(debt.debtor, DAY)
    assert planned.what == "Campaign Spring"
    assert planned.why == [
        "A court has the matter.",
        "The number of contacts allowed (calls_7in7) is used up. (us-fed)",
    ]


@pytest.mark.parametrize(
    "query", ["", "?day=2026-11-20", "?day=x&channel=y", "?day=9999-01-01", "?channel=post", "?day=%00"]
)
def test_the_page_answers_for_any_day(debt, clock, query):
    page = desk_of("agent").get(reverse("admin:why_not", args=[debt.debtor_id]) + query).content.decode()
    assert "Nothing was planned" in page
    assert "hour by hour" in page


@pytest.mark.parametrize("channel", ["sms", "email", "call"])
def test_words_that_may_go_out_at_no_hour_are_named_beside_open_hours(debt, clock, settings, channel):
    url = reverse("admin:why_not", args=[debt.debtor_id]) + f"?channel={channel}"
    client = desk_of("agent")
    assert "at no hour" not in client.get(url).content.decode()
    settings.SMS_URL, settings.SENDER_NAME = "tencent://id:key@?app=1&sign=x", "Debt Service"
    page = client.get(url).content.decode()
    assert ("at no hour may the words of “First contact” go out" in page) is (channel == "sms")
    assert ("no code is noted there" in page, "holds words that may not" in page) == (
        channel == "sms",
        channel == "sms",
    )
    assert "open" in {state for _begin, _end, state in spans(debt)}


def test_a_day_to_come_says_so(debt, clock):
    page = desk_of("agent").get(reverse("admin:why_not", args=[debt.debtor_id]) + "?day=2026-12-01").content.decode()
    assert "This day has not come" in page
    assert datetime(2026, 12, 1, tzinfo=UTC) > NOON_IN_CHICAGO
