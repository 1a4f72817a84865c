"""Takes messages out of the outbox and hands each one over, once.

A worker locks some messages and the people they are for, asks whether each may go out now, and leases those that may;
all in one transaction, so that no other worker says something to the same people meanwhile. Then, outside of it and one
after the other: it marks the message as being sent, if nobody cancelled it since; hands it over; and writes down what
came of it. What it could not begin within a second goes back, to be asked about anew.

A worker that dies leaves leases that lapse. A message it had not begun is free again. What follows for one that it had
begun, or for which no clear answer came, is the channel's `Repeat`: it is given again, or the gateway is asked first,
or it is kept as unknown for a person to look at. So nothing is lost silently, and nothing is said twice.
"""

import json
import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import outbox
from accounts.models import ContactPoint, Message
from accounts.prepared import PreparedUpdate
from portal.contact import email_page, heard, reply_to, wordings
from portal.contact.channels import channel_for
from portal.contact.channels.channel import Blocked, Channel, NotNow, OptedOut, Outgoing, Refused, Repeat, Unclear
from portal.contact.models import Heard
from portal.contact.reasons import ROOM
from portal.contact.verdicts import Bench, Drop, Go, Verdict, Wait

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)  # more than three times the longest wait for a gateway (15 s)
TAKEN_FOR = timedelta(seconds=5)  # how long a message that was not begun waits for a worker that died over others
# So long what was asked holds; also how long a stop that cancels nothing (a payment, a new rule) may come too late.
HOLDS_FOR = timedelta(seconds=1)
MOST_AT_ONCE, FIRST_AT_ONCE = 128, 8  # taken in one round: as many as the last one could begin in time, or a few more
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=30)
State = Message.State
_IN_HAND = (State.QUEUED, State.SENDING)
Clock = Callable[[], datetime]
LEFT_BEHIND = "a worker stopped while sending it"


@dataclass(slots=True)
class Taken:
    """A message that this worker holds. `begun`: it was perhaps given to the gateway already."""

    message: Message
    begun: bool
    verdict: Verdict


def send_due(*, worker: str, clock: Clock = timezone.now, stop: Callable[[], bool] = lambda: False) -> int:
    """Send what is due until nothing is left or `stop()` says so; returns how many messages were dealt with."""
    dealt_with, at_once = 0, FIRST_AT_ONCE
    while not stop():
        try:
            seen, taken = take(worker, clock(), at_once)
        except (OperationalError, InterfaceError):
            raise  # the worker waits for the database; leases bring the messages back
        except Exception as problem:  # noqa: BLE001  one message that cannot be read must not stop all others
            log.warning("outbox: %s, one at a time", type(problem).__name__)
            seen, taken = _one_at_a_time(worker, clock, at_once)
        done = _deal_with_all(taken, clock, stop)
        dealt_with += seen - len(taken) + done
        at_once = max(1, done) if done < len(taken) else min(MOST_AT_ONCE, at_once + at_once // 2 + 1)
        if not seen or (taken and not done and not stop()):
            break
    return dealt_with


def take(worker: str, now: datetime, at_once: int, pk: uuid.UUID | None = None) -> tuple[int, list[Taken]]:
    """Lock up to so many messages that are due, codes first, and lease those that may go out. How many were looked at.

    What waits or is cancelled is written down here and now. Rows that another worker has locked are passed over.
    """
    with transaction.atomic():
        messages = _due_and_locked(now, at_once, pk)
        bench = Bench(messages, now)
        found = [_look_at(message, bench) for message in messages]
        taken = [one for one in found if one is not None]
        _lease([one.message for one in taken], worker, now)
    return len(messages), taken


def _due(now: datetime) -> QuerySet[Message]:
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return Message.objects.filter(free, state__in=_IN_HAND, not_before_at__lte=now)


def _due_and_locked(now: datetime, at_once: int, pk: uuid.UUID | None) -> list[Message]:
    due = _due(now).select_related("debtor", "contact", "creditor", "debt").order_by("not_before_at", "pk")
    # The person first: who finds the person locked must not hold the messages, or a third worker finds nothing to do.
    due = due.select_for_update(skip_locked=True, no_key=True, of=("debtor", "self"))
    if pk is not None:
        return list(due.filter(pk=pk))
    codes = list(due.filter(purpose=Message.Purpose.CODE)[:at_once])  # somebody sits and waits for a code
    room = at_once - len(codes)
    return codes + (list(due.exclude(purpose=Message.Purpose.CODE)[:room]) if room else [])


def _look_at(message: Message, bench: Bench) -> Taken | None:
    """What to hand over; None for what was settled at once. Nothing of a message that was begun is taken back."""
    begun = message.state == State.SENDING
    repeat = _channel(message).repeat
    if begun and message.receipt:  # the gateway told of it meanwhile, so it has it
        fields = _redacted(message) | {"leased_by": "", "leased_until": None, "reason": ""}
        Message.objects.filter(pk=message.pk).update(state=State.SENT, sent_at=message.receipt_at, **fields)
        return None
    if begun and repeat is Repeat.NEITHER:
        _settle_here(message, State.UNKNOWN, message.reason or LEFT_BEHIND)
        return None
    verdict = bench.judge(message)
    if begun and repeat is Repeat.ASKABLE:
        return Taken(message, begun, verdict)
    match verdict:
        case Drop(reason) if begun:
            _settle_here(message, State.UNKNOWN, f"{message.reason or LEFT_BEHIND}; {reason}")
        case Drop(reason):
            outbox.cancel(Message.objects.filter(pk=message.pk), reason=reason, now=bench.now)
        case Wait(until, reason) if begun:  # perhaps it was said; it is not said a second time at another hour
            _settle_here(message, State.UNKNOWN, f"{message.reason or LEFT_BEHIND}; {reason}")
        case Wait(until, reason):
            Message.objects.filter(pk=message.pk).update(
                not_before_at=until, reason=reason, leased_by="", leased_until=None
            )
        case Go():
            return Taken(message, begun, verdict)
    return None


def _lease(messages: Iterable[Message], worker: str, now: datetime) -> None:
    mine = [message.pk for message in messages]
    if mine:
        lease = {"leased_by": worker, "leased_until": now + min(LEASE, TAKEN_FOR)}
        Message.objects.filter(pk__in=mine).update(**lease, attempts=F("attempts") + 1)
    for message in messages:
        message.leased_by, message.attempts = worker, message.attempts + 1


def _one_at_a_time(worker: str, clock: Clock, at_once: int) -> tuple[int, list[Taken]]:
    """After one of them could not be read: that one is kept as unknown, the others are taken."""
    seen, taken = 0, []
    for pk in list(_due(clock()).order_by("not_before_at", "pk").values_list("pk", flat=True)[:at_once]):
        seen += 1
        try:
            taken += take(worker, clock(), 1, pk)[1]
        except (OperationalError, InterfaceError):
            raise
        except Exception as problem:  # noqa: BLE001
            log.warning("message %s: %s", pk, type(problem).__name__)  # its words may quote a person
            broken = Message.objects.filter(pk=pk, state__in=_IN_HAND)
            broken.update(state=State.UNKNOWN, reason=type(problem).__name__, leased_by="", leased_until=None)
    return seen, taken


def _deal_with_all(taken: list[Taken], clock: Clock, stop: Callable[[], bool]) -> int:
    """Hand over one after the other while what was asked holds; the rest goes back. How many were dealt with."""
    asked_at = clock()
    for done, one in enumerate(taken):
        if stop() or not asked_at <= clock() <= asked_at + HOLDS_FOR:
            _give_back(taken[done:], clock())
            return done
        try:
            _deal_with(one, clock)
        except (OperationalError, InterfaceError):
            raise
        except Exception as problem:  # noqa: BLE001  it must not stop all others
            _broke(one.message, problem, clock())
    return len(taken)


def _broke(message: Message, problem: Exception, now: datetime) -> None:
    """Something went wrong that nobody foresaw. What was not begun was given to nobody."""
    name = type(problem).__name__  # its words may quote a person
    if message.state != State.SENDING:
        _settle(message, State.FAILED, reason=name)
    elif _channel(message).repeat is Repeat.NEITHER:
        _settle(message, State.UNKNOWN, reason=name)
    else:
        _ask_again_later(message, name, now)


def _deal_with(one: Taken, clock: Clock) -> None:
    message, channel = one.message, _channel(one.message)
    outgoing = _outgoing(message)
    if one.begun and channel.repeat is Repeat.ASKABLE:
        try:
            reference = channel.find(outgoing)
        except NotNow as problem:
            _ask_again_later(message, str(problem), clock())
            return
        if reference is not None:
            _sent(message, reference, channel, clock())
            return
        if not isinstance(one.verdict, Go):
            _settle(message, State.QUEUED, keep=True, reason="the gateway has it not")
            return
    if not _begin(message, clock()):
        return
    _hand_over(message, outgoing, channel, clock)


def _channel(message: Message) -> Channel:
    return channel_for(message.channel, message.contact.address)


def _begin(message: Message, now: datetime) -> bool:
    """Mark it as being sent. False where it was cancelled since, or its lease has gone to another worker."""
    lease = {"worker": message.leased_by, "attempts": message.attempts}
    message.state = State.SENDING
    return bool(_BEGIN(pk=message.pk, now=now, until=now + LEASE, **lease))


def _hand_over(message: Message, outgoing: Outgoing, channel: Channel, clock: Clock) -> None:
    try:
        reference = channel.deliver(outgoing)
    except NotNow as problem:
        _put_back(message, str(problem), clock())
    except Refused as problem:
        _settle(message, State.FAILED, reason=f"refused: {problem}")
        if isinstance(problem, Blocked | OptedOut):
            _hear(message, channel, problem, clock())
    except Unclear as problem:
        if channel.repeat is Repeat.NEITHER:
            _settle(message, State.UNKNOWN, reason=f"no clear answer: {problem}")
        else:
            _ask_again_later(message, f"no clear answer: {problem}", clock())
    else:
        _sent(message, reference, channel, clock())


def _sent(message: Message, reference: str, channel: Channel, now: datetime) -> None:
    text = _redacted(message) | {"reference": reference[:120], "now": now}
    if not _SENT(pk=message.pk, worker=message.leased_by, attempts=message.attempts, **text):
        # Its lease went to another, who could only say that nobody knows.
        known = {"sent_at": now, "gateway_ref": reference[:120], "reason": ""}
        Message.objects.filter(pk=message.pk, state=State.UNKNOWN).update(state=State.SENT, **known)
    if getattr(channel, "listens", False):  # a receipt may have come before the answer
        message.gateway_ref = reference[:120]
        heard.catch_up(message=message, gateway=channel.name, now=now)


def _hear(message: Message, channel: Channel, problem: Refused, now: datetime) -> None:
    """The gateway told of the address, not of this message alone."""
    told = {"kind": Heard.Kind.UNSUBSCRIBE} if isinstance(problem, OptedOut) else {"kind": Heard.Kind.RECEIPT}
    heard.hear(
        gateway=channel.name,
        event_id=f"answer:{message.pk}",
        at=now,
        now=now,
        channel=message.channel,
        message_id=str(message.pk),
        receipt=Message.Receipt.BLOCKED if isinstance(problem, Blocked) else "",
        code=str(problem)[:60],
        **told,
    )


def _outgoing(message: Message) -> Outgoing:
    params = json.loads(message.params or "{}")
    by_mail = message.channel == ContactPoint.Channel.EMAIL
    text = outbox.clear_text(message.body)
    return Outgoing(
        id=str(message.pk),
        channel=message.channel,
        address=message.contact.address,
        subject=message.subject,
        text=text,
        debtor_id=str(message.debtor_id),
        at=message.created_at,
        until=message.not_after_at,
        html=email_page.of(message) if by_mail else "",
        reply_to=reply_to.of(message.pk) if by_mail else "",
        unsubscribe=params.get("unsubscribe", ""),
        gateway_template=wordings.registered_as(message, params),
        params=params | {"text": text},
    )


def _settle(message: Message, state: str, *, keep: bool = False, **fields) -> None:
    """What came of a message, with the secrets taken out of its text unless it goes on (`keep`). Nothing happens if its
    lease went to another.
    """
    free = {"leased_by": "", "leased_until": None}
    fields = free | ({} if keep else _redacted(message)) | {"reason": ""} | fields
    fields["reason"] = fields["reason"][:ROOM]
    _held(message).update(state=state, **fields)
    if state in {State.FAILED, State.UNKNOWN}:
        log.warning("message %s: %s (%s)", message.pk, state, fields["reason"])


def _settle_here(message: Message, state: str, reason: str) -> None:
    """The same for a message that is locked and not leased."""
    fields = _redacted(message) | {"leased_by": "", "leased_until": None, "reason": reason[:ROOM]}
    Message.objects.filter(pk=message.pk).update(state=state, **fields)
    log.warning("message %s: %s (%s)", message.pk, state, reason)


def _redacted(message: Message) -> dict:
    return {"body": outbox.redacted(message.body), "params": outbox.redacted_params(message.params)}


def _put_back(message: Message, reason: str, now: datetime) -> None:
    """The gateway did not take it: try again later, after a wait that doubles; at last it is cancelled as stale."""
    wait = _wait(message)
    log.warning("message %s: not taken (%s), again in %s s", message.pk, reason, wait.seconds)
    _settle(message, State.QUEUED, keep=True, reason=reason, not_before_at=now + wait)


def _ask_again_later(message: Message, reason: str, now: datetime) -> None:
    """Perhaps the gateway took it: it stays begun, and is looked at again after a wait that doubles."""
    wait = _wait(message)
    log.warning("message %s: %s, again in %s s", message.pk, reason, wait.seconds)
    _held(message).update(reason=reason[:ROOM], leased_by="", leased_until=now, not_before_at=now + wait)


def _wait(message: Message) -> timedelta:
    return min(FIRST_WAIT * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)


def _give_back(rest: list[Taken], now: datetime) -> None:
    """What was not begun in time is free again."""
    for begun, until in ((False, None), (True, now)):
        if mine := [one.message for one in rest if one.begun is begun]:
            same = Message.objects.filter(pk__in=[message.pk for message in mine], leased_by=mine[0].leased_by)
            same.filter(state__in=_IN_HAND).update(leased_by="", leased_until=until, attempts=F("attempts") - 1)


def _held(message: Message) -> QuerySet[Message]:
    return _in_hand_of(message.pk, message.leased_by, message.attempts)


def _in_hand_of(pk, worker, attempts) -> QuerySet[Message]:
    return Message.objects.filter(pk=pk, state__in=_IN_HAND, leased_by=worker, attempts=attempts)


# The two updates that every message costs.
_FIELD = {field.name: field for field in Message._meta.fields}
_MINE = {"pk": _FIELD["id"], "worker": _FIELD["leased_by"], "attempts": _FIELD["attempts"]}
_BEGIN = PreparedUpdate(
    lambda pk, worker, attempts, now, until: (
        _in_hand_of(pk, worker, attempts).filter(leased_until__gt=now),
        {"state": State.SENDING, "leased_until": until},
    ),
    **_MINE,
    now=_FIELD["leased_until"],
    until=_FIELD["leased_until"],
)
_SENT = PreparedUpdate(
    lambda pk, worker, attempts, now, body, params, reference: (
        _in_hand_of(pk, worker, attempts),
        {
            "state": State.SENT,
            "sent_at": now,
            "gateway_ref": reference,
            "body": body,
            "params": params,
            "reason": "",
            "leased_by": "",
            "leased_until": None,
        },
    ),
    **_MINE,
    now=_FIELD["sent_at"],
    body=_FIELD["body"],
    params=_FIELD["params"],
    reference=_FIELD["gateway_ref"],
)
