"""Money that may be too old to be enforced: whom to warn before a plan or a payment, and what they then chose.

The years are the law's (`[limitation]` of the region's rule file). A payment starts the period anew in most regions,
so an old day counts only when nothing was received since.
"""

from datetime import date, datetime
from typing import Final

from django.db import transaction

from accounts import history, rules
from accounts.models import Debt, Debtor, Event, LedgerEntry
from accounts.rules import Law

WENT_ON: Final = "limitation.went_on"
STAYED: Final = "limitation.stayed"


def may_be_too_old(debt: Debt, law: Law, today: date) -> bool:
    """Whether the page must warn (W108) before a plan or a payment. Asks the ledger only for a debt that looks old."""
    if debt.balance_minor <= 0 or not rules.may_be_too_old(law, debt.overdue_since, today):
        return False
    paid = LedgerEntry.objects.filter(debt=debt, kind=LedgerEntry.Kind.PAYMENT, reversed_by=None)
    last = paid.order_by("-effective_on").values_list("effective_on", flat=True).first()
    return last is None or rules.may_be_too_old(law, last, today)


def must_warn(debt: Debt, law: Law, today: date) -> bool:
    """Whether the guard page stands in the way: it may be too old, and the person has not yet chosen to go on."""
    return may_be_too_old(debt, law, today) and not chose_to_go_on(debt)


def chose_to_go_on(debt: Debt) -> bool:
    """Whether the person read the warning for this debt and went on all the same."""
    return Event.objects.filter(debtor=debt.debtor_id, act=WENT_ON, on=f"debt:{debt.pk}").exists()


@transaction.atomic
def choose(*, debt: Debt, debtor: Debtor, go_on: bool, to: str, by: history.Actor, law: Law, now: datetime) -> None:
    """Log what the person chose under the warning: to go on `to` the plan or the payment, or not to."""
    act = WENT_ON if go_on else STAYED
    history.record(by=by, act=act, on=debt, debtor=debtor, now=now, data={"to": to, "law": law.name})
