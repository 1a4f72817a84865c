"""What staff do about a person, each once per form: a second tap on the same button does nothing again.

Every act here is one transaction: it locks the person, looks whether this form was sent already, acts, and leaves an
event. What the person hears of it is a message in their thread.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts import days, disputes, history, holds, limitation, links, once, outcomes, rules
from accounts.locking import lock
from accounts.models import Creditor, Debt, Debtor, Hold, LedgerEntry, Link, Outcome, User
from accounts.money import Money
from plans import negotiation, offers, pausing
from plans.models import Offer
from plans.refusals import NotOpen
from portal.contact import thread, uploads
from portal.contact.models import ThreadMessage
from portal.documents import issue


def _first_time(debtor: Debtor, key: uuid.UUID, act: str, request: dict, now: datetime) -> bool:
    """Whether this form was not sent before; once.KeyUsedOtherwise when it was, to say something else."""
    lock(Debtor, debtor.pk)
    if once.earlier_result(key=key, debtor=debtor, act=act, request=request) is not None:
        return False
    once.keep_result(key=key, debtor=debtor, act=act, request=request, result="done", now=now)
    return True


@transaction.atomic
def answer(
    *,
    debtor: Debtor,
    body: str,
    by: User,
    key: uuid.UUID,
    now: datetime,
    seen: ThreadMessage | None = None,
    files: Sequence[uploads.Offered] = (),
    despite: Sequence[str] = (),
) -> None:
    """Answer what the person wrote, up to the message that was `seen`, with files or none of it.

    Raises thread.AnsweredMeanwhile and uploads.NotTaken.
    """
    if _first_time(debtor, key, "thread.answered", {"body": body}, now):
        message = thread.answer(debtor=debtor, by=by, body=body, seen=seen, now=now, despite=despite)
        if files:
            uploads.keep(debtor=debtor, files=files, message=message, by=by, now=now)


@transaction.atomic
def ask_question(
    *, ask: Offer, body: str, by: User, key: uuid.UUID, now: datetime, despite: Sequence[str] = ()
) -> None:
    """Ask one question about an ask, which stays open."""
    debtor = ask.debt.debtor
    if _first_time(debtor, key, "offer.question_asked", {"ask": str(ask.pk), "body": body}, now):
        thread.answer(debtor=debtor, by=by, body=body, now=now, despite=despite)
        offers.ask_question(ask=ask, by=by, now=now)


@transaction.atomic
def pause_instead(
    *,
    ask: Offer,
    days_paused: int,
    body: str,
    by: User,
    key: uuid.UUID,
    version: int,
    now: datetime,
    despite: Sequence[str] = (),
) -> None:
    """Answer an ask with a pause, where no payment is possible at the moment; the person reads why.

    Raises pausing.NotOffered, and plans.refusals.NotOpen when somebody else has answered the ask meanwhile.
    """
    debt, debtor = ask.debt, ask.debt.debtor
    today = days.today_in(debtor.time_zone, now)
    request = {"ask": str(ask.pk), "days": days_paused, "body": body}
    if not _first_time(debtor, key, "offer.paused_instead", request, now):
        return
    if not Offer.objects.filter(pk=ask.pk, state=Offer.State.PROPOSED).exists():
        raise NotOpen
    offers.withdraw(offer=ask, by=by, now=now, version=version)
    debts = list(Debt.objects.filter(debtor=debtor, state=Debt.State.OPEN).select_related("creditor"))
    law = rules.law_for(debt.creditor.region, today)
    pausing.pause(debtor=debtor, debts=debts, days=days_paused, law=law, by=by, today=today, now=now)
    thread.answer(debtor=debtor, by=by, body=body, now=now, despite=despite)


@transaction.atomic
def suggest(
    *,
    ask: Offer,
    one: negotiation.Offer | None,
    beyond_policy: bool,
    note: str,
    by: User,
    version: int,
    now: datetime,
    despite: Sequence[str] = (),
) -> None:
    """Answer an ask with one of the computed terms, or (None) agree with it as it is. Raises a Refusal."""
    act: dict[str, Any] = {"by": by, "now": now, "note": note, "version": version}
    if one is None:
        offers.agree_with(ask=ask, beyond_policy=beyond_policy, **act)
    else:
        offers.suggest(answers=ask, terms=one.terms, request=one.request, **act)
    limitation.looked_twice(debtor=ask.debt.debtor, words=despite, by=by, now=now)


@transaction.atomic
def place_hold(
    *,
    debtor: Debtor,
    creditor: Creditor,
    debt: Debt | None,
    kind: str,
    reason: str,
    note: str,
    until_on: date | None,
    by: User,
    key: uuid.UUID,
    now: datetime,
) -> None:
    """Stop what the law says a hold of this kind stops: on one debt, or (None) on all of the person's.

    It ends as the day `until_on` begins where the person lives. A dispute gets its promised day as if they had asked.
    """
    request = {"debt": str(debt.pk) if debt else "", "kind": kind, "reason": reason, "note": note, "until": until_on}
    if not _first_time(debtor, key, "hold.placed", request, now):
        return
    today = days.today_in(creditor.time_zone, now)
    law = rules.law_for(creditor.region, today)
    until = holds.days_from(until_on, 0, debtor.time_zone) if until_on else None
    checked = kind == Hold.Kind.DISPUTE
    reply_by_on = disputes.reply_by(creditor=creditor, law=law, today=today) if checked else None
    holds.place(
        debtor=debtor,
        debt=debt,
        kind=kind,
        law=law,
        by=by,
        now=now,
        until=until,
        reason=reason,
        note=note,
        reply_by_on=reply_by_on,
    )


def end_hold(*, hold: Hold, reason: str, by: User, now: datetime) -> bool:
    """End a hold; False when it had ended already, and nothing is written then.

    ValueError for a check, which ends only with its outcome: the person is owed an answer (`propose_outcome`).
    """
    if hold.kind == Hold.Kind.DISPUTE:
        raise ValueError("A check ends with its outcome.")
    return holds.end(hold=hold, by=by, now=now, reason=reason)


@transaction.atomic
def propose_outcome(
    *,
    hold: Hold,
    result: str,
    debt: Debt | None,
    corrected: Money | None,
    why: str,
    by: User,
    key: uuid.UUID,
    now: datetime,
    reverses: LedgerEntry | None = None,
    proof: bool = False,
    despite: Sequence[str] = (),
) -> Outcome | None:
    """Write what a check came to; what needs nobody else is sent at once. None for the same form a second time.

    Raises outcomes.NoLongerOpen, outcomes.TooMuch, outcomes.TakenBack and outcomes.ProofOwed.
    """
    request: dict[str, object] = {
        "hold": str(hold.pk),
        "result": result,
        "why": why,
        "debt": str(debt.pk) if debt else "",
    }
    request |= {"corrected": corrected.minor if corrected else None, "proof": proof}
    request |= {"reverses": reverses.pk if reverses else None}
    if not _first_time(hold.debtor, key, "check.proposed", request, now):
        return None
    outcome = outcomes.propose(
        hold=hold, result=result, debt=debt, corrected=corrected, why=why, by=by, now=now, reverses=reverses,
        proof=proof,
    )  # fmt: skip
    limitation.looked_twice(debtor=hold.debtor, words=despite, by=by, now=now)
    if outcome.decided_at:
        _send_answer(outcome, by, now)
    return outcome


@transaction.atomic
def approve_outcome(*, outcome: Outcome, by: User, now: datetime) -> None:
    """Correct the ledger, end the check and tell the person, in one act; a second time does nothing.

    Raises outcomes.OwnProposal, outcomes.NoLongerOpen, outcomes.TooMuch and outcomes.TakenBack.
    """
    lock(Debtor, outcome.hold.debtor_id)
    if Outcome.objects.filter(pk=outcome.pk, decided_at__isnull=False).exists():
        return
    decided = outcomes.approve(outcome=outcome, by=by, now=now)
    _send_answer(decided, by, now)


def _send_answer(outcome: Outcome, by: User, now: datetime) -> None:
    """In their messages, with a text that says so, and as a letter in their language."""
    debtor = outcome.hold.debtor
    thread.answer(debtor=debtor, by=by, body=outcome.why, now=now)
    issue.ask_for_letter(outcome=outcome, language=debtor.language, by=by, now=now)


@transaction.atomic
def revoke_link(*, link: Link, by: User, now: datetime) -> None:
    """End one way in; a visit that came by it ends with its next click."""
    if links.revoke(links=Link.objects.filter(pk=link.pk), reason="staff", now=now):
        history.record(by=by, act="link.revoked", on=link, debtor=link.debtor, now=now)
