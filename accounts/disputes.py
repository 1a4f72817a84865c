"""A debt that is not right, as its owner sees it: contact and requests to pay stop at once, and a person checks."""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from accounts import days, deadlines, helper, history, holds, notices, once, outbox, rules
from accounts.locking import lock
from accounts.models import ContactPoint, Creditor, Debt, Debtor, Event, Helper, Hold, Message, Outcome
from accounts.money import Money
from accounts.rules import Law

REASONS: Final = ("not_mine", "wrong_amount", "paid", "fraud", "too_old", "died", "other")
ACT: Final = "dispute.opened"
ADDED: Final = "dispute.added"  # words or answers, to a check that goes on
JOINED: Final = "dispute.joined"  # one more asked for what is being checked
BETWEEN: Final = " / "  # answers that were given one after the other
OPENED, PART_OPENED = "check_opened", "check_part_opened"  # what the person is told by text
WITHDRAWN: Final = "withdrawn"  # the reason of a check that ended so


class AnsweredBefore(Exception):
    """The same was checked and answered, and nothing new was said; `hold` is that check."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold.pk)
        self.hold = hold


class NoLongerOpen(Exception):
    """The check has ended, or what it came to waits for a second person."""


class NotAPart(Exception):
    """A part of nothing, or more than the whole."""


class NotTheirs(Exception):
    """The check is not this helper's alone, who may not make less of it."""


@transaction.atomic
def dispute(
    *, debtor: Debtor, creditor: Creditor, debt: Debt | None, reason: str, note: str, key: uuid.UUID, law: Law,
    by: history.Actor, today: date, now: datetime, came_by: ContactPoint | None = None,
) -> Hold:  # fmt: skip
    """Open the check of all of one debt, or (None) of all of them, and say when `creditor` will answer. Needs neither
    papers nor words: those come afterwards, and so does the part, where only a part is not right (`add`).

    What is being checked for the same reason takes in what is new, and stays one check with its promised day. Raises
    AnsweredBefore where the law lets a repeat without anything new be answered as one.

    The same `key` again gives the first hold; once.KeyUsedOtherwise when it was used for something else.
    """
    if reason not in REASONS:
        raise ValueError(reason)
    request: dict[str, object] = {"reason": reason, "note": note, "debt": str(debt.pk) if debt else ""}
    lock(Debtor, debtor.pk)
    earlier = once.earlier_result(key=key, debtor=debtor, act=ACT, request=request)
    if earlier is not None:
        return Hold.objects.get(pk=earlier)
    hold = _open_one(debtor, debt, reason, now)
    if hold is not None:
        if not _said(hold).filter(by=history.actor(by)).exists():
            history.record(by=by, act=JOINED, on=hold, debtor=debtor, now=now)
        _say_more(hold, note=note, answers={}, by=by, now=now)
    else:
        if law.dispute.duplicate_rule and not note:
            _refuse_repeat(debtor, debt, reason)
        hold = holds.place(
            debtor=debtor, debt=debt, kind=Hold.Kind.DISPUTE, law=law, by=by, now=now, reason=reason, note=note,
            reply_by_on=reply_by(creditor=creditor, law=law, today=today),
        )  # fmt: skip
        _text(hold, OPENED, came_by, now)
    once.keep_result(key=key, debtor=debtor, act=ACT, request=request, result=str(hold.pk), now=now)
    helper.tell(by=by, act=ACT, on=hold, debtor=debtor, now=now)
    return hold


def _open_one(debtor: Debtor, debt: Debt | None, reason: str, now: datetime) -> Hold | None:
    """The check of the same for the same reason that goes on; the oldest, should staff have opened another."""
    same = Hold.objects.open(now).filter(debtor=debtor, debt=debt, kind=Hold.Kind.DISPUTE, reason=reason)
    return same.order_by("from_at", "pk").first()


@transaction.atomic
def add(
    *, hold: Hold, note: str, answers: Mapping[str, str], part: Money | None, key: uuid.UUID, law: Law,
    by: history.Actor, now: datetime, came_by: ContactPoint | None = None,
) -> None:  # fmt: skip
    """Put more to a check that goes on: words, answers to what is asked about its reason, and with `part` how much of
    the account is not right. What was said last about that counts; the rest is payable from then on.

    The same `key` again does nothing more. Raises NoLongerOpen, NotAPart, NotTheirs and once.KeyUsedOtherwise.
    """
    lock(Debtor, hold.debtor_id)
    hold.refresh_from_db()
    request: dict[str, object] = {"hold": str(hold.pk), "note": note, "answers": dict(answers)}
    request |= {"part": part.minor if part else None}
    if once.earlier_result(key=key, debtor=hold.debtor, act=ADDED, request=request) is not None:
        return
    if not holds.in_force(hold, now):
        raise NoLongerOpen
    if part is not None:
        _check_only(hold, part, law=law, by=by, now=now, came_by=came_by)
    _say_more(hold, note=note, answers=answers, by=by, now=now)
    once.keep_result(key=key, debtor=hold.debtor, act=ADDED, request=request, result=str(hold.pk), now=now)


def _check_only(
    hold: Hold, part: Money, *, law: Law, by: history.Actor, now: datetime, came_by: ContactPoint | None
) -> None:
    """Check so much of the account from here on; the person is told what is not asked of them meanwhile."""
    if hold.debt is None or not 0 < part.minor <= hold.debt.balance_minor:
        raise NotAPart
    if not may_lessen(hold, by):
        raise NotTheirs
    whole = part.minor == hold.debt.balance_minor
    if not holds.resize(hold=hold, part=None if whole else part, law=law, by=by, now=now):
        return
    if not whole:
        _drop_texts(hold, OPENED, reason="a part only", now=now)
        _text(hold, PART_OPENED, came_by, now)
    helper.tell(by=by, act="dispute.resized", on=hold, debtor=hold.debtor, now=now)


def _say_more(hold: Hold, *, note: str, answers: Mapping[str, str], by: history.Actor, now: datetime) -> None:
    """Put what is new with what was said before. What was said last of a question is not said twice."""
    said = json.loads(hold.answers) if hold.answers else {}
    last = {name: f"{BETWEEN}{text}" for name, text in said.items()}
    new = {name: text for name, text in answers.items() if text and not last.get(name, "").endswith(BETWEEN + text)}
    words = note if note and note not in hold.note.split("\n\n") else ""
    if not (words or new):
        return
    hold.note = "\n\n".join(filter(None, (hold.note, words)))
    said |= {name: BETWEEN.join(filter(None, (said.get(name), new[name]))) for name in new}
    hold.answers = json.dumps(said, ensure_ascii=False) if said else ""
    hold.save(update_fields=["note", "answers"])
    data = {"words": bool(words), "answers": sorted(new)}
    history.record(by=by, act=ADDED, on=hold, debtor=hold.debtor, now=now, data=data)


@transaction.atomic
def withdraw(*, hold: Hold, by: history.Actor, now: datetime) -> bool:
    """Take back a check that was asked for by mistake: contact and payments go on. False where it has ended.

    Raises NotTheirs for a helper whose alone it is not, and NoLongerOpen where a correction waits for its approval,
    which the person would lose.
    """
    lock(Debtor, hold.debtor_id)
    if not may_lessen(hold, by):
        raise NotTheirs
    if hold.outcomes.filter(dropped_at=None, decided_at=None).exists():
        raise NoLongerOpen
    if not holds.end(hold=hold, by=by, now=now, reason=WITHDRAWN):
        return False
    _drop_texts(hold, OPENED, PART_OPENED, reason=WITHDRAWN, now=now)
    helper.tell(by=by, act="dispute.withdrawn", on=hold, debtor=hold.debtor, now=now)
    return True


def may_lessen(hold: Hold, by: history.Actor) -> bool:
    """Whether `by` may take this check back, or have a part checked only: the person every one that was asked for on
    these pages, a helper those they asked for themselves, as long as nobody else asked for the same or added to it.
    """
    if hold.reason not in REASONS:
        return False  # staff opened it, or somebody at the door
    if not isinstance(by, Helper):
        return True
    return {*_said(hold).values_list("by", flat=True)} == {history.actor(by)}


def _said(hold: Hold) -> QuerySet[Event]:
    """Who asked for this check, and who added to it."""
    return Event.objects.filter(debtor=hold.debtor_id, act__in=["hold.placed", JOINED, ADDED], on=f"hold:{hold.pk}")


def _text(hold: Hold, template: str, came_by: ContactPoint | None, now: datetime) -> None:
    contact = outbox.answerable(hold.debtor, came_by)
    if contact is not None:
        key = f"{template}:{hold.pk}"
        outbox.queue(key=key, debtor=hold.debtor, contact=contact, purpose="service", template=template, now=now)


def _drop_texts(hold: Hold, *templates: str, reason: str, now: datetime) -> None:
    """Cancel what was to be said of this check and is no longer so."""
    keys = [f"{template}:{hold.pk}" for template in templates]
    outbox.cancel(Message.objects.filter(debtor=hold.debtor_id, key__in=keys), reason=reason, now=now)


def _refuse_repeat(debtor: Debtor, debt: Debt | None, reason: str) -> None:
    """12 CFR 1006.38(a): a dispute that was answered, and brings nothing new, may be answered by that answer."""
    same = Hold.objects.filter(debtor=debtor, debt=debt, kind=Hold.Kind.DISPUTE, reason=reason)
    answered = same.filter(outcomes__result=Outcome.Result.NOT_UPHELD, outcomes__decided_at__isnull=False)
    if found := answered.order_by("-from_at").first():
        raise AnsweredBefore(found)


@dataclass(frozen=True, slots=True)
class Clock:
    """What the law sets for a check. `by_law`: nothing may be asked for before its answer, `until` (`outcome_sent`, or
    `verified`: proof goes with it). `period_ended_on`: the last day on which that could be asked for, where known.
    """

    by_law: bool
    until: str
    period_ended_on: date | None = None

    @property
    def proof_is_owed(self) -> bool:
        return self.by_law and self.until == "verified"


def clock(hold: Hold, debts: Iterable[Debt]) -> Clock:
    """The law's clock for this check of these debts, with their creditors, on the day it was asked for.

    12 CFR 1006.38(d): a dispute within the validation period stops collection until proof is sent; after it, our own
    promise of a day alone counts. A period that no notice on record began has not ended. One query for a debt at most.
    """
    return max((_clock(hold, debt) for debt in debts), key=lambda one: one.by_law)


def _clock(hold: Hold, debt: Debt) -> Clock:
    asked_on = days.today_in(hold.debtor.time_zone, hold.from_at)
    until = rules.law_for(debt.creditor.region, asked_on).dispute.until
    laws = rules.contact_laws(
        debt.creditor.region, actor=debt.creditor.actor, zones=[hold.debtor.time_zone], product=debt.product,
        creditor=debt.creditor.name,
    )  # fmt: skip
    laws = tuple(law for law in laws if law.validation and law.covers(asked_on))
    given = [day for day in notices.given_on(debt, notices.VALIDATION) if day <= asked_on] if laws else []
    if not given:
        return Clock(by_law=True, until=until)
    asked = {"validation_sent_on": given[-1], "disputed_on": asked_on}
    by_law = any(deadlines.dispute_stops(law, **asked) for law in laws)
    return Clock(by_law, until, max(deadlines.validation_ends(law, given[-1]) for law in laws))


def reply_by(*, creditor: Creditor, law: Law, today: date) -> date:
    """The day an answer is promised by: the creditor's working days, or the law's where it asks for fewer."""
    longest = law.hardship.reply_working_days
    count = min(creditor.reply_days, longest) if longest else creditor.reply_days
    return days.add_working_days(today, count, creditor.region)


def reference(hold: Hold) -> str:
    """How a person names this check when writing to us."""
    return str(hold.pk)[:8].upper()
