"""Until when a person's data has to be kept: active, then closed, then the clock of the law, then it goes.

The clock begins with the last thing that happened once nothing is open. It runs as long as the longest of what the rule
sets of each company ask for; a court or a check stops it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import Max

from accounts import rules
from accounts.days import today_in
from accounts.models import Creditor, Debt, Debtor, Hold, LedgerEntry
from accounts.rules.law import Law
from accounts.rules.shapes import Period
from plans.models import Plan
from portal.contact import retention

CLAIMS: Final = "claims"


class State(StrEnum):
    """Where a person's data stands. `held`: a court or a check has the matter, whatever else is so."""

    ACTIVE = "active"
    HELD = "held"
    KEPT = "kept"
    DUE = "due"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Keeping:
    """`until`: the last day on which the data is kept, known once nothing is open; `longest`: by which rule sets."""

    state: State
    closed_on: date | None = None
    until: date | None = None
    by: tuple[str, ...] = ()


def of(debtor: Debtor, now: datetime) -> Keeping:
    """Where the data of one person stands."""
    if debtor.erased_at is not None:
        return Keeping(State.ERASED)
    debts = list(Debt.objects.filter(debtor=debtor).select_related("creditor", "debtor"))
    open_holds = Hold.objects.open(now).filter(debtor=debtor, kind__in=retention.LEGAL_HOLDS)
    today = today_in(debtor.time_zone, now)
    if any(is_open(debt) for debt in debts) or Plan.objects.filter(debt__in=debts, state=Plan.State.RUNNING).exists():
        return Keeping(State.HELD if open_holds.exists() else State.ACTIVE)
    closed_on = _closed_on(debtor, debts)
    ends = dict(_ends(debts, closed_on, today))
    until = max(ends.values(), default=closed_on)
    by = tuple(sorted({name for name, day in ends.items() if day == until}))
    if open_holds.exists():
        return Keeping(State.HELD, closed_on)
    return Keeping(State.DUE if today > until else State.KEPT, closed_on, until, by)


def is_open(debt: Debt) -> bool:
    """Whether something is still to be paid, to be given back, or before a court."""
    if debt.state == Debt.State.LEGAL:
        return True
    return debt.state == Debt.State.OPEN and debt.balance_minor != 0


def kept_until(law: Law, least: Iterable[Period], closed_on: date) -> date:
    """The last day by one rule set (pure): the records it asks for, the time for claims where those stand in the way of
    deletion, and where it names no time but still asks for records, the operator's own.
    """
    blocked = law.privacy.erase_blocked_by if law.privacy else ("legal_retention",)
    days = [time.after(closed_on) for time in least]
    if CLAIMS in blocked:
        years = law.limitation.years or law.limitation.guard_after_years
        days.append(closed_on + relativedelta(years=years))
    if blocked and not days:
        days.append(Period.read(settings.KEEP_AFTER_CLOSE).after(closed_on))
    return max(days, default=closed_on)


def _ends(debts: list[Debt], closed_on: date, today: date) -> Iterable[tuple[str, date]]:
    by: dict[Creditor, list[Debt]] = defaultdict(list)
    for debt in debts:
        by[debt.creditor].append(debt)
    for creditor, some in by.items():
        law = rules.law_for(creditor.region, today)
        least = [rule.min for rule in retention.binding(creditor, some) if rule.min]
        yield law.name, kept_until(law, least, closed_on)


def _closed_on(debtor: Debtor, debts: list[Debt]) -> date:
    """The day of the last thing that happened: an entry, the end of a plan, a word between the person and us."""
    posted = LedgerEntry.objects.filter(debt__in=debts).aggregate(last=Max("posted_at"))["last"]
    ended = Plan.objects.filter(debt__in=debts).aggregate(last=Max("ended_at"))["last"]
    spoken = retention.last_active([debtor.pk]).get(debtor.pk)
    last = max(filter(None, (posted, ended, spoken, debtor.created_at)))
    return today_in(debtor.time_zone, last)
