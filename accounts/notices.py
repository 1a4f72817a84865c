"""Notices that the law asks for, as they were given: which one, about which debt, on which day. Each is an event.

`GIVEN` is an event on a debt; its data names the notice as the rule set does (`[[notices]]`), and the day.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django.db import transaction

from accounts import history
from accounts.locking import lock
from accounts.models import Debt, Debtor, Event

GIVEN: Final = "notice.given"
VALIDATION: Final = "validation"  # 12 CFR 1006.34: what is owed, to whom, and how to say that it is not right


@transaction.atomic
def give(*, debt: Debt, notice: str, on: date, by: history.Actor, now: datetime) -> bool:
    """Note that a notice about this debt was given on that day where the person lives; False when it is on record."""
    lock(Debtor, debt.debtor_id)
    if on in given_on(debt, notice):
        return False
    data = {"notice": notice, "on": on.isoformat()}
    history.record(by=by, act=GIVEN, on=debt, debtor=debt.debtor, now=now, data=data)
    return True


def given_on(debt: Debt, notice: str) -> list[date]:
    """The days on which this notice about this debt was given, the first one first. One query."""
    return sorted(day for id, day in told(Event.objects.filter(act=GIVEN, on=f"debt:{debt.pk}")) if id == notice)


def told(events: Iterable[Event]) -> Iterable[tuple[str, date]]:
    """The notice and the day of each of these events."""
    return ((event.data["notice"], date.fromisoformat(event.data["on"])) for event in events)
