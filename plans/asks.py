"""The person asks: the rules answer at once, or the ask is sent to staff. Both leave an offer of the person's."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts import days, helper, history, limitation, once
from accounts.models import Debt, Debtor, Helper
from accounts.rules import Law
from plans import negotiation, offers, policies
from plans.affordability import Budget, left_per_month
from plans.models import Offer, PolicyVersion
from plans.negotiation import Accepted, Answer, NeedsPerson
from plans.refusals import MayBeTooOld
from plans.situation import facts_of, locked, request_data, why_no_plan
from plans.terms import DebtFacts, Policy, Request, Terms


@dataclass(frozen=True)
class Answered:
    """The rules' answer to an ask, and what was kept of it. `ask` is None where a person is needed."""

    answer: Answer | None
    ask: Offer | None
    offers: tuple[Offer, ...] = ()


def ask(
    *,
    debt: Debt,
    request: Request,
    budget: Budget | None,
    by: Debtor | Helper,
    key: uuid.UUID,
    now: datetime,
    today: date,
) -> Answered:
    """Answer an ask by the rules. What can be signed is kept as offers, open at least 14 days; the rules' earlier ones
    are withdrawn. Where a person is needed nothing is kept: `send` does that when the person says so.

    The same `key` again gives the first result. Raises a Refusal when no plan can be made at all.
    """
    sent = {"debt": debt.pk, "ask": request_data(request), "left": left_per_month(budget)}
    with transaction.atomic():
        debt = locked(debt)
        if first := once.earlier_result(key=key, debtor=debt.debtor, act="offer.ask", request=sent):
            kept = Offer.objects.get(pk=first)
            return Answered(None, kept, tuple(kept.answered_by.order_by("created_at", "pk")))
        weighed = _weigh(debt, request, budget, by, now, today)
        if isinstance(weighed.answer, NeedsPerson):
            return Answered(weighed.answer, None)
        offers.withdraw_open(debt, now, proposer=Offer.Proposer.RULES)
        fits = isinstance(weighed.answer, Accepted)
        state = Offer.State.ACCEPTED if fits else Offer.State.COUNTERED
        asked = weighed.write(proposer=Offer.Proposer.DEBTOR, state=state)
        made = tuple(weighed.write_answer(asked, one) for one in weighed.offers())
        once.keep_result(key=key, debtor=debt.debtor, act="offer.ask", request=sent, result=str(asked.pk), now=now)
        data = {"answer": state, "offers": len(made), "policy": weighed.version.number}
        history.record(by=by, act="offer.asked", on=asked, debtor=debt.debtor, now=now, data=data)
        return Answered(weighed.answer, asked, made)


def send(
    *,
    debt: Debt,
    request: Request,
    budget: Budget | None,
    by: Debtor | Helper,
    key: uuid.UUID,
    now: datetime,
    today: date,
    note: str = "",
) -> Offer:
    """Send an ask to staff, with the day by which they answer. An earlier one that still waits is withdrawn.

    `note` is in the person's own words, at most 500 signs. The same `key` again gives the first result. Raises a
    Refusal when no plan can be made at all.
    """
    sent = {"debt": debt.pk, "ask": request_data(request), "left": left_per_month(budget), "note": note}
    with transaction.atomic():
        debt = locked(debt)
        if first := once.earlier_result(key=key, debtor=debt.debtor, act="offer.send", request=sent):
            return Offer.objects.select_related("debt").get(pk=first)
        weighed = _weigh(debt, request, budget, by, now, today)
        offers.withdraw_open(debt, now, proposer=Offer.Proposer.DEBTOR)
        reply_by_on = days.add_working_days(today, debt.creditor.reply_days, debt.creditor.region)
        waits: dict[str, Any] = {"needs_person": True, "reply_by_on": reply_by_on, "note": note[:500]}
        asked = weighed.write(proposer=Offer.Proposer.DEBTOR, **waits)
        once.keep_result(key=key, debtor=debt.debtor, act="offer.send", request=sent, result=str(asked.pk), now=now)
        data = {"reply_by": reply_by_on.isoformat(), "policy": weighed.version.number}
        history.record(by=by, act="offer.sent", on=asked, debtor=debt.debtor, now=now, data=data)
        helper.tell(by=by, act="offer.sent", on=asked, debtor=debt.debtor, now=now)
        return asked


@dataclass(frozen=True, kw_only=True)
class _Weighed:
    """An ask, what it was weighed against, and the answer."""

    debt: Debt
    request: Request
    budget: Budget | None
    version: PolicyVersion
    rule: Policy
    law: Law
    facts: DebtFacts
    answer: Answer
    now: datetime
    today: date

    def decide(self, request: Request) -> Answer:
        about: dict[str, Any] = {"policy": self.rule, "law": self.law, "debt": self.facts, "today": self.today}
        return negotiation.decide(request=request, budget=self.budget, **about)

    def terms(self) -> Terms | None:
        """What the ask comes to; None where it comes to no schedule."""
        if isinstance(self.answer, Accepted):
            return self.answer.terms
        try:
            return negotiation.preview(self.request, self.rule, self.law, self.facts, self.today)
        except negotiation.NoTerms:
            return None

    def offers(self) -> tuple[negotiation.Offer, ...]:
        """What the rules offer: the ask itself when they agree with it, else what is near it."""
        if isinstance(self.answer, Accepted):
            return (negotiation.Offer(self.request, self.answer.terms),)
        return () if isinstance(self.answer, NeedsPerson) else self.answer.offers

    def write(self, **values) -> Offer:
        """Keep an offer about this ask; by default the ask itself."""
        kept: dict[str, Any] = {"request": self.request, "terms": self.terms(), "reasons": self.answer.reasons}
        return offers.write(
            debt=self.debt,
            policy=self.version,
            offer_days=self.rule.offer_days,
            left_minor=left_per_month(self.budget),
            now=self.now,
            **kept | values,
        )

    def write_answer(self, asked: Offer, one: negotiation.Offer) -> Offer:
        """Keep one offer of the rules, with what they say about it alone."""
        said = self.decide(one.request).reasons
        terms: dict[str, Any] = {"request": one.request, "terms": one.terms, "labels": one.labels, "reasons": said}
        return self.write(proposer=Offer.Proposer.RULES, answers=asked, **terms)


def _weigh(
    debt: Debt, request: Request, budget: Budget | None, by: Debtor | Helper, now: datetime, today: date
) -> _Weighed:
    """Look at a locked debt and weigh the ask. Raises a Refusal when no plan can be made at all, or not yet."""
    if refusal := why_no_plan(debt, now):
        raise refusal
    if limitation.must_warn(debt, by=by, today=today):
        raise MayBeTooOld
    version = policies.kept(policies.in_force(creditor=debt.creditor, currency=debt.currency, on=today))
    rule, law, facts = facts_of(debt, policy=version, today=today, now=now)
    answer = negotiation.decide(request=request, policy=rule, law=law, debt=facts, budget=budget, today=today)
    return _Weighed(
        debt=debt,
        request=request,
        budget=budget,
        version=version,
        rule=rule,
        law=law,
        facts=facts,
        answer=answer,
        now=now,
        today=today,
    )
