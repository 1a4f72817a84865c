"""The lock under which an act looks again before it writes. Where one needs several, the order is the same everywhere:
debtor, creditor, debt, offer, plan.
"""

import uuid

from django.db import models


def lock(model: type[models.Model], pk: uuid.UUID) -> None:
    """Let one act at a time look at this row and what hangs on it, until the transaction that is open now ends.

    Others may go on pointing at it: a key's share lock, which a new row takes, does not wait.
    """
    model._default_manager.select_for_update(no_key=True).only("pk").get(pk=pk)
