"""One text or e-mail to one person from the case: what the rules forbid is refused before it is written, in words."""

import re
import uuid

import pytest

from accounts.models import Event, Hold, Message
from accounts.once import KeyUsedOtherwise
from portal.contact import send, standing, written
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_staff
from tests.portal.desk import desk_of
from tests.portal.sending import known

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_desk_roles.py


@pytest.fixture(autouse=True)
def at_home(settings, tmp_path, clock):
    settings.PUBLIC_BASE_URL = "https://abcdefg"
    settings.SMS_URL = f"file://{tmp_path}/out"


def owed(region="tw", zone="Asia/Taipei", phone="+886912345678"):
    creditor = known(make_creditor(region=region, time_zone=zone))
    debtor = make_debtor(creditor=creditor, language="en", time_zone=zone)
    make_contact(debtor, address=phone)
    return make_debt(debtor=debtor, creditor=creditor, balance_minor=100_000)


@pytest.fixture
def debt(db):
    return owed()


@pytest.fixture
def asleep(db):
    """Where it is ten in the evening."""
    return owed("us", "America/Chicago", "+13125550100")


def url(debt) -> str:
    return f"/desk/case/{debt.debtor_id}/write"


def named(debt, reason="first_contact", channel="sms") -> str:
    return f"{debt.creditor_id}:{channel}:{reason}"


def write(debt, **values):
    given = {"channel": "sms", "reason": "first_contact", "by": make_staff(), "key": uuid.uuid4(), "now": NOW}
    return written.write(debtor=debt.debtor, creditor=debt.creditor, **given | values)


def test_the_page_shows_the_words_and_queues_what_was_chosen(debt):
    client = desk_of("agent")
    page = client.get(url(debt)).content.decode()
    assert "An account matter is ready" in page or "an account matter is ready" in page
    once = re.search(r'name="once" value="([^"]+)"', page)[1]
    for _tap in range(2):
        answer = client.post(url(debt), {"what": named(debt), "once": once})
        assert (answer.status_code, answer["Location"]) == (302, f"/desk/case/{debt.debtor_id}")
    message = Message.objects.get()
    assert (message.template, message.channel, message.purpose, message.state) == (
        "first_contact", "sms", "reminder", "queued",
    )  # fmt: skip
    event = Event.objects.get(act="contact.written")
    assert event.data == {"channel": "sms", "reason": "first_contact", "creditor": str(debt.creditor_id)}
    other = client.post(url(debt), {"what": named(debt, "second_contact"), "once": once})
    assert (other.status_code, Message.objects.count()) == (422, 1)
    assert send.send_due(worker="w", clock=lambda: NOW) == 1
    assert Message.objects.get().state == "sent"


def test_an_email_has_its_own_subject(debt):
    make_contact(debt.debtor, channel="email", address="someone@example.com")
    page = desk_of("agent").get(url(debt)).content.decode()
    assert "<strong>An account matter is ready for you to view</strong>" in page
    assert write(debt, channel="email").subject == "An account matter is ready for you to view"


def test_at_night_the_page_says_why_not_and_when(asleep):
    client = desk_of("agent")
    page = client.get(url(asleep)).content.decode()
    answer = client.post(url(asleep), {"what": named(asleep)})
    assert "Nothing may be said to them now." in page
    assert "it is outside the hours for this channel" in page
    assert "Next:" in page
    assert 'type="radio"' not in page
    assert answer.status_code == 422
    assert "it is outside the hours for this channel" in answer.content.decode()
    assert not Message.objects.exists()


def test_what_was_closed_since_is_refused_with_the_hold_named(debt):
    client = desk_of("agent")
    assert client.get(url(debt)).status_code == 200
    Hold.objects.create(debtor=debt.debtor, kind=Hold.Kind.PAUSE, from_at=NOW, stops_contact=True)
    answer = client.post(url(debt), {"what": named(debt)})
    assert answer.status_code == 422
    assert "The person has a pause." in answer.content.decode()
    with pytest.raises(written.NotAllowed) as refusal:
        write(debt)
    assert [reason.code for reason in refusal.value.decision.reasons] == ["PAUSED"]
    assert not Message.objects.exists()


@pytest.mark.every_engine
def test_a_key_used_for_another_reminder_is_refused_and_one_of_another_person_does_nothing(debt):
    key = uuid.uuid4()
    first = write(debt, key=key)
    assert write(debt, key=key) == first
    with pytest.raises(KeyUsedOtherwise):
        write(debt, key=key, reason="second_contact")
    other = make_debt(debtor=make_debtor(creditor=debt.creditor, language="en"), creditor=debt.creditor)
    make_contact(other.debtor)
    assert write(other, key=key).debtor_id == other.debtor_id


def test_without_an_address_there_is_nothing_to_choose(debt):
    debt.debtor.contacts.all().delete()
    with pytest.raises(written.NotAllowed):
        write(debt)
    assert written.ways(standing.of(debt.debtor, NOW), NOW) == []
    assert "Nothing may be said to them now." in desk_of("agent").get(url(debt)).content.decode()


def test_the_case_leads_there_only_while_a_channel_is_open(debt, asleep):
    client = desk_of("agent")
    for one, there in ((debt, True), (asleep, False)):
        page = client.get(f"/desk/case/{one.debtor_id}").content.decode()
        assert (f'<a class="button" href="{url(one)}">' in page) is there
        assert "May they be reached now?" in page
