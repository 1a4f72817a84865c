"""Who of the staff is in a case: each opening of one is an event, so those of the last few minutes tell."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from accounts import history
from accounts.models import Event, User

LASTS: Final = timedelta(minutes=10)
OPENED: Final = "case.opened"


def openings(people: Iterable[uuid.UUID], *, me: User, now: datetime) -> QuerySet[Event]:
    """The times in the last minutes that somebody else opened the case of one of these people."""
    recent = Event.objects.filter(debtor__in=list(people), act=OPENED, at__gt=now - LASTS)
    return recent.exclude(by=history.actor(me))


def who(openings: Iterable[Event]) -> dict[uuid.UUID, str]:
    """By person, the id of whoever opened the case last."""
    by_time = sorted(openings, key=lambda event: (event.at, event.number))
    return {event.debtor_id: event.by.partition(":")[2] for event in by_time if event.debtor_id}


def in_cases(people: Iterable[uuid.UUID], *, me: User, now: datetime) -> dict[uuid.UUID, str]:
    """By person, the colleague who opened the case last and may still be in it. Two queries at most."""
    last = who(openings(people, me=me, now=now))
    staff = {str(one.pk): one for one in User.objects.filter(pk__in=set(last.values()))} if last else {}
    return {debtor: called(staff[pk]) for debtor, pk in last.items() if pk in staff}


def called(staff: User) -> str:
    """What colleagues call each other here."""
    return staff.first_name or str(staff)
