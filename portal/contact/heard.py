"""What gateways tell, kept once and brought to bear: receipts move a message forward, an address that takes nothing any
more hears nothing more, and what people answered is obeyed (`portal.contact.obey`).

A receipt may come before the call that sent its message has returned, or about a message nobody here sent. It is kept
all the same, and applied as soon as its message is known.
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts import history, outbox
from accounts.crypto import blind_index
from accounts.locking import lock
from accounts.models import ContactPoint, Debtor, Message
from portal.contact.models import Heard
from portal.contact.obey import obey

LISTED: Final = "gateway"  # why a contact is blocked: the operator or the mail provider refuses it
LATE_FOR: Final = timedelta(days=1)  # a receipt waits so long for its message
AT_ONCE: Final = 500
Kind, Receipt, State = Heard.Kind, Message.Receipt, Message.State
_BEFORE: Final = {Receipt.ACCEPTED: [""], Receipt.SENT: ["", Receipt.ACCEPTED]}
_ON_THE_WAY: Final = [
    "",
    Receipt.ACCEPTED,
    Receipt.SENT,
]  # what a final receipt may follow; nothing follows a final one
_ABOUT_A_MESSAGE: Final = (Kind.RECEIPT, Kind.COMPLAINT, Kind.UNSUBSCRIBE)


@transaction.atomic
def hear(
    *,
    gateway: str,
    event_id: str,
    kind: str,
    at: datetime,
    now: datetime,
    channel: str = "sms",
    message_id: str = "",
    gateway_ref: str = "",
    address: str = "",
    receipt: str = "",
    code: str = "",
    body: str = "",
) -> Heard:
    """Keep one thing a gateway told and do what follows from it. Told again under the same `event_id`, it does nothing.

    `message_id` is our id of the message it is about, where the gateway gives it back, else `gateway_ref` finds it.
    `address` is who wrote, or whom it is about. The caller has made sure that it is the gateway who tells it.
    """
    message = _message(message_id, gateway_ref, channel)
    contact, debtor = _whose(message, channel, address)
    whose = {"message": message, "contact": contact, "debtor": debtor, "address": "" if contact else address}
    said = {"kind": kind, "gateway_ref": gateway_ref, "receipt": receipt, "code": code, "body": body}
    kept, fresh = Heard.objects.get_or_create(
        gateway=gateway, event_id=event_id, defaults=whose | said | {"at": at, "heard_at": now}
    )
    if fresh:
        _follow(kept, now)
    return kept


def catch_up(*, message: Message, gateway: str, now: datetime) -> None:
    """Apply what was told of a message before the call that sent it had returned. One query where nothing was."""
    _attach(Heard.objects.filter(gateway=gateway, gateway_ref=message.gateway_ref, message=None), now)


def catch_up_all(now: datetime) -> None:
    """The same for whatever slipped through between the two."""
    _attach(Heard.objects.filter(message=None, heard_at__gt=now - LATE_FOR), now)


def of(debtor: Debtor) -> QuerySet[Heard]:
    """What was heard of and from a person, the newest first: for their timeline."""
    return Heard.objects.filter(debtor=debtor).select_related("message", "contact").order_by("-at", "-heard_at")


def _attach(waiting: QuerySet[Heard], now: datetime) -> None:
    waiting = waiting.filter(kind__in=_ABOUT_A_MESSAGE).exclude(gateway_ref="").order_by("heard_at")
    rows = list(waiting[:AT_ONCE])
    references = {row.gateway_ref for row in rows}
    found = {one.gateway_ref: one for one in Message.objects.filter(gateway_ref__in=references)} if rows else {}
    for row in rows:
        message = found.get(row.gateway_ref)
        if message is None:
            continue
        with transaction.atomic():
            whose = {"message": message, "contact_id": message.contact_id, "debtor_id": message.debtor_id}
            if Heard.objects.filter(pk=row.pk, message=None).update(**whose, address=""):
                _follow(Heard.objects.get(pk=row.pk), now)


def _message(message_id: str, gateway_ref: str, channel: str) -> Message | None:
    found = Message.objects.filter(channel=channel)
    try:
        by_id = found.filter(pk=uuid.UUID(message_id)).first() if message_id else None
    except ValueError:
        by_id = None
    if by_id is not None or not gateway_ref:
        return by_id
    return found.filter(gateway_ref=gateway_ref).first()


def _whose(message: Message | None, channel: str, address: str) -> tuple[ContactPoint | None, Debtor | None]:
    """The contact it came from and the person it is put down to: of a shared number, whom it was last written to for.

    Several people and none of them written to: staff find out who it was.
    """
    if message is not None:
        return message.contact, message.contact.debtor
    if not address:
        return None, None
    found = list(
        ContactPoint.objects.filter(channel=channel, address_index=blind_index(channel, address))
        .select_related("debtor")
        .order_by(F("retired_at").asc(nulls_first=True), "debtor_id")
    )
    last = Message.objects.filter(contact__in=found, sent_at__isnull=False).order_by("-sent_at").first()
    if last is not None:
        return last.contact, last.contact.debtor
    return (found[0], found[0].debtor if len(found) == 1 else None) if found else (None, None)


def _follow(kept: Heard, now: datetime) -> None:
    if kept.message is not None and kept.receipt:
        _move_on(kept.message, kept.receipt, kept.gateway_ref, kept.at, now)
    if kept.kind == Kind.COMPLAINT or (kept.kind == Kind.RECEIPT and kept.receipt == Receipt.BLOCKED):
        block(kept, now)
    if kept.kind != Kind.RECEIPT:
        obey(kept, now)


def _move_on(message: Message, receipt: str, gateway_ref: str, at: datetime, now: datetime) -> None:
    """Forward only: an older state that comes late, or anything after a final one, changes nothing."""
    mine = Message.objects.filter(pk=message.pk)
    mine.filter(receipt__in=_BEFORE.get(Receipt(receipt), _ON_THE_WAY)).update(receipt=receipt, receipt_at=at)
    # Nobody knew whether the gateway has it: it has. So it is neither given again nor left for staff to look at.
    left_behind = Q(state=State.SENDING, leased_until__lt=now)
    doubtful = mine.filter(Q(state=State.UNKNOWN) | Q(state=State.QUEUED, attempts__gt=0) | left_behind)
    sent = {"state": State.SENT, "sent_at": at, "reason": "", "leased_by": "", "leased_until": None}
    kept = {"body": outbox.redacted(message.body), "params": "", "gateway_ref": message.gateway_ref or gateway_ref}
    doubtful.update(**sent, **kept)


def block(kept: Heard, now: datetime) -> None:
    """The address takes nothing any more: nothing goes to it, whoever it stands for on file."""
    if kept.contact is None:
        return
    same = ContactPoint.objects.filter(channel=kept.contact.channel, address_index=kept.contact.address_index)
    for contact in same.select_related("debtor", "helper__debtor").order_by("debtor_id"):
        lock(Debtor, contact.whose.pk)
        fresh = ContactPoint.objects.filter(pk=contact.pk, blocked_at=None).update(
            blocked_at=now, blocked_reason=LISTED
        )
        if fresh:
            cancelled = outbox.cancel_for(contact=contact, reason=LISTED, now=now)
            data = {"reason": LISTED, "code": kept.code, "cancelled": cancelled}
            history.record(by="system", act="contact.blocked", on=contact, debtor=contact.whose, now=now, data=data)
