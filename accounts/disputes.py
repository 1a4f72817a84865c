"""A debt that is not right, as its owner sees it: contact and requests to pay stop at once, and a person checks."""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from django.db import transaction

from accounts import days, deadlines, helper, history, holds, notices, once, outbox, rules
from accounts.locking import lock
from accounts.models import ContactPoint, Creditor, Debt, Debtor, Hold, Outcome
from accounts.money import Money
from accounts.rules import Law

REASONS: Final = ("not_mine", "wrong_amount", "paid", "fraud", "too_old", "died", "other")
ACT: Final = "dispute.opened"
ADDED: Final = "dispute.added"  # words or answers, to a check that goes on
BETWEEN: Final = " / "  # answers that were given one after the other


class AnsweredBefore(Exception):
    """The same was checked and answered, and nothing new was said; `hold` is that check."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold.pk)
        self.hold = hold


@transaction.atomic
def dispute(
    *, debtor: Debtor, creditor: Creditor, debt: Debt | None, reason: str, note: str, key: uuid.UUID, law: Law,
    by: history.Actor, today: date, now: datetime, came_by: ContactPoint | None = None,
    answers: Mapping[str, str] = MappingProxyType({}), part: Money | None = None,
) -> Hold:  # fmt: skip
    """Open the check of one debt, or (None) of all of them, and say when `creditor` will answer. Needs no papers.

    With `part`, so much of the debt is checked and the rest stays payable; ValueError where it is not a part of it.
    What is being checked for the same reason takes in what is new, and stays one check with its promised day. Raises
    AnsweredBefore where the law lets a repeat without anything new be answered as one.

    The same `key` again gives the first hold; once.KeyUsedOtherwise when it was used for something else.
    """
    if reason not in REASONS:
        raise ValueError(reason)
    request: dict[str, object] = {"reason": reason, "note": note, "debt": str(debt.pk) if debt else ""}
    request |= {"answers": dict(answers), "part": part.minor if part else None}
    lock(Debtor, debtor.pk)
    earlier = once.earlier_result(key=key, debtor=debtor, act=ACT, request=request)
    if earlier is not None:
        return Hold.objects.get(pk=earlier)
    if part and (debt is None or not 0 < part.minor <= max(0, debt.balance_minor)):
        raise ValueError("A part of nothing, or more than the whole.")
    hold = _open_one(debtor, debt, reason, now)
    if hold is not None:
        _add(hold, note=note, answers=answers, part=part, law=law, by=by, now=now)
    else:
        if law.dispute.duplicate_rule and not (note or any(answers.values())):
            _refuse_repeat(debtor, debt, reason)
        hold = holds.place(
            debtor=debtor, debt=debt, kind=Hold.Kind.DISPUTE, law=law, by=by, now=now, reason=reason, note=note,
            answers=_packed(answers), part=part, reply_by_on=reply_by(creditor=creditor, law=law, today=today),
        )  # fmt: skip
        _say(hold, came_by, now)
    once.keep_result(key=key, debtor=debtor, act=ACT, request=request, result=str(hold.pk), now=now)
    helper.tell(by=by, act=ACT, on=hold, debtor=debtor, now=now)
    return hold


def _open_one(debtor: Debtor, debt: Debt | None, reason: str, now: datetime) -> Hold | None:
    """The check of the same for the same reason that goes on; the oldest, should staff have opened another."""
    same = Hold.objects.open(now).filter(debtor=debtor, debt=debt, kind=Hold.Kind.DISPUTE, reason=reason)
    return same.order_by("from_at", "pk").first()


def _add(
    hold: Hold, *, note: str, answers: Mapping[str, str], part: Money | None, law: Law, by: history.Actor, now: datetime
) -> None:
    """Put what is new with what was said before; so much is checked as was asked for at the widest."""
    wider = holds.widen(hold=hold, part=part, law=law, by=by, now=now)
    said = json.loads(hold.answers) if hold.answers else {}
    new = {name: text for name, text in answers.items() if text and text not in said.get(name, "").split(BETWEEN)}
    words = note if note and note not in hold.note.split("\n\n") else ""
    if not (words or new):
        return
    hold.note = "\n\n".join(filter(None, (hold.note, words)))
    hold.answers = _packed(said | {name: BETWEEN.join(filter(None, (said.get(name), new[name]))) for name in new})
    hold.save(update_fields=["note", "answers"])
    data = {"words": bool(words), "answers": sorted(new), "wider": wider}
    history.record(by=by, act=ADDED, on=hold, debtor=hold.debtor, now=now, data=data)


def _packed(answers: Mapping[str, str]) -> str:
    return json.dumps(dict(answers), ensure_ascii=False) if any(answers.values()) else ""


def _refuse_repeat(debtor: Debtor, debt: Debt | None, reason: str) -> None:
    """12 CFR 1006.38(a): a dispute that was answered, and brings nothing new, may be answered by that answer."""
    same = Hold.objects.filter(debtor=debtor, debt=debt, kind=Hold.Kind.DISPUTE, reason=reason)
    answered = same.filter(outcomes__result=Outcome.Result.NOT_UPHELD, outcomes__decided_at__isnull=False)
    if found := answered.order_by("-from_at").first():
        raise AnsweredBefore(found)


def _say(hold: Hold, came_by: ContactPoint | None, now: datetime) -> None:
    contact = outbox.answerable(hold.debtor, came_by)
    if contact is not None:
        key, opened = f"check_opened:{hold.pk}", "check_part_opened" if hold.disputed_minor else "check_opened"
        outbox.queue(key=key, debtor=hold.debtor, contact=contact, purpose="service", template=opened, now=now)


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
