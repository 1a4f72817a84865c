"""A form's one-time key: the second send of the same form gets the first result, and does nothing again."""

import hashlib
import json
import uuid
from datetime import datetime

from django.db import transaction

from accounts.models import Debtor, Once


class KeyUsedOtherwise(Exception):
    """The key of this form was already used to ask for something else."""


def earlier_result(*, key: uuid.UUID, debtor: Debtor, act: str, request: dict) -> str | None:
    """What this very send came to before; None when it is the first. Raises KeyUsedOtherwise."""
    found = Once.objects.filter(key=key).first()
    if found is None:
        return None
    if (found.debtor_id, found.act, found.request_hash) != (debtor.pk, act, _hash(request)):
        raise KeyUsedOtherwise
    return found.result


def keep_result(*, key: uuid.UUID, debtor: Debtor, act: str, request: dict, result: str, now: datetime) -> None:
    """Write the result beside the act, in its transaction. A racing twin fails on the unique key and rolls back."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A result is kept in the transaction of its act.")
    Once.objects.create(key=key, debtor=debtor, act=act, request_hash=_hash(request), result=result, at=now)


def _hash(request: dict) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
