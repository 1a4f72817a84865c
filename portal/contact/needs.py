"""What would make it easier for a person, the hours in which they want to hear from us, and what reaches them at work:
kept as one act.
"""

import uuid
from collections.abc import Collection
from datetime import datetime, time

from django.db import transaction

from accounts import contacts, history, needs
from accounts.models import Debtor
from portal.contact import wishes
from portal.contact.models import Wish


@transaction.atomic
def keep(
    *,
    debtor: Debtor,
    kinds: Collection[str],
    words: str | None,
    hours: tuple[time | None, time | None],
    at_work: Collection[uuid.UUID],
    by: history.Actor,
    now: datetime,
) -> None:
    """Keep needs as `accounts.needs.keep` does, the hours as the person's wish, and which contacts are `at_work`.

    Raises needs.Opposites.
    """
    contacts.mark_at_work(debtor=debtor, points=at_work, by=by, now=now)
    needs.keep(debtor=debtor, kinds=kinds, words=words, by=by, now=now)
    if any(hours) or Wish.objects.filter(debtor=debtor).exists():
        wishes.wish(debtor=debtor, hours_from=hours[0], hours_until=hours[1], by=by, now=now)
