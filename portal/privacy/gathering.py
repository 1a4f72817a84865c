"""Everything that is held about one person, as one JSON value with stable keys (docs/copy-of-data.md describes them).

Staff stand in it by their role. Other people do not: what a stranger left at this person's door is told as a day, never
in words. Amounts are minor units with their currency, days and instants ISO 8601.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db.models import Prefetch, QuerySet

from accounts import identity, outbox
from accounts.models import (
    ContactChange,
    ContactPoint,
    CreditorRef,
    Debt,
    Debtor,
    Helper,
    Hold,
    Knock,
    LedgerEntry,
    Link,
    Message,
    Need,
    Outcome,
    Passkey,
    PrivacyRequest,
    Session,
)
from plans.models import Draft, Instalment, Move, Offer, Plan
from portal.contact.models import Call, Heard, LoggedContact, Recipient, Stop, ThreadMessage, Upload, Wish
from portal.documents.models import Copy, Document
from portal.privacy import acts

SCHEMA: Final = "pinghuan.copy.1"
Rows = list[dict[str, Any]]


def gather(debtor: Debtor, *, now: datetime) -> dict[str, Any]:
    """The whole copy. Each part is a list in order of time, but for `person` and `wishes`."""
    return {"schema": SCHEMA, "made_at": _at(now)} | {name: part(debtor) for name, part in PARTS.items()}


def _person(debtor: Debtor) -> dict[str, Any]:
    refs = CreditorRef.objects.filter(debtor=debtor).select_related("creditor").order_by("creditor__name", "pk")
    return {
        "name": debtor.name,
        "language": debtor.language,
        "time_zone": debtor.time_zone,
        "amounts_hidden": debtor.hide_amounts,
        "known_since": _at(debtor.created_at),
        "references": [{"company": ref.creditor.name, "reference": ref.debtor_ref} for ref in refs],
        "reference_across_companies": debtor.person_ref or "",
        "details_on_file": [kind for kind in identity.KINDS if getattr(debtor, f"{kind}_hash")],
    }


def _contacts(debtor: Debtor) -> Rows:
    return [
        {
            "channel": one.channel,
            "address": one.address,
            "since": _at(one.created_at),
            "verified_at": _at(one.verified_at),
            "replaced_at": _at(one.retired_at),
            "blocked_at": _at(one.blocked_at),
            "at_work": one.at_work,
        }
        for one in ContactPoint.objects.filter(debtor=debtor).order_by("created_at", "pk")
    ]


def _changes(debtor: Debtor) -> Rows:
    return [
        {
            "kind": one.kind,
            "channel": one.channel,
            "asked_at": _at(one.asked_at),
            "in_force_at": _at(one.in_force_at),
            "undone_at": _at(one.undone_at),
        }
        for one in ContactChange.objects.filter(debtor=debtor).order_by("asked_at", "pk")
    ]


def _accounts(debtor: Debtor) -> Rows:
    entries: dict[Any, Rows] = {}
    for row in LedgerEntry.objects.filter(debt__debtor=debtor).select_related("debt").order_by("effective_on", "id"):
        about = {"on": row.effective_on.isoformat(), "kind": row.kind, "description": row.description}
        entries.setdefault(row.debt_id, []).append(about | {"amount": _money(row.amount_minor, row.debt.currency)})
    return [
        {
            "company": debt.creditor.name,
            "account": debt.debt_ref,
            "product": debt.product,
            "first_company": debt.original_creditor,
            "opened_on": _on(debt.opened_on),
            "not_received_since": _on(debt.overdue_since),
            "state": debt.state,
            "balance": _money(debt.balance_minor, debt.currency),
            "entries": entries.get(debt.pk, []),
        }
        for debt in _debts(debtor)
    ]


def _offers(debtor: Debtor) -> Rows:
    """What was asked and offered, and the decision of the rules or of staff with its reasons."""
    rows = (
        Offer.objects.filter(debt__debtor=debtor)
        .select_related("debt", "staff")
        .order_by("created_at", "proposer", "pk")
    )
    return [
        {
            "account": one.debt.debt_ref,
            "proposed_by": acts.role(one.staff) if one.staff else one.proposer,
            "at": _at(one.created_at),
            "state": one.state,
            "decided_at": _at(one.decided_at),
            "asked": one.ask,
            "terms": json.loads(one.terms) if one.terms else None,
            "reasons": one.reasons,
            "words": one.note,
            "left_each_month": None if one.left_minor is None else _money(one.left_minor, one.debt.currency),
            "open_until": _at(one.expires_at),
        }
        for one in rows
    ]


def _plans(debtor: Debtor) -> Rows:
    dues: dict[Any, list[Instalment]] = {}
    for due in Instalment.objects.filter(plan__debt__debtor=debtor).order_by("plan", "number"):
        dues.setdefault(due.plan_id, []).append(due)
    moves: dict[Any, list[Move]] = {}
    for move in Move.objects.filter(plan__debt__debtor=debtor).order_by("pk"):
        moves.setdefault(move.plan_id, []).append(move)
    return [
        {
            "account": plan.debt.debt_ref,
            "reference": plan.reference,
            "state": plan.state,
            "agreed_at": _at(plan.agreed_at),
            "language": plan.language,
            "total": _money(plan.total_minor, plan.debt.currency),
            "reduced_by": _money(plan.discount_minor, plan.debt.currency),
            "ended_at": _at(plan.ended_at),
            "payments": [
                {
                    "number": due.number,
                    "due_on": due.due_on.isoformat(),
                    "amount": _money(due.amount_minor, plan.debt.currency),
                }
                for due in dues.get(plan.pk, [])
            ],
            "moved": [{"number": one.number, "to_on": one.to_on.isoformat()} for one in moves.get(plan.pk, [])],
        }
        for plan in Plan.objects.filter(debt__debtor=debtor).select_related("debt").order_by("agreed_at", "pk")
    ]


def _holds(debtor: Debtor) -> Rows:
    return [
        {
            "kind": one.kind,
            "account": one.debt.debt_ref if one.debt else "",
            "from_at": _at(one.from_at),
            "until_at": _at(one.until_at),
            "ended_at": _at(one.ended_at),
            "reason": one.reason,
            "by_law": one.respite.trigger if hasattr(one, "respite") else "",
            "words": one.note,
            "told": [{"about": name, "words": said} for name, said in json.loads(one.answers or "{}").items()],
            "what_happened": one.happened,
            "part_in_question": _part(one.disputed_minor, one.debt),
            "answer_promised_on": _on(one.reply_by_on),
            "answers": [_answer(answer) for answer in one.outcomes.all() if answer.decided_at],
        }
        for one in Hold.objects.filter(debtor=debtor)
        .select_related("debt", "respite")
        .prefetch_related(
            Prefetch("outcomes", Outcome.objects.select_related("debt", "reverses").order_by("decided_at", "pk"))
        )
        .order_by("from_at", "pk")
    ]


def _answer(one: Outcome) -> dict[str, Any]:
    """What a check came to, once it was sent; a proposal that nobody approved is no answer."""
    about = {"at": _at(one.decided_at), "outcome": one.result, "words": one.why}
    return about | {"taken_off": _part(one.taken_off_minor, one.debt)}


def _part(minor: int | None, debt: Debt | None) -> dict[str, Any] | None:
    return None if minor is None or debt is None else _money(minor, debt.currency)


def _messages(debtor: Debtor) -> Rows:
    sent = [
        {
            "at": _at(one.sent_at or one.created_at),
            "channel": one.channel,
            "to": one.contact.ending,
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
            "at": _at(one.at),
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


def _replies(debtor: Debtor) -> Rows:
    rows = Heard.objects.filter(debtor=debtor).exclude(kind=Heard.Kind.RECEIPT).order_by("at", "pk")
    return [{"at": _at(one.at), "kind": one.kind, "meaning": one.meaning, "words": one.body} for one in rows]


def _thread(debtor: Debtor) -> Rows:
    return [
        {"at": _at(one.at), "by": _writer(one), "words": one.body}
        for one in ThreadMessage.objects.filter(debtor=debtor).select_related("staff").order_by("at", "pk")
    ]


def _writer(one: ThreadMessage) -> str:
    if one.staff:
        return acts.role(one.staff)
    return _by(one.helper_id)


def _by(helper: Any) -> str:
    return "somebody you trust" if helper else "you"


def _calls(debtor: Debtor) -> Rows:
    return [
        {
            "at": _at(one.at),
            "channel": one.channel,
            "you_began": one.inbound,
            "outcome": one.outcome,
            "by": acts.role(one.by),
            "words": one.note,
        }
        for one in LoggedContact.objects.filter(debtor=debtor).select_related("by").order_by("at", "pk")
    ]


def _helpers(debtor: Debtor) -> Rows:
    """Whom the person trusts: how they are related, never who they are."""
    return [
        {
            "kind": one.relation,
            "rights": sorted(one.rights),
            "from_at": _at(one.named_at),
            "until_at": _at(one.expires_at),
            "ended_at": _at(one.ended_at),
        }
        for one in Helper.objects.filter(debtor=debtor).order_by("named_at", "pk")
    ]


def _needs(debtor: Debtor) -> Rows:
    return [
        {"kind": one.kind, "since": _at(one.saved_at), "words": one.text}
        for one in Need.objects.filter(debtor=debtor, removed_at=None).order_by("saved_at", "pk")
    ]


def _calls_asked_for(debtor: Debtor) -> Rows:
    return [
        {
            "at": _at(one.asked_at),
            "by": _by(one.helper_id),
            "from_at": _at(one.starts_at),
            "until_at": _at(one.until_at),
            "about": one.topic,
            "to": one.number or one.ending,
            "interpreter": one.interpreter,
            "state": one.state,
        }
        for one in Call.objects.filter(debtor=debtor).order_by("asked_at", "pk")
    ]


def _files(debtor: Debtor) -> Rows:
    return [
        {
            "at": _at(one.at),
            "by": _writer(one.message) if one.message else _by(one.helper_id),
            "kind": one.kind,
            "name": one.name,
            "size": one.size,
            "state": one.state,
        }
        for one in Upload.objects.filter(debtor=debtor).select_related("message__staff").order_by("at", "pk")
    ]


def _stops(debtor: Debtor) -> Rows:
    return [
        {"at": _at(one.at), "channel": one.channel, "source": one.source, "ended_at": _at(one.ended_at)}
        for one in Stop.objects.filter(debtor=debtor).order_by("at", "pk")
    ]


def _wishes(debtor: Debtor) -> dict[str, Any]:
    wish = Wish.objects.filter(debtor=debtor).first()
    if wish is None:
        return {}
    return {
        "addressed_as": wish.called,
        "channel": wish.channel,
        "not_before": wish.hours_from.isoformat() if wish.hours_from else "",
        "not_after": wish.hours_until.isoformat() if wish.hours_until else "",
        "days": wish.days,
        "reminders_of_payments": wish.instalment_texts,
    }


def _drafts(debtor: Debtor) -> Rows:
    return [
        {
            "at": _at(one.updated_at),
            "about": one.flow,
            "account": one.debt.debt_ref if one.debt else "",
            "answers": json.loads(one.data),
        }
        for one in Draft.objects.filter(debtor=debtor).select_related("debt").order_by("updated_at", "pk")
    ]


def _ways_in(debtor: Debtor) -> Rows:
    links: Rows = [
        {
            "kind": one.kind,
            "channel": one.channel,
            "made_at": _at(one.created_at),
            "opened_at": _at(one.opened_at),
            "ends_at": _at(one.revoked_at or one.expires_at),
        }
        for one in Link.objects.filter(debtor=debtor).order_by("created_at", "pk")
    ]
    words: Rows = [
        {
            "kind": f"words at the door: {one.kind}",
            "channel": "",
            "made_at": _at(one.at),
            "opened_at": "",
            "ends_at": "",
        }
        for one in Knock.objects.filter(link__debtor=debtor).order_by("at", "pk")
    ]
    return links + words


def _devices(debtor: Debtor) -> Rows:
    found = [one.get_decoded() for one in Session.objects.filter(user__debtor=debtor)]
    known = [data for data in found if "signed_in_at" in data]
    return [
        {"device": data.get("device", ""), "signed_in": data["signed_in_at"], "last_used": data["seen_at"]}
        for data in sorted(known, key=lambda data: data["signed_in_at"])
    ]


def _passkeys(debtor: Debtor) -> Rows:
    """That there are some; what they are proved by is of no use to anybody else."""
    return [
        {"since": _at(one.added_at), "last_used": _at(one.last_used_at)}
        for one in Passkey.objects.filter(debtor=debtor).order_by("added_at", "pk")
    ]


def _papers(debtor: Debtor) -> Rows:
    """That each was made. What they say is in them, under Documents; records for a regulator are listed too."""
    rows: QuerySet[Document] = Document.objects.filter(debtor=debtor).defer("content", "code").select_related("debt")
    return [
        {
            "at": _at(one.requested_at),
            "kind": one.kind,
            "language": one.language,
            "account": one.debt.debt_ref,
            "state": one.state,
        }
        for one in rows.order_by("requested_at", "pk")
    ]


def _copies(debtor: Debtor) -> Rows:
    rows = Copy.objects.filter(debtor=debtor).defer("content", "pdf").order_by("asked_at", "pk")
    return [{"at": _at(one.asked_at), "language": one.language, "state": one.state} for one in rows]


def _requests(debtor: Debtor) -> Rows:
    return [
        {
            "at": _at(one.asked_at),
            "kind": one.kind,
            "about": one.about,
            "words": one.words,
            "due_on": one.due_on.isoformat(),
            "outcome": one.outcome,
            "answered_at": _at(one.answered_at),
        }
        for one in PrivacyRequest.objects.filter(debtor=debtor).order_by("asked_at", "pk")
    ]


def _debts(debtor: Debtor) -> list[Debt]:
    return list(Debt.objects.filter(debtor=debtor).select_related("creditor").order_by("created_at", "pk"))


def _money(minor: int, currency: str) -> dict[str, Any]:
    return {"minor": minor, "currency": currency}


def _at(value: datetime | None) -> str:
    return value.isoformat() if value else ""


def _on(value: Any) -> str:
    return value.isoformat() if value else ""


PARTS: Final[dict[str, Callable[[Debtor], Any]]] = {
    "person": _person,
    "contacts": _contacts,
    "contact_changes": _changes,
    "accounts": _accounts,
    "offers": _offers,
    "plans": _plans,
    "pauses_and_checks": _holds,
    "messages": _messages,
    "replies": _replies,
    "thread": _thread,
    "calls_asked_for": _calls_asked_for,
    "files": _files,
    "calls": _calls,
    "helpers": _helpers,
    "support_needs": _needs,
    "stops": _stops,
    "wishes": _wishes,
    "unfinished_answers": _drafts,
    "ways_in": _ways_in,
    "devices": _devices,
    "passkeys": _passkeys,
    "papers": _papers,
    "copies": _copies,
    "requests": _requests,
    "access_log": acts.access_log,
    "events": acts.events,
}
