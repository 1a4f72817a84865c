"""How a balance came about: what it started at, what was added, what was taken off. It adds up, line by line."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Max, QuerySet, Sum, UUIDField

from accounts.models import Debt, LedgerEntry
from accounts.money import Money
from accounts.prepared import Prepared

_Kind = LedgerEntry.Kind


def _sums(debt) -> QuerySet:
    grouped = LedgerEntry.objects.filter(debt=debt).order_by().values_list("kind")
    return grouped.annotate(total=Sum("amount_minor"))


_SUMS = Prepared(_sums, debt=UUIDField())
_SUMS_AND_DAYS = Prepared(lambda debt: _sums(debt).annotate(last=Max("effective_on")), debt=UUIDField())


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Sums of one ledger. `paid`: payments and write-offs, negative; `corrections`: the rest, of either sign."""

    opening: Money
    interest: Money
    fees: Money
    charges: Money
    paid: Money
    corrections: Money
    last_paid_on: date | None = None  # None as well while a payment was taken back: which one is then not known here

    @property
    def now(self) -> Money:
        return self.opening + self.interest + self.fees + self.charges + self.paid + self.corrections


def of(debt: Debt, *, last_payment: bool = False) -> Breakdown:
    """The sums of a debt's whole ledger by kind; equal to its balance. One grouped query.

    `last_payment` asks for its day as well, which costs a long ledger a quarter more.
    """
    rows = (_SUMS_AND_DAYS if last_payment else _SUMS)(debt=debt.pk)
    by_kind = {row[0]: row[1] for row in rows}
    last = {row[0]: row[2] for row in rows} if last_payment else {}

    def total(*kinds: str) -> Money:
        return Money(int(sum(by_kind.get(kind, 0) for kind in kinds)), debt.currency)

    return Breakdown(
        opening=total(_Kind.OPENING),
        interest=total(_Kind.INTEREST),
        fees=total(_Kind.FEE),
        charges=total(_Kind.CHARGE),
        paid=total(_Kind.PAYMENT, _Kind.WRITE_OFF),
        corrections=total(_Kind.ADJUSTMENT, _Kind.REVERSAL),
        last_paid_on=last.get(_Kind.PAYMENT) if _Kind.REVERSAL not in by_kind else None,
    )
