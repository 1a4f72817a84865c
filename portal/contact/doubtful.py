"""Messages of which nobody can say whether they went out: a person finds out, and says so. None goes out again by
itself.
"""

import json
from datetime import datetime

from django.db import transaction

from accounts import history, links, outbox
from accounts.locking import lock
from accounts.models import Creditor, Debtor, Link, Message, User
from portal.contact.verdicts import Bench, Drop

State = Message.State
NOT_THERE = "it did not arrive"
# What is worked out anew when the words are put together again.
_FIXED = frozenset({"sender", "host", "shape", *outbox.SECRETS})


class Settled(Exception):
    """Somebody, or a receipt, was quicker: it is known by now what became of it."""


class NoMore(Exception):
    """It cannot be said again: its code has run out, or the address takes nothing any more. `reason` as a message
    keeps it, where a hold or a rule stands in the way.
    """

    def __init__(self, reason: str = ""):
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def arrived(message: Message, *, by: User, now: datetime) -> None:
    """It went out. Raises Settled."""
    changed = Message.objects.filter(pk=message.pk, state=State.UNKNOWN).update(
        state=State.SENT, sent_at=now, reason="", receipt=Message.Receipt.DELIVERED, receipt_at=now
    )
    if not changed:
        raise Settled
    history.record(by=by, act="message.arrived", on=message, debtor=message.debtor, now=now)


@transaction.atomic
def say_again(message: Message, *, by: User, now: datetime) -> Message:
    """It did not go out: the same words are queued anew, with a new way in, and asked about like any other.

    Raises Settled, or NoMore where there is nothing to say again, or a hold, a stop or a rule keeps it back.
    """
    lock(Debtor, message.debtor_id)
    message = Message.objects.select_related("debtor", "contact", "creditor", "debt", "link").get(pk=message.pk)
    if message.state != State.UNKNOWN:
        raise Settled
    if message.purpose in {Message.Purpose.CODE, Message.Purpose.CONFIRMATION}:
        raise NoMore
    filled = json.loads(message.params or "{}")
    context = {name: value for name, value in filled.items() if name not in _FIXED}
    link = None
    if (filled.get("link") or filled.get("reference")) and message.creditor:
        link, context = _new_way_in(message, message.creditor, context, by, now)
    again = outbox.queue(
        key=f"{message.key[:90]}:again:{message.pk.hex[:8]}",
        debtor=message.debtor,
        contact=message.contact,
        purpose=message.purpose,
        template=message.template,
        language=message.language,
        creditor=message.creditor,
        debt=message.debt,
        link=link,
        context=context,
        now=now,
    )
    if again.state == State.CANCELLED:
        raise NoMore
    Message.objects.filter(pk=message.pk, state=State.UNKNOWN).update(state=State.FAILED, reason=NOT_THERE)
    verdict = Bench([again], now).judge(again)
    if isinstance(verdict, Drop):
        raise NoMore(verdict.reason)
    data = {"again": str(again.pk)}
    history.record(by=by, act="message.again", on=message, debtor=message.debtor, now=now, data=data)
    return again


def _new_way_in(message: Message, creditor: Creditor, context: dict, by: User, now: datetime) -> tuple[Link, dict]:
    kind = message.link.kind if message.link else Link.Kind.TOKEN
    if message.link:
        links.revoke(links=Link.objects.filter(pk=message.link.pk), reason="not sent", now=now)
    link, secret = links.make(
        debtor=message.debtor,
        creditor=creditor,
        contact=message.contact,
        channel=message.channel,
        kind=kind,
        language=message.language,
        by=by,
        now=now,
    )
    return link, context | links.way_in(secret, kind)
