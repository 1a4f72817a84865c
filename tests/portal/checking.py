"""Makers of checks and of what they come to."""

import uuid

from accounts import disputes, outcomes, rules
from accounts.models import Hold, Outcome
from accounts.money import Money
from plans.models import Plan
from tests.factories import NOW, TODAY, make_staff


def send(person, **values):
    return person.post("/problem", {"reason": "wrong_amount", "once": uuid.uuid4()} | values)


def check_of(person, *, part: int | None = None, reason: str = "wrong_amount", **values) -> Hold:
    """A check of this person's debt, or of a part of it in minor units."""
    about = {"creditor": person.creditor, "debt": person.debt, "reason": reason, "note": "", "key": uuid.uuid4()}
    about |= {"law": rules.law_for(person.creditor.region, TODAY), "by": person.debtor, "today": TODAY, "now": NOW}
    about |= {"part": Money(part, person.debt.currency) if part else None}
    return disputes.dispute(debtor=person.debtor, **about | values)


def proposed(hold: Hold, result: str = "upheld", minor: int | None = None, by=None, debt=None, **values) -> Outcome:
    debt = debt or hold.debt
    corrected = Money(minor, debt.currency) if minor else None
    about = {"hold": hold, "debt": debt, "corrected": corrected, "why": "We found your receipt.", "now": NOW}
    return outcomes.propose(result=result, by=by or make_staff(), **about | values)


def afresh(plan: Plan) -> Plan:
    """The plan with its debt as that stands by now."""
    plan.debt.refresh_from_db()
    return plan
