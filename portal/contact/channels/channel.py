"""What every way out has in common: what it is given, what it answers, what can go wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """What a channel needs to know of a message. `id` is the same on every attempt.

    Some gateways put the text together themselves, from a template that was registered with them: `gateway_template`
    names it and then its places in the gateway's order, each with the field of `params` that fills it, as in
    `SMS_154950909 link reference` or, where the gateway calls a place otherwise, `SMS_154950909 code=reference`.
    """

    id: str
    channel: str  # sms, email or wechat
    address: str
    subject: str
    text: str
    debtor_id: str
    at: datetime
    until: datetime | None = None  # not to be delivered later than this
    html: str = ""  # an e-mail's second form
    reply_to: str = ""  # where an e-mail is answered
    unsubscribe: str = ""  # the address that ends e-mail by one press
    gateway_template: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    def filled(self) -> tuple[str, list[tuple[str, str]]]:
        """The gateway's template, and its places in its order with what fills each: one may be filled twice. Raises
        Refused where there is none.
        """
        code, *places = self.gateway_template.split() or [""]
        if not code:
            raise Refused("no template is registered with the gateway for this text")
        pairs = [(place.partition("=")[0], place.partition("=")[2] or place) for place in places]
        if missing := [ours for _theirs, ours in pairs if not self.params.get(ours)]:
            raise Refused(f"the gateway's template wants {missing[0][:40]}, which this text does not have")
        return code, [(theirs, self.params[ours]) for theirs, ours in pairs]


class Refused(Exception):
    """The gateway will never take this message: it failed."""


class Blocked(Refused):
    """Nor will it take any other to this address: it is on the operator's list. The contact is blocked."""


class OptedOut(Refused):
    """The person told the gateway itself to stop: that counts as told to us."""


class NotNow(Exception):
    """The gateway certainly did not take it, but may later: it is queued again."""


class Unclear(Exception):
    """Nobody can say whether the gateway took it: `Repeat` says what follows."""


class Channel(Protocol):
    """One way out. It waits for its gateway less than a third of a sender's lease (`portal.contact.send.LEASE`)."""

    name: str  # of the gateway, as it stands in the address that hears from it and in what was heard
    repeat: Repeat

    def deliver(self, message: Outgoing) -> str:
        """Hand over one message; returns the gateway's reference. Raises Refused, NotNow or Unclear."""

    def find(self, message: Outgoing) -> str | None:
        """The gateway's reference for a message that it has, None when it has it not. Asked where `repeat` is ASKABLE.

        Raises NotNow when the gateway does not answer.
        """
