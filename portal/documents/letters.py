"""The answer to a check as a paper: what was found, the apology first where we were wrong, and what comes next."""

import datetime as dt

from accounts import disputes, rules
from accounts.days import today_in
from accounts.models import Debt, Outcome
from portal.documents import papers
from portal.documents.records import printable


def letter(outcome: Outcome, debt: Debt, *, as_of: dt.datetime) -> papers.Letter:
    """The letter about a decided outcome. `debt` is the one it is about, or the first of all that were checked."""
    law = rules.law_for(debt.creditor.region, today_in(debt.creditor.time_zone, as_of))
    return papers.Letter(
        account=papers.Account.of(debt),
        payee=papers.Payee.of(debt.creditor),
        as_of=as_of.isoformat(),
        reference=disputes.reference(outcome.hold),
        asked_at=outcome.hold.from_at.isoformat(),
        result=outcome.result,
        corrected=outcome.taken_off_minor or 0,
        balance=debt.balance_minor,
        speaks_of_money=outcome.hold.reason != "died",
        why=printable(outcome.why),
        complaints=tuple(
            (*(post.words(language) for language in papers.LANGUAGES), post.phone or post.url)
            for post in law.signposts_of("complaint")
        ),
    )
