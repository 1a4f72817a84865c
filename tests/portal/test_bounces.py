"""Bounces of mail that went out over plain SMTP: which are believed, and what they make of message and address."""

import uuid

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ContactPoint
from portal.contact import bounces
from portal.contact.models import Heard
from tests.factories import NOW
from tests.portal.gateway_calls import EMAIL, make_sent

DSN = """\
From: Mail Delivery System <MAILER-DAEMON@mail.example.com>
To: no-reply@example.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <{own}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com

Final-Recipient: rfc822; ming@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: {quoted}

From: no-reply@example.com
To: ming@example.com
Subject: x
Message-ID: <{ours}@example.com>

--b--
"""


def dsn(
    ours: object, action: str = "failed", status: str = "5.1.1", quoted: str = "message/rfc822", own="x@y"
) -> bytes:
    return DSN.format(ours=ours, action=action, status=status, quoted=quoted, own=own).encode()


@pytest.mark.parametrize("quoted", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize(
    ("action", "status", "receipt", "blocked"),
    [
        ("failed", "5.1.1", "blocked", True),
        ("failed", "5.2.2", "undelivered", False),  # a full box
        ("failed", "4.4.7", "undelivered", False),  # they gave up trying
        ("delayed", "4.4.1", "", False),
        ("delivered", "2.1.5", "delivered", False),
        ("Failed", "5.1.1 (no such user)", "blocked", True),
    ],
)
def test_a_bounce_settles_its_message(db, quoted, action, status, receipt, blocked):
    message = make_sent("email")
    for _twice in range(2):
        bounces.take(dsn(message.pk, action, status, quoted), NOW)
    message.refresh_from_db()
    assert message.receipt == receipt
    assert (ContactPoint.objects.get().blocked_at is not None) is blocked
    assert Heard.objects.count() == bool(receipt)


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\xff\x00" * 50,
        b"From: ming@example.com\nSubject: Re: x\n\nIt was not me.\n",
        dsn("not-an-id"),
        dsn(uuid.UUID(int=7), status="never"),
        dsn("x", own=f"{uuid.UUID(int=7)}@example.com"),  # its own id is no proof
        b"Content-Type: multipart/report; boundary=b\n\n" + b"--b\n" * 5000,
    ],
    ids=range(7),
)
def test_other_mail_is_left_alone(db, mail):
    assert bounces.take(mail, NOW) is None
    assert Heard.objects.count() == 0


def test_a_bounce_of_nobodys_message_blocks_nobody(db):
    message = make_sent("email")
    bounces.take(dsn(uuid.UUID(int=7)), NOW)
    message.refresh_from_db()
    assert (message.receipt, ContactPoint.objects.get().blocked_at) == ("", None)
    assert Heard.objects.get().message is None


def test_a_mailbox_is_read_once(db, tmp_path, capsys):
    message = make_sent("email")
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "1.host").write_bytes(dsn(message.pk))
    (tmp_path / "new" / "2.host").write_bytes(b"From: a@example.com\n\nHello\n")
    call_command("read_bounces", str(tmp_path))
    call_command("read_bounces", str(tmp_path))
    assert capsys.readouterr().out == "New: 2, bounces of ours: 1.\nNew: 0, bounces of ours: 0.\n"
    assert ContactPoint.objects.get(address_index=message.contact.address_index).blocked_reason == "gateway"
    assert message.contact.address == EMAIL
    assert len(list((tmp_path / "cur").iterdir())) == 2


def test_a_folder_that_is_no_mailbox_is_named(tmp_path):
    with pytest.raises(CommandError, match="holds no `new`"):
        call_command("read_bounces", str(tmp_path))
