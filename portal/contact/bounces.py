"""Bounces as mail servers write them (RFC 3464), where e-mail goes out over plain SMTP.

Anybody may write such a mail. What proves it is the Message-ID of ours that it quotes: our id of the message, which is
guessed by nobody and known only where the message went.
"""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message as Part
from typing import Final

from accounts.models import Message
from portal.contact import heard
from portal.contact.models import Heard

LONGEST: Final = 256 * 1024  # bytes that are read of one mail; a bounce quotes what it is about
GATEWAY: Final = "smtp"
Receipt = Message.Receipt
_OURS: Final = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_NO_SUCH_BOX: Final = ("5.1.", "5.2.1", "5.7.1")  # RFC 3463: no such address, a box that is closed, refused for good


@dataclass(frozen=True, slots=True)
class Bounce:
    """`message_id` is our message's; `status` is RFC 3463's, such as 5.1.1."""

    message_id: uuid.UUID
    action: str
    status: str

    @property
    def receipt(self) -> Receipt | None:
        """What it says became of the message; None while their server still tries."""
        if self.action in {"delivered", "relayed", "expanded"}:
            return Receipt.DELIVERED if self.action == "delivered" else Receipt.SENT
        if self.action != "failed":
            return None
        return Receipt.BLOCKED if self.status.startswith(_NO_SUCH_BOX) else Receipt.UNDELIVERED


def read(mail: bytes) -> Bounce | None:
    """The bounce that a mail is; None for any other mail, such as somebody's answer."""
    try:
        parts = list(message_from_bytes(mail[:LONGEST], policy=policy.compat32).walk())
        fields = next((part for part in parts if part.get("Action") and part.get("Status")), None)
        quoted = _OURS.search(" ".join(_message_ids(parts)))
    except (ValueError, LookupError, RecursionError, TypeError):
        return None
    if fields is None or quoted is None:
        return None
    action, status = (str(fields.get(name, "")).strip().lower() for name in ("Action", "Status"))
    found = _STATUS.match(status)
    return Bounce(uuid.UUID(quoted[1]), action[:20], found[0]) if found else None


def take(mail: bytes, now: datetime) -> Heard | None:
    """Hear one mail of the box that bounces come to. None where it is no bounce of ours, or nothing is known yet."""
    bounce = read(mail)
    if bounce is None or bounce.receipt is None:
        return None
    return heard.hear(
        gateway=GATEWAY,
        event_id=f"{bounce.message_id}:{bounce.action}:{bounce.status}",
        kind=Heard.Kind.RECEIPT,
        channel="email",
        message_id=str(bounce.message_id),
        receipt=bounce.receipt,
        code=bounce.status,
        at=now,
        now=now,
    )


def _message_ids(parts: list[Part]) -> list[str]:
    """Message-IDs of what the mail quotes, not its own."""
    quoted = [str(part.get("Message-ID", "")) for part in parts[1:]]
    headers = [str(part.get_payload()) for part in parts if part.get_content_type() == "text/rfc822-headers"]
    return quoted + headers
