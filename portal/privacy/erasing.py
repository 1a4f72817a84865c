"""Taking personal data away: at once what nothing asks us to keep, and all of it when its time is over.

What stays is what was owed, paid and agreed, under ids that name nobody: ledger entries, plans, and the chain of
events, which holds no words and so still proves itself. Each erasure is noted outside the database too (`erasures`).
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat

from accounts import helper, history, rules
from accounts.days import today_in
from accounts.locking import lock
from accounts.models import (
    Code,
    ContactPoint,
    CreditorRef,
    Debt,
    Debtor,
    Event,
    FactTry,
    Helper,
    Hold,
    Knock,
    LedgerEntry,
    Link,
    Message,
    Once,
    PrivacyRequest,
    Respite,
    Session,
    User,
)
from accounts.models import Outcome as CheckOutcome
from accounts.rules.shapes import Period
from plans.models import Offer, Plan
from portal.contact.models import Call, Heard, LoggedContact, Recipient, ThreadMessage, Upload, Wish
from portal.documents.models import Copy, Document, IssuedFile
from portal.privacy import at_once, erasures, keeping
from portal.privacy.keeping import State

Outcome, Kind = PrivacyRequest.Outcome, PrivacyRequest.Kind
PROMPTLY: Final = Period("P30D", days=30)  # where the law of a region sets no number of days


@transaction.atomic
def ask(*, debtor: Debtor, by: history.Actor, now: datetime, visit: str = "") -> PrivacyRequest:
    """Delete what may go now, and note that the rest is to go on its day; all goes at once where that day is over.
    Every visit ends but the one whose key is `visit`, in which it is asked for.

    Asked again while the first one waits, what has come since goes too, and it is the same request.
    """
    lock(Debtor, debtor.pk)
    debtor.refresh_from_db()
    law, due_on = clock(debtor, now)
    request, first = PrivacyRequest.objects.get_or_create(
        debtor=debtor,
        kind=Kind.ERASE,
        answered_at=None,
        defaults={"asked_at": now, "due_on": due_on, "law": law},
    )
    taken = at_once.take(debtor, now)
    visits = Session.objects.filter(user__debtor=debtor).exclude(session_key=visit).delete()[0]
    gone = visits + sum(map(len, taken.values()))
    kept = keeping.of(debtor, now)
    if first or gone:
        until = kept.until.isoformat() if kept.until else ""
        data = {"gone": gone, "state": str(kept.state), "until": until, "law": law}
        history.record(by=by, act="erasure.asked", on=request, debtor=debtor, now=now, data=data)
        erasures.note(debtor.pk, taken=taken, at=now)
    if kept.state is State.DUE:
        erase(debtor=debtor, by=by, now=now)
    return request


def clock(debtor: Debtor, now: datetime) -> tuple[str, date]:
    """The rule set that counts and the last day to answer a request of today: the earliest of those that bind."""
    today, found = today_in(debtor.time_zone, now), []
    for region in sorted(set(Debt.objects.filter(debtor=debtor).values_list("creditor__region", flat=True))):
        law = rules.law_for(region, today)
        within = law.privacy.fix_within if law.privacy else None
        found.append(((within or PROMPTLY).after(today), law.name))
    due_on, law_name = min(found, default=(PROMPTLY.after(today), ""))
    return law_name, due_on


def due(now: datetime) -> Iterator[Debtor]:
    """People of whom nothing has to be kept any more. Looks at those without an open account only."""
    with_open = Debt.objects.filter(~Q(balance_minor=0), state=Debt.State.OPEN).values("debtor")
    people = Debtor.objects.filter(erased_at=None).exclude(pk__in=with_open)
    for debtor in people.order_by("pk").iterator(chunk_size=500):
        if keeping.of(debtor, now).state is State.DUE:
            yield debtor


@transaction.atomic
def erase(*, debtor: Debtor, by: history.Actor, now: datetime, replay: bool = False) -> bool:
    """Take all of a person's data away, if its time is over (or a restored copy has to be cleaned: `replay`).

    False where it is not, where a legal hold stands, or where it is done. Twice does no harm.
    """
    lock(Debtor, debtor.pk)
    debtor = Debtor.objects.get(pk=debtor.pk)
    state = keeping.of(debtor, now).state
    if debtor.erased_at is not None or (state is not State.DUE and not replay):
        return False
    at_once.take(debtor, now)
    _words(debtor)
    at_once.files(Upload.objects.filter(debtor=debtor), now)
    _papers(debtor)
    _ways_in(debtor)
    helper.end_all(debtor=debtor, reason=Helper.Ended.ERASED, by=by, now=now)
    _names(debtor, now)
    waiting = PrivacyRequest.objects.filter(debtor=debtor, answered_at=None)
    waiting.update(outcome=Outcome.DONE, answered_at=now)
    PrivacyRequest.objects.filter(debtor=debtor).update(words="")
    data = {"replay": True} if replay else {}
    history.record(by=by, act="erasure.done", on=debtor, debtor=debtor, now=now, data=data)
    if not replay:
        erasures.note(debtor.pk, taken=None, at=now)
    return True


@transaction.atomic
def take_again(*, debtor: Debtor, noted: erasures.Noted, now: datetime) -> bool:
    """After a restore: what was taken away when the person asked, and nothing else. Whether it had come back.

    A copy that knows of it has nothing to take again: what the person told since is not what they had deleted.
    """
    lock(Debtor, debtor.pk)
    if Event.objects.filter(stream=f"debtor:{debtor.pk}", act="erasure.asked", at=noted.at).exists():
        return False
    gone = at_once.take_again(debtor, noted.taken, now)
    if gone:
        data = {"gone": gone, "replay": True}
        history.record(by="command", act="erasure.asked", on=debtor, debtor=debtor, now=now, data=data)
    return gone > 0


def _words(debtor: Debtor) -> None:
    """What was said, in either direction; that and when it was stays."""
    Message.objects.filter(debtor=debtor).update(body="", params="", subject="", gateway_ref="", link=None)
    Heard.objects.filter(debtor=debtor).update(body="", address="", gateway_ref="")
    ThreadMessage.objects.filter(debtor=debtor).update(body="")
    Call.objects.filter(debtor=debtor).update(number="", topic="", ending="")
    LoggedContact._base_manager.filter(debtor=debtor).exclude(note="").update(note="")
    Recipient.objects.filter(debtor=debtor).update(reasons=[])
    Hold.objects.filter(debtor=debtor).update(note="", answers="", happened="", ended_reason="")
    Respite.objects.filter(hold__debtor=debtor).update(told_by="", reference="")
    CheckOutcome.objects.filter(hold__debtor=debtor).update(why="")
    Offer.objects.filter(debt__debtor=debtor).update(note="", left_minor=None)
    Plan.objects.filter(debt__debtor=debtor).update(ended_reason="")
    Wish.objects.filter(debtor=debtor).delete()
    entries = LedgerEntry._base_manager.filter(debt__debtor=debtor)
    entries.exclude(description="").update(description="")


def _papers(debtor: Debtor) -> None:
    papers = Document.objects.filter(debtor=debtor)
    IssuedFile._base_manager.filter(document__in=papers, size__gt=0).exclude(pdf=b"").update(pdf=b"")
    papers.exclude(content="").update(content="", code="")
    Copy.objects.filter(debtor=debtor).delete()


def _ways_in(debtor: Debtor) -> None:
    """Links, codes, tries and sessions go; words of strangers at this person's door lose what they say."""
    Code.objects.filter(debtor=debtor).delete()
    FactTry.objects.filter(Q(debtor=debtor) | Q(link__debtor=debtor)).delete()
    Once.objects.filter(debtor=debtor).delete()
    Knock.objects.filter(link__debtor=debtor).update(name="", reach="", note="", link=None)
    Link.objects.filter(debtor=debtor).delete()
    User.objects.filter(Q(debtor=debtor) | Q(helper__debtor=debtor)).delete()


def _names(debtor: Debtor, now: datetime) -> None:
    at_once.nameless(ContactPoint.objects.filter(Q(debtor=debtor) | Q(helper__debtor=debtor)))
    Helper.objects.filter(debtor=debtor).update(name="", word_hash="")
    for kind in (CreditorRef, Debt):
        field = "debtor_ref" if kind is CreditorRef else "debt_ref"
        nameless: dict[str, Any] = {field: Concat(Value(f"{at_once.ERASED} "), Cast(F("pk"), CharField()))}
        nameless |= dict.fromkeys(CreditorRef.INDEXES if kind is CreditorRef else ("row_hash",), "")
        kind._default_manager.filter(debtor=debtor).update(**nameless)
    facts = dict.fromkeys(("birth_date_hash", "id_last4_hash", "postcode_hash", "customer_number_hash"), "")
    Debtor.objects.filter(pk=debtor.pk).update(name="", person_ref=None, erased_at=now, **facts)
