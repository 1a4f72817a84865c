"""When a pause has ended of itself: before any other reminder, one word that asks how things are, and leads in.

It goes through the rules as any reminder does. Others wait for it (`standing.CHECKED_FOR`). Whoever ended their pause
themselves has said how things are.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from accounts.locking import lock
from accounts.models import Debtor, Hold, Message
from plans.pausing import ASKED_AGAIN
from portal.contact import standing
from portal.contact.instalments import contact_of
from portal.contact.reminders import remind

AT_ONCE: Final = 500


def check_in(now: datetime) -> int:
    """Queue what is to be said now; how many. Called every few minutes, by any number of workers: each is said once."""
    over = Hold.objects.filter(
        kind=Hold.Kind.PAUSE, ended_at=None, until_at__gt=now - standing.CHECKED_FOR, until_at__lte=now
    ).exclude(reason=ASKED_AGAIN)
    said = Message.objects.filter(template=standing.CHECKS_IN, created_at__gt=now - standing.CHECKED_FOR)
    waiting = over.exclude(debtor__in=said.values("debtor")).select_related("debtor")
    return sum(_say(pause, now) for pause in waiting.order_by("until_at", "pk")[:AT_ONCE])


@transaction.atomic
def _say(pause: Hold, now: datetime) -> bool:
    """Queue it, unless nothing is owed, or no rule set allows it now: then it is looked at again."""
    lock(Debtor, pause.debtor_id)
    person = standing.of(pause.debtor, now)
    contact = contact_of(person)
    owed = [debt for debt in person.debts if person.matters[debt.pk].open and debt.balance_minor > 0]
    if contact is None or not owed:
        return False
    answer = remind(
        standing=person,
        creditor=owed[0].creditor,
        wording=standing.CHECKS_IN,
        contact=contact,
        key=f"{standing.CHECKS_IN}:{pause.pk}",
        by="system",
        now=now,
    )
    return isinstance(answer, Message) and answer.state == Message.State.QUEUED
