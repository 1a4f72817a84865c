"""One timeline: every channel and direction, what a rule stopped, filtered by kind, paged by the row's key."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Message
from portal.contact import logged, record, thread
from portal.contact.models import Call, Campaign, Heard, Recipient
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_staff
from tests.portal.desk import desk_of, questions


@pytest.fixture
def debt(db, clock):
    creditor = make_creditor()
    debt = make_debt(creditor=creditor, debtor=make_debtor(creditor=creditor, language="en"))
    make_contact(debt.debtor)
    return debt


def message(debt, at=NOW, **values):
    given = {"state": "sent", "sent_at": at, "purpose": "reminder", "template": "first_contact", "language": "en"}
    given |= {"channel": "sms", "key": uuid.uuid4().hex, "body": "Open \x1ehttps://x.example/r/SECRET\x1f"}
    given |= {"creditor": debt.creditor, "not_before_at": at, "not_after_at": at, "created_at": at}
    return Message.objects.create(debtor=debt.debtor, contact=debt.debtor.contacts.get(), **given | values)


def everything(debt):
    """One of each, a minute apart."""
    at, debtor = NOW - timedelta(hours=2), debt.debtor
    sent = message(debt, at, receipt="delivered", receipt_at=at)
    message(debt, at + timedelta(minutes=1), state="cancelled", sent_at=None, reason="OUT_OF_HOURS:tw", body="")
    Heard.objects.create(
        gateway="twilio", event_id="1", kind="reply", message=sent, debtor=debtor, body="What is this?",
        at=at + timedelta(minutes=2), heard_at=at,
    )  # fmt: skip
    told = {"gateway": "twilio", "kind": "receipt", "receipt": "delivered"}
    Heard.objects.create(**told, event_id="2", message=sent, debtor=debtor, at=at, heard_at=at)
    logged.log(
        debtor=debtor, creditor=debt.creditor, debt=debt, channel="call", outcome="unanswered", note="Rang out.",
        at=at + timedelta(minutes=3), by=make_staff(first_name="Lin"), key=uuid.uuid4(), now=NOW,
    )  # fmt: skip
    thread.write(debtor=debtor, body="Please call later", key=uuid.uuid4(), by=debtor, now=at + timedelta(minutes=4))
    Call.objects.create(
        debtor=debtor, creditor=debt.creditor, ending="5678", topic="My plan", language="en", state="missed",
        starts_at=NOW, until_at=NOW + timedelta(hours=1), asked_at=at + timedelta(minutes=4, seconds=30),
        settled_at=NOW + timedelta(hours=2),
    )  # fmt: skip
    campaign = Campaign.objects.create(
        name="Spring", creditor=debt.creditor, wording="first_contact", channels=["sms"], starts_at=at,
        ends_at=at + timedelta(days=1), made_by=make_staff(), made_at=at,
    )  # fmt: skip
    Recipient.objects.create(
        campaign=campaign, debtor=debtor, state="held_back", reasons=["COURT"], at=at + timedelta(minutes=5)
    )


def page(debt, query=""):
    html = desk_of("agent").get(reverse("admin:timeline", args=[debt.debtor_id]) + query).content.decode()
    return html, re.findall(r'<tr class="(\w+)">', html)


def test_all_of_it_in_one_order(debt):
    everything(debt)
    html, kinds = page(debt)
    # The first is this opening.
    assert kinds == ["event", "stopped", "call", "thread", "logged", "reply", "stopped", "message"]
    for words in (
        "text message · first_contact · delivered",
        "it is outside the hours for this channel. (tw)",
        "What is this?",
        "call · not answered",
        "Rang out.",
        "Lin",
        "Please call later",
        f"promised for {NOW:%Y-%m-%d %H:%M} UTC · we did not call",
        "My plan",
        "Campaign Spring · held back by a rule",
        "A court has the matter.",
        "Case opened by staff",
    ):
        assert words in html, words
    assert "SECRET" not in html
    assert "Open …" in html


@pytest.mark.every_engine
@pytest.mark.parametrize(
    ("kind", "rows"),
    [("message", 1), ("stopped", 2), ("reply", 1), ("logged", 1), ("thread", 1), ("call", 1), ("event", 1), ("x", 8)],
)
def test_one_kind_alone(debt, kind, rows):
    everything(debt)
    assert len(page(debt, f"?kind={kind}")[1]) == rows


def test_pages_by_key_lose_and_repeat_nothing(debt):
    for number in range(60):
        message(debt, NOW - timedelta(hours=number // 3), template=f"t{number}")  # three at one instant
    html, first = page(debt, "?kind=message")
    older = re.search(r'href="\?(before=[^"]*)"', html).group(1).replace("&amp;", "&")
    rest, second = page(debt, f"?{older}")
    assert (len(first), len(second)) == (50, 10)
    found = re.findall(r"· (t\d+) ·", html + rest)
    assert sorted(found) == sorted({f"t{number}" for number in range(60)})


@pytest.mark.parametrize("odd", ["x", "-1", "9" * 300, "%00", "", "2026-01-01", "2027-01-01T00:00:00%2B00:00~%27"])
def test_odd_keys_are_forgiven(debt, odd):
    assert page(debt, f"?before={odd}")[1]


def test_nobody_elses_rows(debt):
    everything(debt)
    other = make_debt()
    make_contact(other.debtor)
    assert record.entries(other.debtor) == []


def test_as_many_questions_for_many_rows(debt):
    client, url = desk_of("agent"), reverse("admin:timeline", args=[debt.debtor_id])
    few = questions(lambda: client.get(url))
    everything(debt)
    many = questions(lambda: client.get(url))
    assert len(few) == len(many) <= 12
