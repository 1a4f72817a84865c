"""What was said between a person and us, in either direction, as their copy holds it."""

import json
from typing import Any

from accounts import outbox
from accounts.models import Debtor, Message
from portal.contact.models import Call, Heard, LoggedContact, Recipient, Stop, ThreadMessage, Upload
from portal.privacy import acts
from portal.privacy.values import at

Rows = list[dict[str, Any]]


def messages(debtor: Debtor) -> Rows:
    sent = [
        {
            "at": at(one.sent_at or one.created_at),
            "channel": one.channel,
            "to": one.contact.ending if one.contact.debtor_id else "",  # a helper's number is theirs
            "meaning": one.template,
            "state": one.state,
            "receipt": one.receipt,
            "why_not": one.reason,
            "words": outbox.clear_text(outbox.redacted(one.body)),
        }
        for one in Message.objects.filter(debtor=debtor)
        .select_related("contact")
        .order_by("created_at", "template", "pk")
    ]
    held = Recipient.objects.filter(debtor=debtor, state=Recipient.State.HELD_BACK, message=None)
    back = [
        {
            "at": at(one.at),
            "channel": one.channel,
            "to": "",
            "meaning": "reminder",
            "state": one.state,
            "receipt": "",
            "why_not": json.dumps(one.reasons),
            "words": "",
        }
        for one in held.exclude(at=None).order_by("at", "pk")
    ]
    return sorted(sent + back, key=lambda row: row["at"])


def replies(debtor: Debtor) -> Rows:
    rows = Heard.objects.filter(debtor=debtor).exclude(kind=Heard.Kind.RECEIPT).order_by("at", "pk")
    return [{"at": at(one.at), "kind": one.kind, "meaning": one.meaning, "words": one.body} for one in rows]


def thread(debtor: Debtor) -> Rows:
    return [
        {"at": at(one.at), "by": _writer(one), "words": one.body}
        for one in ThreadMessage.objects.filter(debtor=debtor).select_related("staff").order_by("at", "pk")
    ]


def calls(debtor: Debtor) -> Rows:
    return [
        {
            "at": at(one.at),
            "channel": one.channel,
            "you_began": one.inbound,
            "outcome": one.outcome,
            "by": acts.role(one.by),
            "words": one.note,
        }
        for one in LoggedContact.objects.filter(debtor=debtor).select_related("by").order_by("at", "pk")
    ]


def calls_asked_for(debtor: Debtor) -> Rows:
    return [
        {
            "at": at(one.asked_at),
            "by": _by(one.helper_id),
            "from_at": at(one.starts_at),
            "until_at": at(one.until_at),
            "about": one.topic,
            "to": "" if one.helper_id else one.number or one.ending,  # a helper's number is theirs
            "interpreter": one.interpreter,
            "state": one.state,
        }
        for one in Call.objects.filter(debtor=debtor).order_by("asked_at", "pk")
    ]


def files(debtor: Debtor) -> Rows:
    return [
        {
            "at": at(one.at),
            "by": _writer(one.message) if one.message else _by(one.helper_id),
            "kind": one.kind,
            "name": one.name,
            "size": one.size,
            "state": one.state,
        }
        for one in Upload.objects.filter(debtor=debtor).select_related("message__staff").order_by("at", "pk")
    ]


def stops(debtor: Debtor) -> Rows:
    return [
        {"at": at(one.at), "channel": one.channel, "source": one.source, "ended_at": at(one.ended_at)}
        for one in Stop.objects.filter(debtor=debtor).order_by("at", "pk")
    ]


def _writer(one: ThreadMessage) -> str:
    if one.staff:
        return acts.role(one.staff)
    return _by(one.helper_id)


def _by(helper: Any) -> str:
    return "somebody you trust" if helper else "you"
