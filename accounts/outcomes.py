"""How a check ends: one staff member proposes, and where we were wrong another approves, who corrects in the same act.

The correction is an adjustment in the ledger, or the reversal of an entry that was booked wrongly; two people answer
for it as for every entry made by hand. What was found not to be wrong corrects nothing, so one person says it. Where
the person is right, tasks outside this system are left, which staff tick.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from accounts import days, disputes, history, holds, ledger
from accounts.disputes import reference
from accounts.locking import lock
from accounts.models import CheckTask, Debt, Debtor, Hold, LedgerEntry, Outcome, User
from accounts.money import Money

Result = Outcome.Result
PARTS: Final = ("hold__debtor", "debt__creditor", "reverses__debt__creditor")  # what an outcome is made of
RIGHT: Final = frozenset({Result.UPHELD, Result.PARTLY})


class OwnProposal(Exception):
    """Who proposed it cannot approve it."""


class NoLongerOpen(Exception):
    """The check has its outcome, or another proposal waits, or this one was dropped."""


class TooMuch(Exception):
    """More would be taken off than is on the account and was paid for it: what was paid may become a credit."""


class TakenBack(Exception):
    """The entry was taken back before, or is none that can be: an opening, or itself a reversal."""


class ProofOwed(Exception):
    """By law the answer brings proof of what stands with it: 12 CFR 1006.38(d)(2)."""


@transaction.atomic
def propose(
    *, hold: Hold, result: str, debt: Debt | None, corrected: Money | None, why: str, by: User, now: datetime,
    reverses: LedgerEntry | None = None, proof: bool = False,
) -> Outcome:  # fmt: skip
    """Write what a check came to; what corrects nothing ends it at once.

    It takes an amount off the balance (`corrected`), or takes back one entry of the debt (`reverses`), or neither.
    `proof` of what stands goes with the answer. Raises NoLongerOpen, TooMuch, TakenBack and ProofOwed.
    """
    lock(Debtor, hold.debtor_id)
    if result != Result.UPHELD and not proof and owes_proof(hold):
        raise ProofOwed
    if not Hold.objects.open(now).filter(pk=hold.pk).exists() or hold.outcomes.filter(dropped_at=None).exists():
        raise NoLongerOpen
    if debt is not None and debt.debtor_id != hold.debtor_id:
        raise ValueError("The debt belongs to another person.")
    if corrected and (debt is None or corrected.minor > _most(debt)):
        raise TooMuch
    if reverses is not None and (debt is None or not to_take_back([debt]).filter(pk=reverses.pk).exists()):
        raise TakenBack
    outcome = Outcome.objects.create(
        hold=hold,
        debt=debt,
        result=result,
        corrected_minor=corrected.minor if corrected else None,
        reverses=reverses,
        why=why,
        proposed_by=by,
        proposed_at=now,
    )
    _record("check.proposed", outcome, by, now, proof=proof)
    if result not in RIGHT:
        _decide(outcome, by, now)
    return outcome


def owes_proof(hold: Hold) -> bool:
    """Whether asking for what stands may go on only after proof of it was sent."""
    checked = Debt.objects.filter(debtor=hold.debtor_id).select_related("creditor")
    return disputes.clock(hold, checked.filter(pk=hold.debt_id) if hold.debt_id else checked).proof_is_owed


@transaction.atomic
def approve(*, outcome: Outcome, by: User, now: datetime) -> Outcome:
    """Correct the ledger and end the check, together. A second time does nothing more.

    Raises OwnProposal, NoLongerOpen, and TooMuch or TakenBack where the ledger has moved on meanwhile.
    """
    lock(Debtor, outcome.hold.debtor_id)
    outcome = Outcome.objects.select_related(*PARTS).get(pk=outcome.pk)
    if outcome.decided_at:
        return outcome
    if outcome.dropped_at:
        raise NoLongerOpen
    if outcome.proposed_by_id == by.pk:
        raise OwnProposal
    if outcome.reverses:
        outcome.entry = _take_back(outcome, outcome.reverses, by, now)
    elif outcome.debt and outcome.corrected_minor:
        outcome.entry = _correct(outcome, outcome.debt, outcome.corrected_minor, by, now)
    _decide(outcome, by, now)
    return outcome


@transaction.atomic
def drop(*, outcome: Outcome, by: User, now: datetime) -> None:
    """Take a proposal back, or refuse it; the check goes on. NoLongerOpen once it was decided."""
    lock(Debtor, outcome.hold.debtor_id)
    if not Outcome.objects.filter(pk=outcome.pk, decided_at=None, dropped_at=None).update(dropped_at=now):
        raise NoLongerOpen
    _record("check.dropped", outcome, by, now)


def decided(hold: Hold) -> Outcome | None:
    """What this check came to; None while it goes on, and where it ended otherwise."""
    found = Outcome.objects.filter(hold=hold, decided_at__isnull=False).select_related("proposed_by", *PARTS)
    return found.first()


def to_take_back(debts: Iterable[Debt]) -> QuerySet[LedgerEntry]:
    """The entries of these debts that an outcome may take back, the newest first."""
    known = LedgerEntry.objects.filter(debt__in=debts, reversed_by=None)
    return known.exclude(kind__in=[LedgerEntry.Kind.OPENING, LedgerEntry.Kind.REVERSAL]).order_by(
        "-effective_on", "-pk"
    )


@transaction.atomic
def tick(*, task: CheckTask, by: User, now: datetime) -> bool:
    """Note that a task after a check is done; False when it was."""
    lock(Debtor, task.hold.debtor_id)
    if not CheckTask.objects.filter(pk=task.pk, done_at=None).update(done_at=now, done_by=by):
        return False
    data = {"task": str(task.kind)}
    history.record(by=by, act="check.task_done", on=task.hold, debtor=task.hold.debtor, now=now, data=data)
    return True


def _take_back(outcome: Outcome, entry: LedgerEntry, by: User, now: datetime) -> LedgerEntry:
    if not to_take_back([entry.debt]).filter(pk=entry.pk).exists():
        raise TakenBack
    return ledger.reverse(entry=entry, by=by, now=now, reason=reference(outcome.hold))


def _most(debt: Debt) -> int:
    """What may be taken off at most, in minor units: what is owed, and what was paid and not taken back."""
    came = Q(kind=LedgerEntry.Kind.PAYMENT) | Q(reverses__kind=LedgerEntry.Kind.PAYMENT)
    payments = LedgerEntry.objects.filter(came, debt=debt)
    paid = -(payments.aggregate(total=Sum("amount_minor"))["total"] or 0)
    return max(0, ledger.balance(debt).minor + paid)


def _correct(outcome: Outcome, debt: Debt, minor: int, by: User, now: datetime) -> LedgerEntry:
    if minor > _most(debt):
        raise TooMuch
    return ledger.post(
        debt=debt,
        kind=LedgerEntry.Kind.ADJUSTMENT,
        amount=Money(-minor, debt.currency),
        effective_on=days.today_in(debt.creditor.time_zone, now),
        entry_ref=f"check {outcome.pk}",
        description=reference(outcome.hold),
        by=by,
        now=now,
    )


def _decide(outcome: Outcome, by: User, now: datetime) -> None:
    outcome.decided_by, outcome.decided_at = by, now
    outcome.save(update_fields=["decided_by", "decided_at", "entry"])
    if outcome.result in RIGHT:
        CheckTask.objects.bulk_create(CheckTask(hold=outcome.hold, kind=kind) for kind in CheckTask.Kind)
    if not holds.end(hold=outcome.hold, by=by, now=now, reason=outcome.result):
        raise NoLongerOpen
    _record("check.answered", outcome, by, now)


def _record(act: str, outcome: Outcome, by: User, now: datetime, *, proof: bool = False) -> None:
    data = {"hold": str(outcome.hold_id), "result": str(outcome.result), "corrected_minor": outcome.corrected_minor}
    data |= {"reverses": outcome.reverses_id} if outcome.reverses_id else {}
    data |= {"proof": True} if proof else {}
    history.record(by=by, act=act, on=outcome, debtor=outcome.hold.debtor, now=now, data=data)
