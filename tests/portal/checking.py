"""Makers of checks and of what they come to."""

import uuid
from datetime import datetime

from accounts import disputes, outcomes, rules
from accounts.models import Hold, Outcome
from accounts.money import Money
from plans.models import Plan
from tests.factories import NOW, TODAY, make_staff


def press(person, reason: str = "wrong_amount", **values) -> str:
    """Press this reason on P30; the address it leads to."""
    return person.post("/problem", {"reason": reason, "once": uuid.uuid4()} | values)["Location"]


def say(person, at: str, **values) -> str:
    """Say more on P31, the page of the check; the address it leads to."""
    return person.post(f"{at}/add", {"once": uuid.uuid4()} | values)["Location"]


def check_of(person, *, part: int | None = None, answers: dict | None = None, now: datetime = NOW, **values) -> Hold:
    """A check of this person's debt, or of a part of it in minor units."""
    hold = opened(person, now=now, **values)
    if part or answers:
        checked = Money(part, person.debt.currency) if part else None
        law, by = rules.law_for(person.creditor.region, TODAY), person.debtor
        told = {"hold": hold, "note": "", "answers": answers or {}, "part": checked}
        disputes.add(key=uuid.uuid4(), law=law, by=by, now=now, **told)
    return hold


def opened(person, reason: str = "wrong_amount", **values) -> Hold:
    about = {"creditor": person.creditor, "debt": person.debt, "reason": reason, "note": "", "key": uuid.uuid4()}
    about |= {"law": rules.law_for(person.creditor.region, TODAY), "by": person.debtor, "today": TODAY, "now": NOW}
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
