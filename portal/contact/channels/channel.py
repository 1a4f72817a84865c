"""What every way out has in common: what it is given, what it answers, what can go wrong."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """What a channel needs to know of a message. `id` is the same on every attempt."""

    id: str
    channel: str  # sms or email
    address: str
    subject: str
    text: str
    debtor_id: str
    at: datetime


class Refused(Exception):
    """The gateway will never take this message: it failed."""


class NotNow(Exception):
    """The gateway certainly did not take it, but may later: it is queued again."""


class Unclear(Exception):
    """Nobody can say whether the gateway took it: it is not sent again by itself."""


class Channel(Protocol):
    """One way out.

    `knows_repeats`: a message given twice has one effect, so it may be given again when a worker died over it. Where it
    does not, such a message is kept as unknown and never sent again by itself.
    """

    knows_repeats: bool

    def deliver(self, message: Outgoing) -> str:
        """Hand over one message; returns the gateway's reference. Raises Refused, NotNow or Unclear."""
