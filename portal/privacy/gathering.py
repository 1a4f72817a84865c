"""Everything that is held about one person, as one JSON value with stable keys (docs/copy-of-data.md describes them).

Staff stand in it by their role. Other people do not: what a stranger left at this person's door is told as a day, never
in words. How amounts, days and instants are written: `values`.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db.models import Prefetch, QuerySet

from accounts import identity
from accounts.models import (
    CheckTask,
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
    Need,
    Outcome,
    Passkey,
    PrivacyRequest,
    Session,
)
from plans.models import Draft, Instalment, Move, Offer, Plan
from portal.contact.models import Wish
from portal.documents.models import Copy, Document
from portal.privacy import acts, said
from portal.privacy.values import at, at_second, money, on

SCHEMA: Final = "pinghuan.copy.1"
Rows = list[dict[str, Any]]


def gather(debtor: Debtor, *, now: datetime) -> dict[str, Any]:
    """The whole copy. Each part is a list in order of time, but for `person` and `wishes`."""
    return {"schema": SCHEMA, "made_at": at(now)} | {name: part(debtor) for name, part in PARTS.items()}


def _person(debtor: Debtor) -> dict[str, Any]:
    refs = CreditorRef.objects.filter(debtor=debtor).select_related("creditor").order_by("creditor__name", "pk")
    return {
        "name": debtor.name,
        "language": debtor.language,
        "time_zone": debtor.time_zone,
        "amounts_hidden": debtor.hide_amounts,
        "known_since": at(debtor.created_at),
        "references": [{"company": ref.creditor.name, "reference": ref.debtor_ref} for ref in refs],
        "reference_across_companies": debtor.person_ref or "",
        "details_on_file": [kind for kind in identity.KINDS if getattr(debtor, f"{kind}_hash")],
    }


def _contacts(debtor: Debtor) -> Rows:
    return [
        {
            "channel": one.channel,
            "address": one.address,
            "since": at(one.created_at),
            "verified_at": at(one.verified_at),
            "replaced_at": at(one.retired_at),
            "blocked_at": at(one.blocked_at),
            "at_work": one.at_work,
        }
        for one in ContactPoint.objects.filter(debtor=debtor).order_by("created_at", "pk")
    ]


def _changes(debtor: Debtor) -> Rows:
    return [
        {
            "kind": one.kind,
            "channel": one.channel,
            "asked_at": at(one.asked_at),
            "in_force_at": at(one.in_force_at),
            "undone_at": at(one.undone_at),
        }
        for one in ContactChange.objects.filter(debtor=debtor).order_by("asked_at", "pk")
    ]


def _accounts(debtor: Debtor) -> Rows:
    entries: dict[Any, Rows] = {}
    for row in LedgerEntry.objects.filter(debt__debtor=debtor).select_related("debt").order_by("effective_on", "id"):
        about = {"on": row.effective_on.isoformat(), "kind": row.kind, "description": row.description}
        entries.setdefault(row.debt_id, []).append(about | {"amount": money(row.amount_minor, row.debt.currency)})
    return [
        {
            "company": debt.creditor.name,
            "account": debt.debt_ref,
            "product": debt.product,
            "first_company": debt.original_creditor,
            "opened_on": on(debt.opened_on),
            "not_received_since": on(debt.overdue_since),
            "state": debt.state,
            "balance": money(debt.balance_minor, debt.currency),
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
            "at": at(one.created_at),
            "state": one.state,
            "decided_at": at(one.decided_at),
            "asked": one.ask,
            "terms": json.loads(one.terms) if one.terms else None,
            "reasons": one.reasons,
            "words": one.note,
            "left_each_month": None if one.left_minor is None else money(one.left_minor, one.debt.currency),
            "open_until": at(one.expires_at),
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
            "agreed_at": at(plan.agreed_at),
            "language": plan.language,
            "total": money(plan.total_minor, plan.debt.currency),
            "reduced_by": money(plan.discount_minor, plan.debt.currency),
            "ended_at": at(plan.ended_at),
            "payments": [
                {
                    "number": due.number,
                    "due_on": due.due_on.isoformat(),
                    "amount": money(due.amount_minor, plan.debt.currency),
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
            "from_at": at(one.from_at),
            "until_at": at(one.until_at),
            "ended_at": at(one.ended_at),
            "reason": one.reason,
            "by_law": one.respite.trigger if hasattr(one, "respite") else "",
            "words": one.note,
            "told": [{"about": name, "words": words} for name, words in json.loads(one.answers or "{}").items()],
            "what_happened": one.happened,
            "part_in_question": _part(one.disputed_minor, one.debt),
            "answer_promised_on": on(one.reply_by_on),
            "answers": [_answer(answer) for answer in one.outcomes.all() if answer.decided_at],
            "put_right": [{"kind": task.kind, "done_at": at(task.done_at)} for task in one.tasks.all()],
        }
        for one in Hold.objects.filter(debtor=debtor)
        .select_related("debt", "respite")
        .prefetch_related(
            Prefetch("outcomes", Outcome.objects.select_related("debt", "reverses").order_by("decided_at", "pk")),
            Prefetch("tasks", CheckTask.objects.order_by("kind")),
        )
        .order_by("from_at", "pk")
    ]


def _answer(one: Outcome) -> dict[str, Any]:
    """What a check came to, once it was sent; a proposal that nobody approved is no answer."""
    about = {"at": at(one.decided_at), "outcome": one.result, "words": one.why}
    return about | {"taken_off": _part(one.taken_off_minor, one.debt)}


def _part(minor: int | None, debt: Debt | None) -> dict[str, Any] | None:
    return None if minor is None or debt is None else money(minor, debt.currency)


def _helpers(debtor: Debtor) -> Rows:
    """Whom the person trusts: how they are related, never who they are."""
    return [
        {
            "kind": one.relation,
            "rights": sorted(one.rights),
            "from_at": at(one.named_at),
            "until_at": at(one.expires_at),
            "ended_at": at(one.ended_at),
        }
        for one in Helper.objects.filter(debtor=debtor).order_by("named_at", "pk")
    ]


def _needs(debtor: Debtor) -> Rows:
    return [
        {"kind": one.kind, "since": at(one.saved_at), "words": one.text}
        for one in Need.objects.filter(debtor=debtor, removed_at=None).order_by("saved_at", "pk")
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
            "at": at(one.updated_at),
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
            "made_at": at(one.created_at),
            "opened_at": at(one.opened_at),
            "ends_at": at(one.revoked_at or one.expires_at),
        }
        for one in Link.objects.filter(debtor=debtor).order_by("created_at", "pk")
    ]
    words: Rows = [
        {
            "kind": f"words at the door: {one.kind}",
            "channel": "",
            "made_at": at(one.at),
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
        {
            "device": data.get("device", ""),
            "signed_in": at_second(data["signed_in_at"]),
            "last_used": at_second(data["seen_at"]),
        }
        for data in sorted(known, key=lambda data: data["signed_in_at"])
    ]


def _passkeys(debtor: Debtor) -> Rows:
    """That there are some; what they are proved by is of no use to anybody else."""
    return [
        {"since": at(one.added_at), "last_used": at(one.last_used_at)}
        for one in Passkey.objects.filter(debtor=debtor).order_by("added_at", "pk")
    ]


def _papers(debtor: Debtor) -> Rows:
    """That each was made. What they say is in them, under Documents; records for a regulator are listed too."""
    rows: QuerySet[Document] = Document.objects.filter(debtor=debtor).defer("content", "code").select_related("debt")
    return [
        {
            "at": at(one.requested_at),
            "kind": one.kind,
            "language": one.language,
            "account": one.debt.debt_ref,
            "state": one.state,
        }
        for one in rows.order_by("requested_at", "pk")
    ]


def _copies(debtor: Debtor) -> Rows:
    rows = Copy.objects.filter(debtor=debtor).defer("content", "pdf").order_by("asked_at", "pk")
    return [{"at": at(one.asked_at), "language": one.language, "state": one.state} for one in rows]


def _requests(debtor: Debtor) -> Rows:
    return [
        {
            "at": at(one.asked_at),
            "kind": one.kind,
            "about": one.about,
            "words": one.words,
            "due_on": one.due_on.isoformat(),
            "outcome": one.outcome,
            "answered_at": at(one.answered_at),
        }
        for one in PrivacyRequest.objects.filter(debtor=debtor).order_by("asked_at", "pk")
    ]


def _debts(debtor: Debtor) -> list[Debt]:
    return list(Debt.objects.filter(debtor=debtor).select_related("creditor").order_by("created_at", "pk"))


PARTS: Final[dict[str, Callable[[Debtor], Any]]] = {
    "person": _person,
    "contacts": _contacts,
    "contact_changes": _changes,
    "accounts": _accounts,
    "offers": _offers,
    "plans": _plans,
    "pauses_and_checks": _holds,
    "messages": said.messages,
    "replies": said.replies,
    "thread": said.thread,
    "calls_asked_for": said.calls_asked_for,
    "files": said.files,
    "calls": said.calls,
    "helpers": _helpers,
    "support_needs": _needs,
    "stops": said.stops,
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
