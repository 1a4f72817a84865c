"""Money that may be too old to be enforced: whom to warn before a plan or a payment, and what they then chose.

The years are the law's (`[limitation]` of the region's rule file). A payment starts the period anew in most regions,
so an old day counts only when nothing was received since. A choice is of whoever made it and for one debt: a helper's
is not the person's, nor the other way round, and the last one counts.
"""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from accounts import history, rules
from accounts.models import Debt, Debtor, Event, LedgerEntry
from accounts.rules import Law

WENT_ON: Final = "limitation.went_on"
STAYED: Final = "limitation.stayed"
LOOKED_TWICE: Final = "limitation.looked_twice"
SECOND_LOOK: Final = "no_suit_threat.1"  # the question that staff answer with a tick, as it reads
WORDS: Final = "may_be_too_old.1"  # the warning as it reads in the three languages; other words have another number


def still_too_old(law: Law, *, last_paid_on: date | None, today: date) -> bool:
    """Whether a debt that looks old is so although something was last received on that day."""
    return last_paid_on is None or rules.may_be_too_old(law, last_paid_on, today)


def must_warn(debt: Debt, *, by: history.Actor, today: date) -> bool:
    """Whether the guard page stands in the way of `by`: it may be too old, and they have not chosen to go on."""
    return debt.pk in to_warn_about([debt], by=by, today=today)


def to_warn_about(debts: list[Debt], *, by: history.Actor, today: date) -> set[uuid.UUID]:
    """Of one person's debts, the ids of those `must_warn` is true of. No query as a rule, two when one looks old."""
    old = too_old(debts, today)
    if not old:
        return set()
    events = Event.objects.filter(
        debtor=debts[0].debtor_id, by=history.actor(by), act__in=[WENT_ON, STAYED], on__in=[f"debt:{pk}" for pk in old]
    )
    chosen = dict(events.order_by("number").values_list("on", "act"))  # the last one stays
    return {pk for pk in old if chosen.get(f"debt:{pk}") != WENT_ON}


def too_old(debts: list[Debt], today: date) -> set[uuid.UUID]:
    """Of debts of any persons, the ids of those that may be too old. No query as a rule, one when one looks old."""
    laws = {region: rules.law_for(region, today) for region in {debt.creditor.region for debt in debts}}
    old = [debt for debt in debts if looks_old(debt, laws[debt.creditor.region], today)]
    paid = _last_payments(old) if old else {}
    return {
        debt.pk
        for debt in old
        if still_too_old(laws[debt.creditor.region], last_paid_on=paid.get(debt.pk), today=today)
    }


def no_suit_threat(debts: list[Debt], today: date) -> bool:
    """Whether one of these may be too old where the law forbids to threaten with court then (`suit_threat_forbidden`).

    CONC 7.15 (United Kingdom), 12 CFR 1006.26(b) (United States).
    """
    bound = [debt for debt in debts if rules.law_for(debt.creditor.region, today).limitation.suit_threat_forbidden]
    return bool(too_old(bound, today))


@transaction.atomic
def choose(
    *, debt: Debt, debtor: Debtor, go_on: bool, to: str, language: str, by: history.Actor, law: Law, now: datetime
) -> None:
    """Log what somebody chose under the warning, and which warning it was: to go on `to` what was asked for, or not."""
    data = {"to": to, "law": law.name, "notice": law.limitation.guard_notice, "words": WORDS, "language": language}
    history.record(by=by, act=WENT_ON if go_on else STAYED, on=debt, debtor=debtor, now=now, data=data)


def looked_twice(*, debtor: Debtor, words: Iterable[str], by: history.Actor, now: datetime) -> None:
    """Log that staff were asked whether these words threaten with court, and said that they do not.

    Runs in the transaction of the act that sends them; does nothing where nothing was asked.
    """
    found = sorted(set(words))
    if found:
        data = {"words": found, "asked": SECOND_LOOK}
        history.record(by=by, act=LOOKED_TWICE, on=debtor, debtor=debtor, now=now, data=data)


def looks_old(debt: Debt, law: Law, today: date) -> bool:
    """Whether the day since when nothing was received is past the limit, payments aside."""
    return debt.balance_minor > 0 and rules.may_be_too_old(law, debt.overdue_since, today)


def _last_payments(debts: list[Debt]) -> dict[uuid.UUID, date]:
    """The day of the last payment of each debt that was not taken back."""
    paid = LedgerEntry.objects.filter(debt__in=debts, kind=LedgerEntry.Kind.PAYMENT, reversed_by=None)
    return dict(paid.order_by().values_list("debt").annotate(last=Max("effective_on")))
