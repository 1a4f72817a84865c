"""Messages of which nobody knows whether they went out: they wait at the desk, and are settled once."""

import pytest
from django.db import transaction

from accounts import outbox
from accounts.models import Event, Hold, Link, Message
from portal.contact import doubtful, reminders, standing
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor
from tests.portal.desk import at_desk, make_role
from tests.portal.sending import known


@pytest.fixture
def agent(db, clock):
    return at_desk(make_role("agent"))


def unknown(purpose: str = "reminder", template: str = "first_contact", **values) -> Message:
    """A reminder that was given to a gateway which gave no clear answer."""
    creditor = known(make_creditor())
    debtor = make_debtor(creditor=creditor)
    contact, debt = make_contact(debtor), make_debt(debtor=debtor, creditor=creditor)
    with transaction.atomic():
        if purpose == "reminder":
            message = reminders.remind(
                standing=standing.of(debtor, NOW),
                creditor=creditor,
                wording=template,
                contact=contact,
                debt=debt,
                key="first",
                by="system",
                now=NOW,
            )
        else:
            message = outbox.queue(
                key="first", debtor=debtor, contact=contact, purpose=purpose, template=template, now=NOW, **values
            )
    body, params = outbox.redacted(message.body), outbox.redacted_params(message.params)
    Message.objects.filter(pk=message.pk).update(state="unknown", reason="no clear answer", body=body, params=params)
    message.refresh_from_db()
    return message


def settle(agent, message: Message, again: str):
    return agent.post(f"/desk/message/{message.pk}/settle", {"again": again})


def test_they_wait_at_the_desk_until_somebody_says_what_became_of_them(agent):
    message = unknown()
    assert f"/desk/accounts/message/{message.pk}/change/" in agent.get("/desk/").content.decode()
    page = agent.get(f"/desk/accounts/message/{message.pk}/change/").content.decode()
    assert page.count('name="again"') == 2
    for _ in range(2):
        assert settle(agent, message, "").status_code == 302
    message.refresh_from_db()
    assert (message.state, message.receipt, message.sent_at) == ("sent", "delivered", NOW)
    assert Event.objects.filter(act="message.arrived").count() == 1
    assert 'name="again"' not in agent.get(f"/desk/accounts/message/{message.pk}/change/").content.decode()


def test_what_did_not_arrive_is_said_again_with_a_new_way_in(agent):
    message = unknown()
    for _ in range(2):
        assert settle(agent, message, "1").status_code == 302
    message.refresh_from_db()
    again = Message.objects.exclude(pk=message.pk).get()
    assert (message.state, message.reason) == ("failed", doubtful.NOT_THERE)
    assert (again.state, again.template, again.debt, again.creditor) == (
        "queued",
        "first_contact",
        message.debt,
        message.creditor,
    )
    assert Link.objects.get(pk=message.link_id).revoked_reason == "not sent"
    assert (again.link.kind, again.link.revoked_at) == (message.link.kind, None)
    text = outbox.clear_text(again.body)
    assert "…" not in text
    assert Event.objects.get(act="message.again").data == {"again": str(again.pk)}


def test_a_code_is_not_said_again(agent):
    message = unknown("code", "code", context={"code": "123456"})
    assert "123456" not in message.body + message.params
    settle(agent, message, "1")
    message.refresh_from_db()
    assert (message.state, Message.objects.count()) == ("unknown", 1)


def test_a_number_that_was_closed_since_hears_nothing(agent):
    message = unknown()
    message.contact.blocked_at, message.contact.blocked_reason = NOW, "not me"
    message.contact.save()
    settle(agent, message, "1")
    message.refresh_from_db()
    assert (message.state, Message.objects.count()) == ("unknown", 1)


def test_a_hold_that_stands_in_the_way_is_named(agent):
    message = unknown()
    Hold.objects.create(debtor=message.debtor, kind=Hold.Kind.PAUSE, from_at=NOW, stops_contact=True)
    settle(agent, message, "1")
    page = agent.get(f"/desk/accounts/message/{message.pk}/change/").content.decode()
    assert "It cannot be sent again now: The person has a pause." in page
    message.refresh_from_db()
    assert (message.state, Message.objects.count()) == ("unknown", 1)
