"""What leaves the outbox: each message once, none lost, none that may no longer be said."""

import json
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from accounts import outbox
from accounts.models import Hold, Message
from portal.contact import send
from portal.environment import mailer
from tests import races
from tests.factories import NOW, make_contact, make_debtor
from tests.portal.mail_server import mail_server
from tests.servers import PATIENCE

LINK = "https://abcdefg/r/" + "W" * 22
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.SMS_URL = settings.EMAIL_URL = f"file://{tmp_path}/out"
    return tmp_path / "out"


@pytest.fixture
def mail(settings):
    with mail_server() as server:
        settings.EMAIL_URL = server.url
        settings.MAILERS = {"default": mailer(server.url)}
        yield server


def queue(contact=None, **values) -> Message:
    contact = contact or make_contact(make_debtor())
    defaults = {"key": f"key {Message.objects.count()}", "purpose": "service", "template": "new_message", "now": NOW}
    with transaction.atomic():
        return outbox.queue(
            **{"debtor": contact.debtor, "contact": contact, "context": {"link": LINK}} | defaults | values
        )


def send_at(now, worker="w") -> int:
    return send.send_due(worker=worker, clock=lambda: now)


def after(message: Message) -> Message:
    message.refresh_from_db()
    return message


# --- One message -----------------------------------------------------------------------------------------------------


def test_a_message_goes_out_whole_and_its_secrets_leave_the_database(db, folder):
    message = queue()
    assert send_at(NOW) == 1
    content = json.loads((folder / f"{message.pk}.json").read_text())
    assert LINK in content["text"]
    assert content["address"] == message.contact.address
    assert (after(message).state, message.sent_at, message.leased_until) == ("sent", NOW, None)
    assert LINK not in message.body
    assert "…" in message.body


def test_a_second_round_sends_nothing(db, folder):
    queue()
    assert [send_at(NOW), send_at(LATER)] == [1, 0]
    assert len(list(folder.iterdir())) == 1


def test_nothing_goes_out_before_its_time(db, folder):
    message = queue(not_before=LATER)
    assert send_at(NOW) == 0
    assert send_at(LATER) == 1
    assert after(message).state == "sent"


def test_codes_go_first(db, folder):
    old = [queue() for _ in range(3)]
    code = queue(purpose="code", template="code", context={"code": "123456"}, now=NOW)
    seen = []
    send.send_due(worker="w", clock=lambda: NOW, stop=lambda: seen.append(sent()) or len(seen) > 2)
    assert after(code).state == "sent"
    assert [after(message).state for message in old] == ["queued", "queued", "queued"]


def sent() -> int:
    return Message.objects.filter(state="sent").count()


# --- Looked at again just before -------------------------------------------------------------------------------------


def test_a_number_that_was_blocked_meanwhile_hears_nothing(db, folder):
    message = queue()
    message.contact.blocked_at, message.contact.blocked_reason = NOW, "not me"
    message.contact.save()
    send_at(NOW)
    assert (after(message).state, message.reason, message.body) == ("cancelled", "contact blocked", "")
    assert not folder.exists()


def test_what_waited_when_somebody_died_is_not_sent(db, folder):
    message = queue(purpose="service", template="new_message", now=NOW)
    Hold.objects.create(debtor=message.debtor, kind="deceased", from_at=NOW)
    send_at(NOW)
    assert (after(message).state, message.reason, message.body) == ("cancelled", "deceased", "")
    assert not folder.exists()


def test_what_is_stale_is_not_sent_late(db, folder):
    message = queue()
    send_at(NOW + timedelta(hours=25))
    assert (after(message).state, message.reason) == ("cancelled", "stale")


@pytest.mark.parametrize(("purpose", "state"), [("reminder", "cancelled"), ("service", "sent")])
def test_a_hold_stops_reminders_and_not_answers(db, folder, purpose, state):
    message = queue(purpose=purpose)
    Hold.objects.create(debtor=message.debtor, kind="dispute", from_at=NOW)
    send_at(NOW)
    assert after(message).state == state


def test_a_hold_that_ended_stops_nothing(db, folder):
    message = queue(purpose="reminder")
    Hold.objects.create(debtor=message.debtor, kind="pause", from_at=NOW - timedelta(days=9), until_at=NOW)
    send_at(NOW)
    assert after(message).state == "sent"


# --- Workers that die ------------------------------------------------------------------------------------------------


def left_behind(channel: str) -> Message:
    message = queue(make_contact(make_debtor(), channel=channel, address="a@example.com"))
    Message.objects.filter(pk=message.pk).update(
        state="sending", leased_by="dead", leased_until=NOW + send.LEASE, attempts=1
    )
    return message


def test_a_lease_is_respected_and_then_lapses(db, folder):
    message = left_behind("sms")
    assert send_at(NOW + send.LEASE) == 0
    assert send_at(NOW + send.LEASE + timedelta(seconds=1)) == 1
    assert (after(message).state, message.attempts) == ("sent", 2)


def test_where_a_repeat_would_count_twice_nobody_sends_again(db, mail):
    message = left_behind("email")
    send_at(NOW + timedelta(hours=1))
    assert (after(message).state, message.reason) == ("unknown", "a worker stopped while sending it")
    assert mail.received == []
    assert LINK not in message.body


def test_a_message_that_nobody_can_read_stops_no_other(db, folder):
    broken, whole = queue(), queue()
    Message.objects.filter(pk=broken.pk).update(not_before_at=NOW - timedelta(minutes=1))
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_message SET body = 'x' WHERE key = %s", [broken.key])
    send_at(NOW)
    assert after(whole).state == "sent"
    assert Message.objects.filter(key=broken.key, state="unknown", reason="ValueError").exists()


# --- Mail ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manner", "state", "taken"),
    [
        ("takes", "sent", 1),
        ("refuses the recipient", "failed", 0),
        ("puts the recipient off", "queued", 0),
        ("refuses the message", "failed", 0),
        ("refuses us", "queued", 0),  # an account or its sender, which somebody mends: nobody's address
        ("puts the message off", "queued", 0),
        ("hangs up after the message", "unknown", 1),
    ],
)
def test_what_a_mail_server_answers_decides(db, mail, manner, state, taken):
    mail.manner = manner
    message = queue(make_contact(make_debtor(), channel="email", address="a@example.com"))
    send_at(NOW)
    assert (after(message).state, len(mail.received)) == (state, taken)
    assert (LINK in outbox.clear_text(message.body)) == (state == "queued")


def test_a_mail_server_that_is_away_is_tried_again_later_and_later(db, mail):
    message = queue(make_contact(make_debtor(), channel="email", address="a@example.com"))
    mail.shutdown()
    mail.server_close()
    waits, now = [], NOW
    for _ in range(4):
        send_at(now)
        waits.append((after(message).not_before_at - now).total_seconds())
        now = message.not_before_at
    assert waits == [10, 20, 40, 80]
    assert message.state == "queued"


def test_mail_names_its_message(db, mail):
    message = queue(make_contact(make_debtor(), channel="email", address="a@example.com"))
    send_at(NOW)
    assert str(message.pk) in mail.received[0]
    assert after(message).gateway_ref == f"<{message.pk}@example.com>"


# --- Many workers, and SIGKILL ---------------------------------------------------------------------------------------


def make_many(count: int) -> None:
    contact = make_contact(make_debtor())
    with transaction.atomic():
        for number in range(count):
            outbox.queue(
                key=f"key {number}",
                debtor=contact.debtor,
                contact=contact,
                purpose="reminder",
                template="first_contact",
                context={"link": LINK},
                now=NOW - timedelta(days=365),  # the real clock of a worker's process is past it
                not_after=NOW + timedelta(days=36500),
            )


def files(folder: Path) -> list[Path]:
    return list(folder.glob("*.json")) if folder.exists() else []


def test_four_workers_send_each_message_once(committed_db, settings, tmp_path):
    settings.SMS_URL = f"file://{tmp_path}/out"
    make_many(40)
    counts = races.race([lambda name=name: send_at(NOW, worker=name) for name in "abcd"])
    assert sum(counts) == 40
    assert len(files(tmp_path / "out")) == 40
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


def kill_workers(database, folder: Path, *, messages: int, kills: int) -> None:
    make_many(messages)
    step = messages // (kills + 1)
    for kill in range(1, kills + 1):
        worker = database.start("worker", SMS_URL=f"file://{folder}")
        deadline = time.monotonic() + PATIENCE
        while len(files(folder)) < kill * step and time.monotonic() < deadline:
            time.sleep(0.002)
        assert len(files(folder)) >= kill * step, "the worker sends nothing"
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    send_at(NOW + timedelta(days=3650))  # every lease of a dead worker has lapsed
    assert Message.objects.filter(state="sent").count() == messages
    assert {file.stem for file in files(folder)} == {str(pk) for pk in Message.objects.values_list("pk", flat=True)}


@pytest.mark.one_engine  # the command's; its workers are killed on each in test_send_faults.py
def test_killed_workers_lose_nothing_and_repeat_nothing(committed_db, settings, tmp_path):
    settings.SMS_URL = f"file://{tmp_path}/out"
    kill_workers(committed_db, tmp_path / "out", messages=90, kills=3)


@pytest.mark.soak
def test_twenty_killed_workers_in_400_messages(committed_db, settings, tmp_path):
    settings.SMS_URL = f"file://{tmp_path}/out"
    kill_workers(committed_db, tmp_path / "out", messages=400, kills=20)
