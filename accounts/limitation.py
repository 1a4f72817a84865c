"""Money that may be too old to be enforced: whom to warn before a plan or a payment, and what they then chose.

The years are the law's (`[limitation]` of the region's rule file). A payment starts the period anew in most regions,
so an old day counts only when nothing was received since.
"""

import uuid
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from accounts import history, rules
from accounts.models import Debt, Debtor, Event, LedgerEntry
from accounts.rules import Law

WENT_ON: Final = "limitation.went_on"
STAYED: Final = "limitation.stayed"


def may_be_too_old(debt: Debt, law: Law, today: date) -> bool:
    """Whether the page must warn (W108) before a plan or a payment. Asks the ledger only for a debt that looks old."""
    if not looks_old(debt, law, today):
        return False
    return still_too_old(law, last_paid_on=_last_payments([debt]).get(debt.pk), today=today)


def still_too_old(law: Law, *, last_paid_on: date | None, today: date) -> bool:
    """Whether a debt that looks old is so although something was last received on that day."""
    return last_paid_on is None or rules.may_be_too_old(law, last_paid_on, today)


def must_warn(debt: Debt, law: Law, today: date) -> bool:
    """Whether the guard page stands in the way: it may be too old, and the person has not yet chosen to go on."""
    return may_be_too_old(debt, law, today) and not chose_to_go_on(debt)


def to_warn_about(debts: list[Debt], today: date) -> set[uuid.UUID]:
    """Of one person's debts, the ids of those `must_warn` is true of. No query as a rule, two when one looks old."""
    laws = {debt.pk: rules.law_for(debt.creditor.region, today) for debt in debts}
    old = [debt for debt in debts if looks_old(debt, laws[debt.pk], today)]
    if not old:
        return set()
    paid = _last_payments(old)
    events = Event.objects.filter(debtor=old[0].debtor_id, act=WENT_ON, on__in=[f"debt:{debt.pk}" for debt in old])
    chosen = set(events.values_list("on", flat=True))
    return {
        debt.pk
        for debt in old
        if f"debt:{debt.pk}" not in chosen and still_too_old(laws[debt.pk], last_paid_on=paid.get(debt.pk), today=today)
    }


def too_old(debts: list[Debt], today: date) -> set[uuid.UUID]:
    """Of debts of any persons, the ids of those that may be too old. No query as a rule, one when one looks old."""
    laws = {debt.pk: rules.law_for(debt.creditor.region, today) for debt in debts}
    old = [debt for debt in debts if looks_old(debt, laws[debt.pk], today)]
    paid = _last_payments(old) if old else {}
    return {debt.pk for debt in old if still_too_old(laws[debt.pk], last_paid_on=paid.get(debt.pk), today=today)}


def chose_to_go_on(debt: Debt) -> bool:
    """Whether the person read the warning for this debt and went on all the same."""
    return Event.objects.filter(debtor=debt.debtor_id, act=WENT_ON, on=f"debt:{debt.pk}").exists()


@transaction.atomic
def choose(*, debt: Debt, debtor: Debtor, go_on: bool, to: str, by: history.Actor, law: Law, now: datetime) -> None:
    """Log what the person chose under the warning: to go on `to` the plan or the payment, or not to."""
    act = WENT_ON if go_on else STAYED
    history.record(by=by, act=act, on=debt, debtor=debtor, now=now, data={"to": to, "law": law.name})


def looks_old(debt: Debt, law: Law, today: date) -> bool:
    """Whether the day since when nothing was received is past the limit, payments aside."""
    return debt.balance_minor > 0 and rules.may_be_too_old(law, debt.overdue_since, today)


def _last_payments(debts: list[Debt]) -> dict[uuid.UUID, date]:
    """The day of the last payment of each debt that was not taken back."""
    paid = LedgerEntry.objects.filter(debt__in=debts, kind=LedgerEntry.Kind.PAYMENT, reversed_by=None)
    return dict(paid.order_by().values_list("debt").annotate(last=Max("effective_on")))
