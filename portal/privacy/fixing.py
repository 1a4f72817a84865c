"""Corrections: a person says what is wrong; it goes to the desk with the law's clock and is answered in the thread."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts import history, once
from accounts.locking import lock
from accounts.models import Debtor, PrivacyRequest, User
from portal.contact import thread
from portal.privacy import erasing

LONGEST: Final = 1_000  # characters
ACT: Final = "fix.asked"
Outcome, Kind, About = PrivacyRequest.Outcome, PrivacyRequest.Kind, PrivacyRequest.About


class Answered(Exception):
    """Somebody else has answered this one meanwhile."""


@transaction.atomic
def ask(*, debtor: Debtor, about: str, words: str, key: uuid.UUID, by: history.Actor, now: datetime) -> PrivacyRequest:
    """Keep what is to be put right. The same `key` again gives the first request; once.KeyUsedOtherwise for others."""
    words = words.strip()
    if about not in About.values or not words or len(words) > LONGEST:
        raise ValueError(f"A correction is about something, in 1 to {LONGEST} characters.")
    lock(Debtor, debtor.pk)
    asked = {"about": about, "words": words}
    earlier = once.earlier_result(key=key, debtor=debtor, act=ACT, request=asked)
    if earlier is not None:
        return PrivacyRequest.objects.get(pk=earlier)
    law, due_on = erasing.clock(debtor, now)
    request = PrivacyRequest.objects.create(
        debtor=debtor, kind=Kind.FIX, about=about, words=words, law=law, asked_at=now, due_on=due_on
    )
    once.keep_result(key=key, debtor=debtor, act=ACT, request=asked, result=str(request.pk), now=now)
    data = {"about": about, "law": law, "due": due_on.isoformat()}
    history.record(by=by, act=ACT, on=request, debtor=debtor, now=now, data=data)
    return request


@transaction.atomic
def answer(
    *, request: PrivacyRequest, outcome: str, words: str, by: User, now: datetime, despite: Iterable[str] = ()
) -> None:
    """Settle a correction and write the answer into the thread, with a text that says there is one. Raises Answered."""
    if outcome not in Outcome.values:
        raise ValueError(f"{outcome} is no outcome.")
    lock(Debtor, request.debtor_id)
    waiting = PrivacyRequest.objects.filter(pk=request.pk, kind=Kind.FIX, answered_at=None)
    if not waiting.update(outcome=outcome, answered_at=now, answered_by=by):
        raise Answered
    data = {"outcome": outcome, "about": request.about}
    history.record(by=by, act="fix.answered", on=request, debtor=request.debtor, now=now, data=data)
    thread.answer(debtor=request.debtor, by=by, body=words, now=now, despite=despite)
