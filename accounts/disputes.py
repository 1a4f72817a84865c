"""A debt that is not right, as its owner sees it: contact and requests to pay stop at once, and a person checks."""

import json
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from django.db import transaction

from accounts import days, helper, history, holds, once, outbox
from accounts.locking import lock
from accounts.models import ContactPoint, Creditor, Debt, Debtor, Hold, Outcome
from accounts.money import Money
from accounts.rules import Law

REASONS: Final = ("not_mine", "wrong_amount", "paid", "fraud", "too_old", "died", "other")
ACT: Final = "dispute.opened"


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
    Raises AnsweredBefore where the law lets a repeat without anything new be answered as one.

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
    if law.dispute.duplicate_rule and not (note or any(answers.values())):
        _refuse_repeat(debtor, debt, reason)
    hold = holds.place(
        debtor=debtor, debt=debt, kind=Hold.Kind.DISPUTE, law=law, by=by, now=now, reason=reason, note=note, part=part,
        answers=json.dumps(dict(answers), ensure_ascii=False) if any(answers.values()) else "",
        reply_by_on=reply_by(creditor=creditor, law=law, today=today),
    )  # fmt: skip
    once.keep_result(key=key, debtor=debtor, act=ACT, request=request, result=str(hold.pk), now=now)
    helper.tell(by=by, act=ACT, on=hold, debtor=debtor, now=now)
    _say(hold, came_by, now)
    return hold


def _refuse_repeat(debtor: Debtor, debt: Debt | None, reason: str) -> None:
    """12 CFR 1006.38(a): a dispute that was answered, and brings nothing new, may be answered by that answer."""
    same = Hold.objects.filter(debtor=debtor, debt=debt, kind=Hold.Kind.DISPUTE, reason=reason)
    answered = same.filter(outcomes__result=Outcome.Result.NOT_UPHELD, outcomes__decided_at__isnull=False)
    if found := answered.order_by("-from_at").first():
        raise AnsweredBefore(found)


def _say(hold: Hold, came_by: ContactPoint | None, now: datetime) -> None:
    contact = outbox.answerable(hold.debtor, came_by)
    if contact is not None:
        key, opened = f"check_opened:{hold.pk}", "check_opened"
        outbox.queue(key=key, debtor=hold.debtor, contact=contact, purpose="service", template=opened, now=now)


def reply_by(*, creditor: Creditor, law: Law, today: date) -> date:
    """The day an answer is promised by: the creditor's working days, or the law's where it asks for fewer."""
    longest = law.hardship.reply_working_days
    count = min(creditor.reply_days, longest) if longest else creditor.reply_days
    return days.add_working_days(today, count, creditor.region)


def reference(hold: Hold) -> str:
    """How a person names this check when writing to us."""
    return str(hold.pk)[:8].upper()
