"""What would make it easier for a person, and the hours in which they want to hear from us: kept as one act."""

from collections.abc import Collection
from datetime import datetime, time

from django.db import transaction

from accounts import history, needs
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
    by: history.Actor,
    now: datetime,
) -> None:
    """Keep needs as `accounts.needs.keep` does, and the hours as the person's wish. needs.Opposites."""
    needs.keep(debtor=debtor, kinds=kinds, words=words, by=by, now=now)
    if any(hours) or Wish.objects.filter(debtor=debtor).exists():
        wishes.wish(debtor=debtor, hours_from=hours[0], hours_until=hours[1], by=by, now=now)
