"""The one door for Offer.state: asks, the rules' answers, staff's suggestions, and how each of them ends.

    a debtor's ask   proposed (waits for staff) → countered | withdrawn
                     accepted (the rules agree) or countered, from the start, when the rules answer at once
    rules or staff   proposed → accepted (becomes a plan, `plans.agreements`) | declined | expired | withdrawn

What a person signs is always an offer of the rules or of staff, never their own ask. Locks are taken in one order:
debtor, debt, offer, plan.
"""

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet

from accounts import days, helper, history, needs
from accounts.models import Debt, Debtor, Helper, Need, User
from accounts.money import Money
from plans import messages, negotiation, policies, weighing
from plans.affordability import Budget
from plans.models import Offer, PolicyVersion
from plans.reasons import Code, Reason
from plans.refusals import NotOpen, NotPossible, OfferChanged, OfferExpired
from plans.schedule import Frequency
from plans.situation import facts_of, locked, request_data, request_of, why_no_plan
from plans.terms import Policy, Request, Shape, Terms
from plans.weighing import Case, obstacles

PROPOSED = Offer.State.PROPOSED
LAW = {Code.TERM_BY_LAW, Code.YEARLY_SHARE_BY_LAW}


# --- Reading --------------------------------------------------------------------------------------------------------


def open_offers(debt: Debt, now: datetime) -> QuerySet[Offer]:
    """What may be signed now, oldest first."""
    return Offer.objects.filter(
        debt=debt, state=PROPOSED, expires_at__gt=now, proposer__in=[Offer.Proposer.RULES, Offer.Proposer.STAFF]
    ).order_by("created_at", "pk")


def latest_of_staff(debt: Debt, now: datetime) -> Offer | None:
    """The suggestion of staff that is open now."""
    return open_offers(debt, now).filter(proposer=Offer.Proposer.STAFF).last()


def number_of_staff(debt: OuterRef | uuid.UUID, created_at: OuterRef | datetime, pk: OuterRef | uuid.UUID) -> QuerySet:
    """Which of staff's suggestions for its debt one is, counted from 1: a query of one row with one value."""
    before = Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lte=pk)
    made = Offer.objects.filter(before, debt=debt, proposer=Offer.Proposer.STAFF).order_by()
    return made.values("debt").annotate(counted=Count("pk")).values("counted")


def terms_of(offer: Offer) -> Terms | None:
    """The terms of an offer; None where an ask came to no schedule."""
    return Terms.from_json(offer.terms) if offer.terms else None


# --- How an offer ends ---------------------------------------------------------------------------------------------


def decline(*, offer: Offer, by: Debtor | Helper, now: datetime) -> None:
    """ "Not now" to a suggestion. Twice does no harm; NotOpen when it was answered otherwise."""
    with transaction.atomic():
        locked(offer.debt)
        _end(offer, Offer.State.DECLINED, by=by, act="offer.declined", now=now)


def withdraw(*, offer: Offer, by: Debtor | Helper | User, now: datetime, version: int | None = None) -> None:
    """Take back one's own ask or suggestion. Twice does no harm; NotOpen or OfferChanged when somebody was faster."""
    with transaction.atomic():
        locked(offer.debt)
        _end(offer, Offer.State.WITHDRAWN, by=by, act="offer.withdrawn", now=now, version=version)


def expire(*, now: datetime, at_most: int = 500) -> int:
    """End what was open until an instant that has passed. What waits for staff does not expire: the answer is ours.

    Returns how many ended. One transaction each, so that a long list blocks nobody.
    """
    due = Offer.objects.filter(state=PROPOSED, needs_person=False, expires_at__lte=now).select_related("debt__debtor")
    ended = 0
    for offer in due.order_by("expires_at")[:at_most]:
        with transaction.atomic():
            locked(offer.debt)
            still = Offer.objects.filter(pk=offer.pk, state=PROPOSED, needs_person=False, expires_at__lte=now)
            if still.update(state=Offer.State.EXPIRED, decided_at=now, version=F("version") + 1):
                history.record(by="system", act="offer.expired", on=offer, debtor=offer.debt.debtor, now=now)
                ended += 1
    return ended


# --- Staff answer ---------------------------------------------------------------------------------------------------


def suggest(
    *,
    answers: Offer,
    terms: Terms,
    note: str,
    by: User,
    now: datetime,
    version: int | None = None,
    request: Request | None = None,
    beyond_policy: bool = False,
) -> Offer:
    """Answer an ask with these terms, open at least 14 days, and tell the person. Earlier suggestions are withdrawn.

    `version` is the ask's as the desk saw it: OfferChanged or NotOpen when somebody else was first. NotPossible when
    the terms lie outside the law, or outside the policy unless `beyond_policy` (which the desk asks a permission for).
    ValueError when the terms are not what `request` (or what they look like) comes to on today's balance.
    """
    with transaction.atomic():
        debt = locked(answers.debt)
        if refusal := why_no_plan(debt, now):
            raise refusal
        today = days.today_in(debt.debtor.time_zone, now)
        policy = policies.kept(policies.in_force(creditor=debt.creditor, currency=debt.currency, on=today))
        case = case_for_staff(answers, debt, policy=policy, today=today, now=now)
        request = request or request_from(terms)
        against = _checked(request, terms, case, beyond_policy=beyond_policy)
        _answer(answers, version, now)
        withdraw_open(debt, now, proposer=Offer.Proposer.STAFF)
        offer = write(
            debt=debt, policy=policy, offer_days=case.policy.offer_days, request=request, terms=terms, now=now,
            proposer=Offer.Proposer.STAFF, staff=by, answers=answers, note=note[:500],
            left_minor=answers.left_minor,
        )  # fmt: skip
        data = {"answers": str(answers.pk), "beyond_policy": [reason.code.value for reason in against]}
        history.record(by=by, act="offer.suggested", on=offer, debtor=debt.debtor, now=now, data=data)
        messages.suggestion_made(offer, now=now)
        return offer


def agree_with(
    *,
    ask: Offer,
    by: User,
    now: datetime,
    note: str = "",
    version: int | None = None,
    beyond_policy: bool = True,
) -> Offer:
    """Staff say yes to an ask as it is: an offer of its terms on today's balance, which the person then signs.

    As `suggest`; the policy binds only without `beyond_policy`, the law always. NoTerms when it comes to no schedule.
    """
    debt = ask.debt
    today = days.today_in(debt.debtor.time_zone, now)
    policy = policies.in_force(creditor=debt.creditor, currency=debt.currency, on=today)
    case = case_for_staff(ask, debt, policy=policy, today=today, now=now)
    request = request_of(ask.ask, debt.currency)
    terms = weighing.terms_of(request, case)
    return suggest(
        answers=ask,
        terms=terms,
        note=note,
        by=by,
        now=now,
        version=version,
        request=request,
        beyond_policy=beyond_policy,
    )


def three_suggestions(
    ask: Offer, *, today: date, now: datetime, policy: PolicyVersion | None = None, case: Case | None = None
) -> tuple[negotiation.Offer, ...]:
    """Up to three terms for one click at the desk: the asked amount from a month later, a smaller amount for longer,
    the asked amount after the longest pause; where one does not fit, what the rules would offer. Within policy and law.
    Who has the policy and the case at hand gives both.
    """
    debt = ask.debt
    policy = policy or policies.in_force(creditor=debt.creditor, currency=debt.currency, on=today)
    case = case or case_for_staff(ask, debt, policy=policy, today=today, now=now)
    request, rule = request_of(ask.ask, debt.currency), policies.terms_of(policy)
    near = [
        negotiation.Offer(one, weighing.terms_of(one, case))
        for one in _near(request, rule, today)
        if not obstacles(one, case)
    ]
    budget = None if ask.left_minor is None else Budget(wages=max(ask.left_minor, 0), home=max(-ask.left_minor, 0))
    near += negotiation.suggest(request=request, policy=rule, law=case.law, debt=case.debt, budget=budget, today=today)
    return tuple({one.terms.instalments: one for one in reversed(near)}.values())[::-1][:3]


def ask_question(*, ask: Offer, by: User, now: datetime) -> None:
    """Note that staff asked the person something about their ask, which stays open. The desk writes the message."""
    with transaction.atomic():
        debt = locked(ask.debt)
        history.record(by=by, act="offer.question_asked", on=ask, debtor=debt.debtor, now=now)


def case_for_staff(ask: Offer, debt: Debt, *, policy: PolicyVersion, today: date, now: datetime) -> Case:
    """What staff weigh terms against: policy and law, and what the person said is left, but no limit that only sent the
    ask to them. The first payment may wait a month more than the rules allow, or as long as the longest pause.
    """
    rule, law, facts = facts_of(debt, policy=policy, today=today, now=now)
    days_more = max(rule.latest_start_days + 31, max(rule.pause_days, default=0) + 1)
    left = None if ask.left_minor is None else Money(ask.left_minor, debt.currency)
    rule = replace(rule, latest_start_days=days_more)
    return Case(policy=rule, law=law, debt=facts, today=today, left=left, by_person=True)


def request_from(terms: Terms) -> Request:
    """The ask that comes to these terms."""
    first, *rest = terms.instalments
    larger = first.amount if rest and first.amount > rest[0].amount else None
    single = terms.shape is Shape.FULL or (terms.shape is Shape.REDUCED and not rest)
    return Request(
        shape=terms.shape,
        first_on=first.nominal_on,
        frequency=terms.frequency,
        instalment=None if single else rest[0].amount if larger else first.amount,
        first_payment=larger,
        anchor_day=max(one.nominal_on.day for one in terms.instalments)
        if terms.frequency is Frequency.MONTHLY
        else None,
    )


def _checked(request: Request, terms: Terms, case: Case, *, beyond_policy: bool) -> tuple[Reason, ...]:
    """What of policy stands against these terms, where that may be. NotPossible where it may not; ValueError if they
    are not what the request comes to.
    """
    if weighing.terms_of(request, case) != terms:
        raise ValueError("the terms are not what the request comes to")
    against = obstacles(request, case)
    if against and (not beyond_policy or any(reason.code in LAW for reason in against)):
        raise NotPossible(against)
    return against


def _near(request: Request, rule: Policy, today: date) -> list[Request]:
    if request.instalment is None:
        return []
    day = max(request.first_on, today + timedelta(days=1))
    later = day + relativedelta(months=1, day=request.anchor_day or day.day)
    after_pause = max(day, today + timedelta(days=max(rule.pause_days, default=0) + 1))
    smaller = Money(request.instalment.minor * 3 // 4, request.instalment.currency).floor()
    return [
        replace(request, first_on=later),
        replace(request, first_on=day, instalment=smaller),
        replace(request, first_on=after_pause, anchor_day=None, last_day=False),
    ]


def _answer(ask: Offer, version: int | None, now: datetime) -> None:
    """Mark an ask as answered. One that was already may be answered again by whoever has seen that."""
    mine = Offer.objects.filter(pk=ask.pk, state__in=[PROPOSED, Offer.State.COUNTERED], version=version or ask.version)
    if not mine.update(state=Offer.State.COUNTERED, decided_at=now, version=F("version") + 1):
        raise why_not_open(ask.pk, version=version or ask.version, now=now)


# --- How it is written ----------------------------------------------------------------------------------------------


def why_not_open(offer_id: uuid.UUID, *, version: int | None, now: datetime) -> NotOpen:
    """Why a conditional update of this offer found nothing to change."""
    offer = Offer.objects.get(pk=offer_id)
    if offer.state == Offer.State.EXPIRED or (offer.state == PROPOSED and offer.expires_at <= now):
        return OfferExpired()
    return OfferChanged() if offer.state == PROPOSED and version != offer.version else NotOpen()


def close_others(debt: Debt, *, but: Offer, now: datetime) -> None:
    """Once a plan is agreed nothing else about the debt stays open."""
    others = Offer.objects.filter(debt=debt, state=PROPOSED).exclude(pk=but.pk)
    others.filter(proposer=Offer.Proposer.STAFF).update(
        state=Offer.State.DECLINED, decided_at=now, version=F("version") + 1
    )
    others.update(state=Offer.State.WITHDRAWN, decided_at=now, version=F("version") + 1)


def withdraw_open(debt: Debt, now: datetime, *, proposer: str) -> None:
    mine = Offer.objects.filter(debt=debt, state=PROPOSED, proposer=proposer)
    mine.update(state=Offer.State.WITHDRAWN, decided_at=now, version=F("version") + 1)


def _end(offer: Offer, state: str, *, by, act: str, now: datetime, version: int | None = None) -> None:
    mine = Offer.objects.filter(pk=offer.pk, state=PROPOSED)
    if version is not None:
        mine = mine.filter(version=version)
    if mine.update(state=state, decided_at=now, version=F("version") + 1):
        history.record(by=by, act=act, on=offer, debtor=offer.debt.debtor, now=now)
        helper.tell(by=by, act=act, on=offer, debtor=offer.debt.debtor, now=now)
    elif Offer.objects.get(pk=offer.pk).state != state:
        raise why_not_open(offer.pk, version=version, now=now)


def times_longer(debtor: Debtor) -> int:
    """How many times as long an offer stays open for this person."""
    return needs.TIMES_LONGER if needs.has(debtor, Need.Kind.MORE_TIME) else 1


def write(
    *,
    debt: Debt,
    policy: PolicyVersion,
    offer_days: int,
    request: Request,
    terms: Terms | None,
    proposer: str,
    now: datetime,
    reasons: tuple[Reason, ...] = (),
    labels: tuple[str, ...] = (),
    state: str = PROPOSED,
    **values,
) -> Offer:
    return Offer.objects.create(
        debt=debt,
        policy=policy,
        proposer=proposer,
        state=state,
        ask=request_data(request),
        terms=terms.to_json() if terms else "",
        terms_hash=terms.sha256 if terms else "",
        labels=[str(label) for label in labels],
        balance_minor=debt.payable.minor,
        reasons=[reason.to_data() for reason in reasons],
        created_at=now,
        expires_at=now + timedelta(days=offer_days * times_longer(debt.debtor)),
        decided_at=None if state == PROPOSED else now,
        **values,
    )
