"""Words that may mean danger tell who is on duty: once each, through the real mail server, without a name or a word."""

import uuid
from datetime import timedelta
from email import message_from_string
from email.policy import default

import pytest

from accounts.models import Event
from portal import upkeep
from portal.contact import heard, on_duty, thread
from portal.contact.models import DutyNotice
from portal.environment import mailer
from tests import races
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_staff
from tests.portal.mail_server import mail_server

WORDS = "我不想活了"


@pytest.fixture
def mail(settings):
    with mail_server() as server:
        settings.EMAIL_URL = server.url
        settings.MAILERS = {"default": mailer(server.url)}
        settings.ON_DUTY = ("ann@example.com",)
        yield server


def written(body: str = WORDS, key: uuid.UUID | None = None, **creditor):
    creditor = make_creditor(**creditor)
    debtor = make_debtor(creditor=creditor, name="王小明")
    make_debt(creditor=creditor, debtor=debtor)
    return thread.write(debtor=debtor, body=body, key=key or uuid.uuid4(), by=debtor, now=NOW)


def to(server) -> list[str]:
    lines = [line for text in server.received for line in text.splitlines()]
    return sorted(line.removeprefix("To: ") for line in lines if line.startswith("To: "))


def test_everyone_named_is_told_once_of_each_flag_and_of_nobody(db, mail):
    make_creditor(safety_first=make_staff(), safety_second=make_staff())  # is owed nothing by this person
    second = make_staff()
    message = written(safety_first=make_staff(email="Ann@example.com"), safety_second=second, name="Starbridge Bank")
    for _twice in range(2):
        upkeep.tell_who_is_on_duty(NOW)
    assert sorted(map(str.lower, to(mail))) == sorted(["ann@example.com", second.email])
    for one in mail.received:
        read = message_from_string(one, policy=default)
        text = f"{read['Subject']} {read.get_content()}"
        assert text.startswith("请查看工作台 / 請查看工作台 / Please look at the desk")
        assert "http://localhost/desk/inbox" in text
        for told in ("王小明", WORDS, "Starbridge", str(message.pk), str(message.debtor_id)):
            assert told not in text
    assert Event.objects.get(act="danger.told").data == {"people": 2}
    thread.write(debtor=message.debtor, body=WORDS, key=uuid.uuid4(), by=message.debtor, now=NOW)
    upkeep.tell_who_is_on_duty(NOW)
    assert len(mail.received) == 4


def test_the_same_form_twice_and_other_words_tell_nobody_more(db, mail):
    key = uuid.uuid4()
    message = written(key=key)
    thread.write(debtor=message.debtor, body=WORDS, key=key, by=message.debtor, now=NOW)
    on_duty.tell(message, debtor=message.debtor, now=NOW)
    written("May I start later?")
    assert DutyNotice.objects.count() == Event.objects.filter(act="danger.told").count() == 1


def test_who_has_left_the_team_is_not_told(db, mail):
    written(safety_first=make_staff(is_active=False), safety_second=make_staff(email="ben@example.com"))
    on_duty.send_waiting(NOW)
    assert to(mail) == ["ann@example.com", "ben@example.com"]


@pytest.mark.parametrize("manner", ["puts the recipient off", "puts the message off", "hangs up after the message"])
def test_what_did_not_go_out_for_sure_goes_again_later(db, mail, manner):
    written()
    mail.manner = manner
    assert on_duty.send_waiting(NOW) == 0
    mail.manner = "takes"
    assert on_duty.send_waiting(NOW + timedelta(seconds=30)) == 0
    assert on_duty.send_waiting(NOW + timedelta(seconds=61)) == 1
    assert on_duty.send_waiting(NOW + timedelta(hours=1)) == 0
    identities = {line for text in mail.received for line in text.splitlines() if line.startswith("Message-ID")}
    assert len(identities) == 1


def test_an_address_that_is_refused_is_not_tried_for_ever_and_stops_no_other(db, mail, settings, caplog):
    settings.ON_DUTY = ("ann@example.com", "ben@example.com")
    written()
    mail.manner = "refuses the recipient"
    assert on_duty.send_waiting(NOW) == 0
    assert caplog.text.count("cannot be told") == 2
    mail.manner = "takes"
    assert on_duty.send_waiting(NOW + timedelta(hours=1)) == 0


def test_a_worker_that_died_is_followed_after_its_lease(db, mail):
    written()
    DutyNotice.objects.update(leased_until=NOW + on_duty.LEASE)
    assert on_duty.send_waiting(NOW) == 0
    assert on_duty.send_waiting(NOW + on_duty.LEASE + timedelta(seconds=1)) == 1


def test_three_workers_send_one_e_mail(committed_db, mail):
    written()
    assert sorted(races.race([lambda: on_duty.send_waiting(NOW)] * 3)) == [0, 0, 1]
    assert len(mail.received) == 1


def test_nobody_named_is_an_error_in_the_log(db, settings, caplog):
    written()
    assert "nobody is told" in caplog.text
    assert not DutyNotice.objects.exists()


@pytest.mark.parametrize("known", [True, False])
def test_a_text_that_stands_in_no_thread_tells_them_too(db, mail, known):
    first, second = make_staff(email="one@example.com"), make_staff(email="two@example.com")
    creditor = make_creditor(safety_first=first, safety_second=second)
    contact = make_contact(make_debtor(creditor=creditor), verified_at=None)
    make_debt(creditor=creditor, debtor=contact.debtor)
    address = contact.address if known else "+886900000009"
    said = {"gateway": "x", "event_id": "1", "kind": "reply", "address": address, "body": WORDS}
    for _twice in range(2):
        heard.hear(**said, at=NOW, now=NOW)
    on_duty.send_waiting(NOW)
    assert to(mail) == ["ann@example.com", "one@example.com", "two@example.com"]


def test_a_flood_of_such_words_does_not_bury_who_is_told(db, mail, monkeypatch, caplog):
    monkeypatch.setattr(on_duty, "MOST_PER_HOUR", 2)
    for _number in range(4):
        written()
    assert (DutyNotice.objects.count(), caplog.text.count("too many in this hour")) == (2, 2)


def test_notices_are_forgotten_after_a_month(db, mail):
    written()
    upkeep.forget(NOW + timedelta(days=29))
    assert DutyNotice.objects.count() == 1
    upkeep.forget(NOW + timedelta(days=31))
    assert not DutyNotice.objects.exists()
