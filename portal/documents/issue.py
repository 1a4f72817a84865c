"""Asking for a paper, and checking one.

Asking freezes the numbers, gives the paper its check code and returns at once; `portal.documents.making` prints it.
"""

import datetime as dt
import hashlib
from functools import partial

from django.conf import settings
from django.db import transaction

from accounts import history
from accounts.days import today_in
from accounts.locking import lock
from accounts.models import Debt, Debtor, Outcome, User
from plans.models import Plan
from portal.documents import codes, letters, papers, records
from portal.documents.models import Document
from portal.documents.tasks import prepare_document

LANGUAGES = tuple(dict(settings.LANGUAGES))
MOST_PER_HOUR = 10  # printing is the heaviest thing a visitor can ask for


class TooManyAsked(Exception):
    """The person asked for `MOST_PER_HOUR` new papers within an hour. What they have can still be read."""


def ask_for_statement(
    *, debt: Debt, start: dt.date | None, end: dt.date, language: str, by: history.Actor, now: dt.datetime
) -> Document:
    """The statement of this account for a period; from its first entry where `start` is None.

    Asked twice on one day with nothing new in the ledger, it is the same document. Raises papers.PeriodUpsideDown,
    papers.PeriodTooLong and TooManyAsked.
    """
    with transaction.atomic():
        locked = Debt.objects.select_for_update(of=("self",), no_key=True)  # nothing is posted while we add up
        debt = locked.select_related("creditor", "debtor").get(pk=debt.pk)
        paper = papers.statement(debt, start=start, end=end, as_of=now)
        return _ask(paper, debt=debt, plan=None, language=language, by=by, now=now)


def ask_for_agreement(*, plan: Plan, language: str, by: history.Actor, now: dt.datetime) -> Document:
    """The paper of an agreed plan in this language. There is one for each language, whenever it is asked for."""
    found = Document.objects.filter(plan=plan, language=language).order_by("requested_at").first()
    if found:
        return try_again(found)
    with transaction.atomic():
        plan = Plan.objects.select_related("policy", "debt__creditor", "debt__debtor", "agreed_by_helper").get(
            pk=plan.pk
        )
        other = Document.objects.filter(plan=plan).order_by("requested_at").first()
        paper = papers.thaw("agreement", other.content) if other else papers.agreement(plan, as_of=now)
        return _ask(paper, debt=plan.debt, plan=plan, language=language, by=by, now=now)


def ask_for_record(
    *,
    debtor: Debtor,
    language: str,
    start: dt.date | None = None,
    end: dt.date | None = None,
    by: User,
    now: dt.datetime,
) -> Document:
    """What was said and done about this person, with the head of their chain, for a regulator or court.

    All of it, or a period. One that is too long for a PDF is ready at once, as CSV alone. Raises
    papers.PeriodUpsideDown, and Debt.DoesNotExist for a person without a debt.
    """
    with transaction.atomic():
        lock(Debtor, debtor.pk)  # nothing is added to the chain while it is read
        debts = list(
            Debt.objects.filter(debtor=debtor).select_related("creditor", "debtor").order_by("created_at", "pk")
        )
        if not debts:
            raise Debt.DoesNotExist
        paper = records.record(debts, as_of=now, start=start, end=end)
        document = _ask(paper, debt=debts[0], plan=None, language=language, by=by, now=now)
        data = {"head": paper.head_number, "entries": len(paper.entries), "language": language}
        history.record(by=by, act="record.exported", on=document, debtor=debtor, now=now, data=data)
        return document


def ask_for_letter(*, outcome: Outcome, language: str, by: history.Actor, now: dt.datetime) -> Document | None:
    """The letter of a decided outcome in this language; None where the person has no account it could be about."""
    found = Document.objects.filter(outcome=outcome, language=language).first()
    if found:
        return try_again(found)
    with transaction.atomic():
        debts = Debt.objects.filter(debtor=outcome.hold.debtor_id).select_related("creditor", "debtor")
        about = debts.filter(pk=outcome.debt_id).first() if outcome.debt_id else None
        debt = about or debts.order_by("created_at", "pk").first()
        if debt is None:
            return None
        other = Document.objects.filter(outcome=outcome).exclude(content="").order_by("requested_at").first()
        decided = outcome.decided_at or now
        paper = papers.thaw("letter", other.content) if other else letters.letter(outcome, debt, as_of=decided)
        return _ask(paper, debt=debt, plan=None, outcome=outcome, language=language, by=by, now=now)


def agreement_of(*, plan: Plan, language: str) -> Document | None:
    """The paper of a plan that is there: in this language, else the first one made."""
    made = list(Document.objects.filter(plan=plan).order_by("requested_at"))
    return next((paper for paper in made if paper.language == language), made[0] if made else None)


def ask_in_language(*, document: Document, language: str, by: history.Actor, now: dt.datetime) -> Document:
    """The same paper, with the same numbers at the same instant, in another language."""
    with transaction.atomic():
        paper = papers.thaw(document.kind, document.content)
        plan, outcome = document.plan, document.outcome
        return _ask(paper, debt=document.debt, plan=plan, outcome=outcome, language=language, by=by, now=now)


def _ask(
    paper: papers.Paper, *, debt: Debt, plan: Plan | None, language: str, by: history.Actor, now: dt.datetime,
    outcome: Outcome | None = None,
) -> Document:  # fmt: skip
    """The document that holds this paper, made now if there is none. Runs in the transaction of its caller."""
    if language not in LANGUAGES:
        raise ValueError(f"No paper can be written in {language}.")
    key = _key(paper, debt, plan or outcome, language)
    found = Document.objects.filter(key=key).first()
    if found:
        return try_again(found)
    if kind_of(paper) == Document.Kind.STATEMENT:
        _refuse_if_too_many(debt.debtor, now)
    content, code = papers.freeze(paper), codes.new_code()
    printed = records.is_printed(paper)
    document, created = Document.objects.get_or_create(
        key=key,
        defaults={
            "debtor": debt.debtor,
            "debt": debt,
            "plan": plan,
            "outcome": outcome,
            "kind": kind_of(paper),
            "language": language,
            "as_of": dt.datetime.fromisoformat(paper.as_of),
            "content": content,
            "content_hash": papers.mark_of(content),
            "code": code,
            "code_hash": codes.code_hash(code),
            "requested_at": now,
            "state": Document.State.ASKED if printed else Document.State.READY,
            **_period(paper),
        },
    )
    if created:
        data = {"kind": document.kind, "language": language, "fingerprint": document.content_hash}
        history.record(by=by, act="document.asked", on=document, debtor=debt.debtor, now=now, data=data)
        if printed:
            _wake(document)
    return document


def _period(paper: papers.Paper) -> dict[str, str | None]:
    if isinstance(paper, papers.Statement | papers.Record):
        return {"start_on": paper.start or None, "end_on": paper.end or None}
    return {}


def kind_of(paper: papers.Paper) -> str:
    if isinstance(paper, papers.Record):
        return Document.Kind.RECORD
    if isinstance(paper, papers.Letter):
        return Document.Kind.LETTER
    return Document.Kind.AGREEMENT if isinstance(paper, papers.Agreement) else Document.Kind.STATEMENT


def _key(paper: papers.Paper, debt: Debt, of: Plan | Outcome | None, language: str) -> str:
    """Equal for the same paper asked for again: its content without the instant, and the day for a statement."""
    if of:
        what = [str(of.pk)]
    else:
        day = today_in(paper.payee.time_zone, dt.datetime.fromisoformat(paper.as_of))
        what = [str(debt.pk), day.isoformat(), papers.mark_of(papers.freeze(papers.timeless(paper)))]
    return hashlib.sha256("|".join([language, *what]).encode()).hexdigest()


def _refuse_if_too_many(debtor: Debtor, now: dt.datetime) -> None:
    asked = Document.objects.filter(
        debtor=debtor, kind=Document.Kind.STATEMENT, requested_at__gt=now - dt.timedelta(hours=1)
    )
    if asked.count() >= MOST_PER_HOUR:
        raise TooManyAsked


def try_again(document: Document) -> Document:
    """A document that could not be made is tried anew when somebody asks for it again."""
    if document.state == Document.State.FAILED:
        tried = Document.objects.filter(pk=document.pk, state=Document.State.FAILED)
        if tried.update(state=Document.State.ASKED, attempts=0):
            document.state = Document.State.ASKED
            _wake(document)
    return document


def _wake(document: Document) -> None:
    transaction.on_commit(partial(prepare_document.enqueue, str(document.pk)))


def genuine(text: str) -> Document | None:
    """The issued document that carries this check code; None for a wrong code, and for one that is not out yet."""
    code = codes.typed(text)
    if code is None:
        return None
    issued = Document.objects.filter(state=Document.State.READY).select_related("debt__creditor")
    return issued.filter(code_hash__in=codes.possible_hashes(code)).first()
