"""The only writers of ledger entries, and the money model:

1. What a person owes on a debt is the sum of its entries; nothing else moves a balance.
2. An entry is signed as the balance feels it: charges are positive, payments negative. Below zero is a credit.
3. Amounts are whole minor units of the debt's one currency. Only an opening may be zero.
4. Entries are never changed or deleted, by code or database; a mistake is undone by a reversal that names it.
5. `entry_ref` is unique in its debt, so the same entry can arrive twice and count once.
6. `Debt.balance_minor` is that sum, kept in the same transaction, so pages never add up.
7. Each entry carries, in `act`, the id of the event that says who wrote it. `post` writes one, `load` a file.
8. Whoever writes locks the debt first, or adds to the balance in one statement; two writers cannot lose each other's.
9. `effective_on` is the creditor's day for it, `posted_at` when we learnt of it. History is read by day, then id.
10. `prove_ledger` adds everything up again, each night, and says what disagrees.
"""

import uuid
from datetime import date, datetime

from django.db import models, transaction
from django.db.models import F

from accounts import days, history, ledger_staging, ledger_stopped
from accounts.ledger_staging import Loaded
from accounts.models import Debt, LedgerEntry
from accounts.money import MOST_DIGITS, Money

Kind = LedgerEntry.Kind
LARGEST = 10**MOST_DIGITS - 1  # minor units of one entry, as in files
_INT64 = 2**63 - 1
_ALWAYS_LESS = {Kind.PAYMENT, Kind.WRITE_OFF}
_ALWAYS_MORE = {Kind.CHARGE, Kind.INTEREST, Kind.FEE}

__all__ = ["Loaded", "balance", "load", "post", "reverse"]


class LedgerRefused(Exception):
    """An entry that cannot be written. The subclass says why."""


class WrongCurrency(LedgerRefused):
    """The amount is not in the debt's currency."""


class ZeroAmount(LedgerRefused):
    """Only an opening may be zero."""


class WrongSign(LedgerRefused):
    """Payments and write-offs are negative; charges, interest and fees positive."""


class AmountTooLarge(LedgerRefused):
    """More than 13 digits of minor units, or a balance that would not fit 64 bits."""


class EntryKnownOtherwise(LedgerRefused):
    """The debt has an entry of this reference with another kind, amount or day, or it has an opening already."""


class StoppedThatDay(LedgerRefused):
    """Interest or a fee of a day on which a hold of the person stops them, as `load` leaves them out of a file."""


class CannotBeReversed(LedgerRefused):
    """A reversal is not itself reversed, and an opening of zero has nothing to reverse."""


@transaction.atomic
def post(
    *,
    debt: Debt,
    kind: str,
    amount: Money,
    effective_on: date,
    entry_ref: str,
    by: history.Actor,
    now: datetime,
    description: str = "",
) -> LedgerEntry:
    """Write one entry, move the balance and record `ledger.posted`, together. The same entry again returns the first.

    Raises a LedgerRefused: WrongCurrency, ZeroAmount, WrongSign, AmountTooLarge, StoppedThatDay, EntryKnownOtherwise.
    """
    entry = LedgerEntry(
        kind=Kind(kind),
        amount_minor=amount.minor,
        effective_on=effective_on,
        entry_ref=entry_ref,
        description=description,
    )
    return _write(debt, entry, currency=amount.currency, by=by, now=now, act="ledger.posted")


@transaction.atomic
def reverse(*, entry: LedgerEntry, by: history.Actor, now: datetime, reason: str) -> LedgerEntry:
    """Undo an entry by one of the opposite amount, effective today at the creditor's. Doing it twice gives the first.

    Raises CannotBeReversed. Records `ledger.reversed`.
    """
    if entry.kind == Kind.REVERSAL or entry.amount_minor == 0:
        raise CannotBeReversed(entry.entry_ref)
    debt = entry.debt
    undo = LedgerEntry(
        kind=Kind.REVERSAL,
        amount_minor=-entry.amount_minor,
        effective_on=days.today_in(debt.creditor.time_zone, now),
        entry_ref=f"reversal-{entry.pk}",
        description=reason[:200],
        reverses=entry,
    )
    return _write(debt, undo, currency=debt.currency, by=by, now=now, act="ledger.reversed")


def balance(debt: Debt) -> Money:
    """What is owed now, read afresh; negative is a credit."""
    return Money(Debt.objects.values_list("balance_minor", flat=True).get(pk=debt.pk), debt.currency)


load = ledger_staging.load


def _write(debt: Debt, entry: LedgerEntry, *, currency: str, by: history.Actor, now: datetime, act: str) -> LedgerEntry:
    locked = Debt.objects.select_for_update(no_key=True).get(pk=debt.pk)
    known = _known(locked, entry)
    if known is not None:
        return known
    _check(locked, entry, currency)
    entry.debt, entry.act, entry.posted_at = locked, uuid.uuid4(), now
    entry.save(force_insert=True)
    Debt.objects.filter(pk=locked.pk).update(balance_minor=F("balance_minor") + entry.amount_minor)
    debt.balance_minor = locked.balance_minor + entry.amount_minor  # so that the caller's copy is not stale
    history.record(
        by=by,
        act=act,
        on=locked,
        debtor=locked.debtor,
        now=now,
        event_id=entry.act,
        data={"entry": entry.pk, "kind": entry.kind, "amount_minor": entry.amount_minor, "currency": currency},
    )
    return entry


def _known(debt: Debt, entry: LedgerEntry) -> LedgerEntry | None:
    """The entry as it was written before, if it was."""
    same = models.Q(entry_ref=entry.entry_ref)
    if entry.kind == Kind.OPENING:
        same |= models.Q(kind=Kind.OPENING)
    if entry.reverses_id:
        same |= models.Q(reverses=entry.reverses_id)
    known = LedgerEntry.objects.filter(same, debt=debt).first()
    if known is None:
        return None
    # A reversal names its entry, so it is the same one on whatever day it is asked for again.
    if entry.reverses_id and known.reverses_id == entry.reverses_id:
        return known
    content = ("entry_ref", "kind", "amount_minor", "effective_on")
    if any(getattr(known, field) != getattr(entry, field) for field in content):
        raise EntryKnownOtherwise(entry.entry_ref)
    return known


def _check(debt: Debt, entry: LedgerEntry, currency: str) -> None:
    amount = entry.amount_minor
    if currency != debt.currency:
        raise WrongCurrency(f"{currency} for a debt in {debt.currency}")
    if amount == 0 and entry.kind != Kind.OPENING:
        raise ZeroAmount(entry.kind)
    if (amount > 0 and entry.kind in _ALWAYS_LESS) or (amount < 0 and entry.kind in _ALWAYS_MORE):
        raise WrongSign(entry.kind)
    if abs(amount) > LARGEST or abs(debt.balance_minor + amount) > _INT64:
        raise AmountTooLarge(entry.entry_ref)
    if entry.kind in ledger_stopped.KINDS and ledger_stopped.on(debt, entry.effective_on):
        raise StoppedThatDay(f"A hold stops interest and fees on {entry.effective_on}: {entry.kind} is not added.")
