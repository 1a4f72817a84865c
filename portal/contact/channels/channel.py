"""What every way out has in common: what it is given, what it answers, what can go wrong."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Repeat(StrEnum):
    """What a gateway can tell of a message that was perhaps given to it already, and so what follows where that is
    not known: a worker died over it, or no clear answer came.
    """

    KNOWN = "known"  # it tells a repeat by our id: the message is given again, with one effect
    ASKABLE = "askable"  # it can be asked for our id: it is asked first, and given the message if it has it not
    NEITHER = "neither"  # nothing is given twice: the message is kept as unknown, for a person to look at


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
    """Nobody can say whether the gateway took it: `Repeat` says what follows."""


class Channel(Protocol):
    """One way out. It waits for its gateway less than a third of a sender's lease (`portal.contact.send.LEASE`)."""

    repeat: Repeat

    def deliver(self, message: Outgoing) -> str:
        """Hand over one message; returns the gateway's reference. Raises Refused, NotNow or Unclear."""

    def find(self, message: Outgoing) -> str | None:
        """The gateway's reference for a message that it has, None when it has it not. Asked where `repeat` is ASKABLE.

        Raises NotNow when the gateway does not answer.
        """
