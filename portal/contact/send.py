"""Takes messages out of the outbox and hands each one over, once.

A worker claims one message with a conditional update and a lease, looks again whether it may still be sent, hands it
over outside any transaction, and marks it. A worker that dies leaves a lease that lapses. What then happens is the
channel's policy: where a repeat has no second effect the message is sent again, otherwise it is kept as unknown for a
person to look at. So nothing is lost silently, and nothing is said twice.
"""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError
from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from accounts import outbox
from accounts.models import ContactPoint, Hold, Message
from portal.contact import email_page, wordings
from portal.contact.channels import channel_for
from portal.contact.channels.channel import NotNow, Outgoing, Refused, Repeat, Unclear

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)  # more than three times the longest wait for a gateway (15 s)
LOOK_AT = 20  # how many candidates one look at the outbox brings; workers that race for one go on to the next
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=30)
State = Message.State


def send_due(
    *, worker: str, clock: Callable[[], datetime] = timezone.now, stop: Callable[[], bool] = lambda: False
) -> int:
    """Send what is due until nothing is left or `stop()` says so; returns how many messages were dealt with."""
    dealt_with = 0
    while not stop():
        candidates = list(
            _due(clock()).order_by(_codes_first(), "not_before_at").values_list("pk", flat=True)[:LOOK_AT]
        )
        for pk in candidates:
            if stop():
                return dealt_with
            dealt_with += _try(pk, worker, clock)
        if not candidates:
            break
    return dealt_with


def _try(pk, worker: str, clock: Callable[[], datetime]) -> bool:
    try:
        message = _claim(pk, worker, clock())
        if message is not None:
            _deal_with(message, clock)
    except (OperationalError, InterfaceError):
        raise  # the worker waits for the database; the lease brings the message back
    except Exception as problem:  # noqa: BLE001  one message that cannot be read must not stop all others
        log.warning("message %s: %s", pk, type(problem).__name__)  # its words may quote a person
        mine = Message.objects.filter(pk=pk, state=State.SENDING, leased_by=worker)
        mine.update(state=State.UNKNOWN, reason=type(problem).__name__, leased_by="", leased_until=None)
        return True
    return message is not None


def why_not_now(message: Message, now: datetime) -> str:
    """Why a message may not go out now, as a code; empty when it may. Judged again just before it is sent."""
    if message.not_after_at < now:
        return "stale"
    refusal = outbox.why_not(message.contact, message.template, now)
    if not refusal and message.purpose == Message.Purpose.REMINDER:
        on_hold = Hold.objects.open(now).filter(debtor_id=message.debtor_id, stops_contact=True).exists()
        return "on hold" if on_hold else ""
    return refusal


def _due(now: datetime) -> QuerySet[Message]:
    lapsed = Q(state=State.SENDING, leased_until__lt=now)
    return Message.objects.filter(Q(state=State.QUEUED) | lapsed, not_before_at__lte=now)


def _codes_first() -> Case:
    return Case(When(purpose=Message.Purpose.CODE, then=0), default=1)  # somebody sits and waits for a code


def _claim(pk, worker: str, now: datetime) -> Message | None:
    """The message, if this worker now holds it. One statement decides, so only one of many workers gets it."""
    before = _due(now).filter(pk=pk).values_list("state", flat=True).first()
    claimed = before and _due(now).filter(pk=pk, state=before).update(
        state=State.SENDING, leased_by=worker, leased_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    message = Message.objects.select_related("contact").get(pk=pk)
    message.was_left_behind = before == State.SENDING  # type: ignore[attr-defined]
    return message


def _deal_with(message: Message, clock: Callable[[], datetime]) -> None:
    channel = channel_for(message.channel)
    if message.was_left_behind and channel.repeat is not Repeat.KNOWN:  # type: ignore[attr-defined]
        _settle(message, State.UNKNOWN, reason="a worker stopped while sending it")
        return
    if refusal := why_not_now(message, clock()):
        _settle(message, State.CANCELLED, reason=refusal, body="")
        return
    try:
        reference = channel.deliver(_outgoing(message))
    except NotNow as problem:
        _put_back(message, str(problem), clock())
    except Refused as problem:
        _settle(message, State.FAILED, reason=f"refused: {problem}")
    except Unclear as problem:
        _settle(message, State.UNKNOWN, reason=f"no clear answer: {problem}")
    else:
        _settle(message, State.SENT, sent_at=clock(), gateway_ref=reference[:120])


def _outgoing(message: Message) -> Outgoing:
    params = json.loads(message.params or "{}")
    text = outbox.clear_text(message.body)
    return Outgoing(
        id=str(message.pk),
        channel=message.channel,
        address=message.contact.address,
        subject=message.subject,
        text=text,
        debtor_id=str(message.debtor_id),
        at=message.created_at,
        html=email_page.of(message) if message.channel == ContactPoint.Channel.EMAIL else "",
        unsubscribe=params.get("unsubscribe", ""),
        gateway_template=wordings.registered_as(message, shape=params.get("shape", "")),
        params=params | {"text": text},
    )


def _settle(message: Message, state: str, **fields) -> None:
    """The end of a message, with the secrets taken out of its text. Nothing happens if its lease went to another."""
    fields = {"body": outbox.redacted(message.body), "leased_by": "", "leased_until": None} | fields
    if "reason" in fields:
        fields["reason"] = fields["reason"][:120]
    _held(message).update(state=state, **fields)
    if state in {State.FAILED, State.UNKNOWN}:
        log.warning("message %s: %s (%s)", message.pk, state, fields["reason"])


def _put_back(message: Message, reason: str, now: datetime) -> None:
    """Try again later, after a wait that doubles; past its last instant it is cancelled as stale."""
    wait = min(FIRST_WAIT * 2 ** (message.attempts - 1), LONGEST_WAIT)
    log.warning("message %s: not taken (%s), again in %s s", message.pk, reason, wait.seconds)
    _held(message).update(
        state=State.QUEUED, reason=reason[:120], not_before_at=now + wait, leased_by="", leased_until=None
    )


def _held(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(
        pk=message.pk, state=State.SENDING, leased_by=message.leased_by, attempts=message.attempts
    )
