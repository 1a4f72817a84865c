"""How to pay today: a transfer to the creditor's own account, with the reference that brings it to the right debt."""

from dataclasses import dataclass

from accounts.models import Debt


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDetails:
    """What to write on a transfer. The money goes to `payee`, never to us."""

    payee: str
    bank: str
    account: str
    reference: str
    note: str


def details(debt: Debt) -> TransferDetails | None:
    """The creditor's bank details and the reference to give; None while the creditor has named no account."""
    creditor = debt.creditor
    if not creditor.can_be_paid:
        return None
    return TransferDetails(
        payee=creditor.payee,
        bank=creditor.bank_name,
        account=creditor.bank_account,
        reference=debt.debt_ref,
        note=creditor.bank_note,
    )
