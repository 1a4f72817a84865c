"""What was said to somebody, as `decide` counts it: from a message's row, or from what staff wrote down."""

from datetime import datetime
from functools import cache
from typing import Final

from accounts.models import ContactPoint, Message
from accounts.rules.contact_law import Channel, Purpose
from portal.contact.facts import Outcome, Past
from portal.contact.models import LoggedContact

OUTCOME: Final = {
    Message.State.QUEUED: Outcome.SENT,  # a worker has it in hand: only such are read
    Message.State.SENDING: Outcome.SENT,
    Message.State.SENT: Outcome.SENT,
    Message.State.UNKNOWN: Outcome.UNKNOWN,
    Message.State.FAILED: Outcome.FAILED,
}
_RECEIPT: Final = {
    Message.Receipt.DELIVERED: Outcome.DELIVERED,
    Message.Receipt.UNDELIVERED: Outcome.UNDELIVERED,
    Message.Receipt.EXPIRED: Outcome.UNDELIVERED,
    Message.Receipt.REJECTED: Outcome.UNDELIVERED,
    Message.Receipt.BLOCKED: Outcome.UNDELIVERED,
    Message.Receipt.UNKNOWN: Outcome.UNKNOWN,
}


@cache
def law_channel(channel: str) -> Channel:
    """How the rule sets call the channel of a contact or a message."""
    return Channel.CHAT if channel == ContactPoint.Channel.WECHAT else Channel(channel)


def of_message(message: Message, at: datetime, matters: tuple[str, ...]) -> Past:
    """A message that was said at `at`, about these matters."""
    state = OUTCOME[Message.State(message.state)]
    return Past(
        at=at,
        channel=law_channel(message.channel),
        purpose=Purpose(message.purpose),
        outcome=_RECEIPT.get(Message.Receipt(message.receipt), state) if message.receipt else state,
        matters=matters,
        address=str(message.contact_id),
    )


def of_logged(one: LoggedContact, matters: tuple[str, ...]) -> Past:
    """A call, a visit or a letter that somebody at the desk wrote down."""
    return Past(
        at=one.at,
        channel=Channel(one.channel),
        outcome=Outcome(one.outcome),
        matters=matters,
        address=str(one.contact_id or ""),
        inbound=one.inbound,
    )
