"""A creditor's bank details change by two people: one proposes, another approves exactly that.

Whoever could change them alone could lead every payment elsewhere. People see what is approved, nothing else. The first
details come from the operator (`add_creditor`), who has the server anyway.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from accounts import history
from accounts.locking import lock
from accounts.models import BankDetailsChange, Creditor, User

FIELDS: Final = ("payee", "bank_name", "bank_account", "bank_note")
LIFE: Final = timedelta(hours=72)  # for the second person to look
State = BankDetailsChange.State


class OwnProposal(Exception):
    """Who proposed it cannot approve it."""


class NoLongerOpen(Exception):
    """It was approved, dropped or replaced already, has waited longer than LIFE, or other details hold by now."""


def details(holder: Creditor | BankDetailsChange) -> dict[str, str]:
    return {name: getattr(holder, name) for name in FIELDS}


def waiting(now: datetime) -> QuerySet[BankDetailsChange]:
    """What can still be approved."""
    return BankDetailsChange.objects.filter(state=State.PROPOSED, proposed_at__gt=now - LIFE)


@transaction.atomic
def propose(
    *, creditor: Creditor, given: Mapping[str, str], by: User, now: datetime, seen: str
) -> BankDetailsChange | None:
    """Keep the proposal beside the details in force, in the place of one that waits. Twice the same gives the first.

    `seen` is `mark` of the details that the proposer saw. None when these details are in force. Raises NoLongerOpen
    when others hold by now.
    """
    lock(Creditor, creditor.pk)
    current = Creditor.objects.get(pk=creditor.pk)
    if mark(current) != seen:
        raise NoLongerOpen
    if details(current) == dict(given):
        return None
    before = BankDetailsChange.objects.filter(creditor=current, state=State.PROPOSED).first()
    if before is not None:
        same = before.proposed_by_id == by.pk and details(before) == dict(given)
        if same and before.instead_of == seen and before.proposed_at > now - LIFE:
            return before
        _close(before, State.DROPPED, by, now)
    change = BankDetailsChange.objects.create(
        creditor=current, **given, instead_of=seen, proposed_by=by, proposed_at=now
    )
    _record(change, by, now)
    return change


@transaction.atomic
def approve(*, change: BankDetailsChange, by: User, now: datetime) -> None:
    """Put the proposed details in force, in one step with its event; a second time does nothing.

    Raises OwnProposal and NoLongerOpen.
    """
    lock(Creditor, change.creditor_id)
    change = BankDetailsChange.objects.select_related("creditor").get(pk=change.pk)
    if change.state == State.APPROVED:
        return
    if change.proposed_by_id == by.pk:
        raise OwnProposal
    too_late = change.proposed_at <= now - LIFE
    if change.state != State.PROPOSED or too_late or mark(change.creditor) != change.instead_of:
        raise NoLongerOpen
    Creditor.objects.filter(pk=change.creditor_id).update(**details(change))
    _close(change, State.APPROVED, by, now)


@transaction.atomic
def drop(*, change: BankDetailsChange, by: User, now: datetime) -> None:
    """Take a proposal back, or refuse it; the details in force stay. NoLongerOpen when it was approved meanwhile."""
    lock(Creditor, change.creditor_id)
    change = BankDetailsChange.objects.select_related("creditor").get(pk=change.pk)
    if change.state == State.APPROVED:
        raise NoLongerOpen
    if change.state == State.PROPOSED:
        _close(change, State.DROPPED, by, now)


def mark(holder: Creditor | BankDetailsChange) -> str:
    """Stands for exactly these details."""
    return hashlib.sha256(json.dumps(details(holder), sort_keys=True).encode()).hexdigest()


def _close(change: BankDetailsChange, state: str, by: User, now: datetime) -> None:
    change.state, change.decided_by, change.decided_at = state, by, now
    change.save(update_fields=["state", "decided_by", "decided_at"])
    _record(change, by, now)


def _record(change: BankDetailsChange, by: User, now: datetime) -> None:
    data = {"details": mark(change), "instead_of": change.instead_of, "proposed_by": str(change.proposed_by_id)}
    act = f"creditor.bank_{change.state}"
    history.record(by=by, act=act, on=change, creditor=change.creditor, now=now, data=data)
