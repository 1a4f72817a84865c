"""The negotiation: what a person asks against what can be agreed. Pure: same inputs, same answer.

`decide` gives Accepted (agreed on the spot), Countered (up to three offers nearest to the ask, smallest instalment
first, each acceptable as it stands) or NeedsPerson. Each carries its reasons. The strictest of policy and law wins, and
nothing above the affordable share of what is left is ever offered. No name, sex, age or address goes in.

    ask -> a person must look? -> NeedsPerson
        -> no obstacle         -> Accepted
        -> something fits      -> Countered, else NeedsPerson
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from accounts.money import Money
from accounts.rules import Law
from plans.affordability import Budget, left_per_month, per_month, per_payment
from plans.reasons import Code, Reason
from plans.schedule import Frequency, Instalment
from plans.terms import DebtFacts, Policy, Request, Shape, Terms
from plans.weighing import Case, NoTerms, amounts, at_once, first_nominal, obstacles, terms_of

__all__ = [
    "Accepted",
    "Answer",
    "Countered",
    "DebtFacts",
    "Label",
    "NeedsPerson",
    "NoTerms",
    "NothingOwed",
    "Offer",
    "Policy",
    "Request",
    "Shape",
    "Terms",
    "budget_needed",
    "case_of",
    "decide",
    "preview",
    "suggest",
]

MOST_OFFERS = 3


class NothingOwed(ValueError):
    """The balance is nothing or a credit: there is no plan to make."""


class Label(StrEnum):
    """Facts about an offer among its neighbours; never a recommendation."""

    SMALLEST = "smallest_each_time"
    SOONEST = "finishes_soonest"
    LOWEST = "lowest_total"


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer: `request` is the ask that gets exactly these terms; `labels` compare it with its neighbours."""

    request: Request
    terms: Terms
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """Can be agreed on the spot, as asked."""

    terms: Terms
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Countered:
    """Not as asked; these can be agreed on the spot. Sorted by instalment, smallest first."""

    offers: tuple[Offer, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """A person looks, and answers by a promised day."""

    reasons: tuple[Reason, ...]


Answer = Accepted | Countered | NeedsPerson


def case_of(
    *, policy: Policy, law: Law, debt: DebtFacts, budget: Budget | None, today: date, by_person: bool = False
) -> Case:
    """What an ask is weighed against. NothingOwed when the balance is nothing or a credit."""
    if debt.balance.minor <= 0:
        raise NothingOwed(debt.balance.as_text())
    left = left_per_month(budget)
    return Case(
        policy=policy,
        law=law,
        debt=debt,
        today=today,
        left=None if left is None else Money(left, debt.balance.currency),
        by_person=by_person,
    )


def decide(
    *, request: Request, policy: Policy, law: Law, debt: DebtFacts, budget: Budget | None = None, today: date
) -> Answer:
    """The answer to one ask. `today` is the debtor's day; `law` holds on it and names the region of the working days.

    NothingOwed without a positive balance; CurrencyMismatch if the ask is in another currency than the debt.
    """
    case = case_of(policy=policy, law=law, debt=debt, budget=budget, today=today)
    stop = _why_a_person(request, case)
    if stop:
        return NeedsPerson(stop)
    against = obstacles(request, case)
    if not against:
        terms = terms_of(request, case)
        return Accepted(terms, _about(terms))
    if debt.rounds_used >= policy.rounds:
        return NeedsPerson((Reason.of(Code.ROUNDS_USED), *against))
    offers = _offers(request, case)
    if not offers:
        return NeedsPerson((*against, Reason.of(Code.NOTHING_FITS), *_token(case)))
    return Countered(offers, against + _possible_from(request, offers))


def budget_needed(request: Request, policy: Policy, law: Law, debt: DebtFacts) -> bool:
    """Whether this ask is only answered with a budget: when its term is longer than the policy's `budget_over_months`.

    Never for one single payment, never when a person is asked for or is needed whatever the budget says, and never
    where no plan that the rules can agree to is that long.
    """
    case = Case(policy=policy, law=law, debt=debt, today=request.first_on)
    if debt.balance.minor <= 0 or policy.currency != debt.balance.currency or _large(case):
        return False
    return _budget_needed(request, case)


def preview(request: Request, policy: Policy, law: Law, debt: DebtFacts, today: date) -> Terms:
    """What the ask comes to (how many, until when, how much), whether or not it can be agreed. NoTerms, NothingOwed."""
    return terms_of(request, case_of(policy=policy, law=law, debt=debt, budget=None, today=today))


def suggest(
    *, request: Request, policy: Policy, law: Law, debt: DebtFacts, budget: Budget | None = None, today: date
) -> tuple[Offer, ...]:
    """Up to three suggestions for the desk: what a person of the staff may offer within policy and law.

    As `decide`'s offers, but without the limits that only sent the case to a person. () when nothing fits.
    """
    case = case_of(policy=policy, law=law, debt=debt, budget=budget, today=today, by_person=True)
    if policy.currency != debt.balance.currency or (case.left is not None and case.left.minor < 0):
        return ()
    return _offers(request, case)


def _why_a_person(request: Request, case: Case) -> tuple[Reason, ...]:
    """Why no rule may answer this ask, whatever its amount; () when the rules may."""
    if request.shape is Shape.PERSON:
        return (Reason.of(Code.ASKED_PERSON),)
    if request.shape is Shape.FULL:
        return ()  # paying everything is nobody's to refuse
    if case.policy.currency != case.balance.currency:
        return (Reason.of(Code.CURRENCY),)
    if case.left is not None and case.left.minor < 0:
        return (Reason.of(Code.BELOW_ZERO), *_token(case))
    if _large(case):
        return (Reason.of(Code.AMOUNT_NEEDS_PERSON),)
    if case.left is None and _budget_needed(request, case):
        return (Reason.of(Code.BUDGET_NEEDED, n=case.policy.budget_over_months),)
    return ()


def _large(case: Case) -> bool:
    return case.policy.person_over_minor is not None and case.balance.minor > case.policy.person_over_minor


def _budget_needed(request: Request, case: Case) -> bool:
    if at_once(request) or request.instalment is None or request.shape is Shape.PERSON:
        return False
    months = case.policy.budget_over_months
    if months >= case.longest_months:
        return False  # no plan that the rules can agree to is long enough to need one
    try:
        count = len(amounts(request, case)[0])
    except NoTerms as nothing:
        if nothing.reason.code is not Code.SETTLEMENT_PAYMENTS:
            return nothing.reason.code in (Code.TERM, Code.BELOW_SMALLEST)  # too small for its term to be counted
        count = max(most for most, _ in case.policy.settlement_ladder)
    return count > request.frequency.most_in(months)


def _fits(request: Request, case: Case) -> bool:
    if obstacles(request, case):
        return False
    return case.by_person or case.left is not None or not _budget_needed(request, case)


def _token(case: Case) -> tuple[Reason, ...]:
    amount = case.policy.token_payment_minor
    if amount is None or case.policy.currency != case.balance.currency:
        return ()
    return (Reason.of(Code.TOKEN_POSSIBLE, amount=Money(amount, case.policy.currency)),)


def _about(terms: Terms) -> tuple[Reason, ...]:
    reasons = [Reason.of(Code.FITS)]
    if terms.discount.minor:
        reasons.append(Reason.of(Code.SHARE_OFF, amount=terms.discount))
    if terms.count > 1 and terms.instalments[-1].amount < terms.instalments[-2].amount:
        reasons.append(Reason.of(Code.LAST_SMALLER, amount=terms.instalments[-1].amount))
    moved = sum(one.moved for one in terms.instalments)
    if moved:
        reasons.append(Reason.of(Code.DAYS_MOVED, n=moved))
    return tuple(reasons)


def _possible_from(request: Request, offers: tuple[Offer, ...]) -> tuple[Reason, ...]:
    """What would make the ask possible, where a larger amount would."""
    alike = [
        one.request.instalment
        for one in offers
        if (one.request.shape, one.request.frequency) == (request.shape, request.frequency) and one.request.instalment
    ]
    if request.instalment is None or not alike or min(alike) <= request.instalment:
        return ()
    return (Reason.of(Code.POSSIBLE_FROM, amount=min(alike)),)


def _offers(request: Request, case: Case) -> tuple[Offer, ...]:
    """Up to three asks near this one that fit, with their terms, smallest instalment first."""
    base = _nearest_day(replace(request, first_payment=None), case)
    if at_once(request) and _fits(base, case):
        return _labelled([base], case)
    base = _nearest_rhythm(base, case)
    wanted = base.instalment
    lower = _sizes(replace(base, shape=Shape.REDUCED), wanted, case)
    if case.first_payment.minor:
        base = replace(base, first_payment=case.first_payment)
    even = _sizes(replace(base, shape=Shape.EVEN), wanted, case)
    near = even[:1]
    if request.shape is Shape.STEP_UP:
        near = _sizes(base, wanted, case)[:1] + near
    if request.shape is Shape.REDUCED:
        near = lower[:1] + near
    elif lower and even and _size(lower[0]) <= _size(even[0]).times(2):
        near += lower[:1]  # a reduced total belongs here only where its payments are of the size under discussion
    return _labelled((near + even[1:])[:MOST_OFFERS], case)


def _size(request: Request) -> Money:
    if request.instalment is None:
        raise ValueError("an ask of a size")
    return request.instalment


def _sizes(base: Request, wanted: Money | None, case: Case) -> list[Request]:
    """Asks of this shape that fit, the nearest to the wanted size first: then shorter terms, then longer ones."""
    cap = _cap(base, case)
    low = _smallest_that_fits(base, cap, case)
    if low is None:
        return []
    nearest = low if wanted is None else min(max(wanted.floor(), low), cap)
    count = len(amounts(replace(base, instalment=nearest), case)[0])
    sizes = [nearest]
    for times, parts in ((3, 4), (1, 2), (5, 4), (2, 1)):
        other = -(-count * times // parts)
        if other >= base.frequency.most_in(case.policy.shortest_months):
            sizes.append(min(max(_easy(case.balance.minor // other, low), low), cap))
    unique = sorted(set(sizes), key=lambda size: (abs(size.minor - nearest.minor), size.minor))
    asks = [replace(base, instalment=size) for size in unique]
    return [ask for ask in asks if _fits(ask, case)]


def _easy(minor: int, like: Money) -> Money:
    """An amount that is easy to remember: rounded up to two digits and to the step."""
    tens = 10 ** max(len(str(minor)) - 2, 0)
    return Money(-(-minor // tens) * tens, like.currency).ceil()


def _cap(base: Request, case: Case) -> Money:
    """The largest size worth asking: the balance, and never above the affordable share."""
    most = case.most_affordable(base)
    return case.balance.ceil() if most is None else min(case.balance.ceil(), most)


def _smallest_that_fits(base: Request, cap: Money, case: Case) -> Money | None:
    """The smallest instalment of this shape that fits, up to `cap`, by halving; None if not even `cap` does."""
    step = cap.step
    low, high = 1, cap.minor // step
    if high < 1 or not _fits(replace(base, instalment=cap), case):
        return None
    while low < high:
        middle = (low + high) // 2
        if _fits(replace(base, instalment=Money(middle * step, cap.currency)), case):
            high = middle
        else:
            low = middle + 1
    return Money(low * step, cap.currency)


def _nearest_rhythm(request: Request, case: Case) -> Request:
    """The ask at the nearest rhythm the policy has, with its amount converted."""
    allowed = case.policy.frequencies or (Frequency.MONTHLY,)
    if request.frequency in allowed:
        return request
    rhythm = min(allowed, key=lambda one: (abs(one.per_year - request.frequency.per_year), one.per_year))
    size = request.instalment
    if size is not None:
        size = per_payment(per_month(size, request.frequency), rhythm)
    return replace(request, frequency=rhythm, instalment=size)


def _nearest_day(request: Request, case: Case) -> Request:
    """The ask with the nearest first day that may be; its day of the month is kept where a month has room for it."""
    day = first_nominal(request)
    if case.earliest_on <= day <= case.latest_on:
        return request
    edge, onward = (case.earliest_on, 1) if day < case.earliest_on else (case.latest_on, -1)
    if request.frequency is Frequency.MONTHLY:
        anchor = 31 if request.last_day else request.anchor_day or request.first_on.day
        for months in (0, onward):
            day = edge + relativedelta(months=months, day=anchor)
            if case.earliest_on <= day <= case.latest_on:
                return replace(request, first_on=day, anchor_day=anchor, last_day=request.last_day)
    return replace(request, first_on=edge, last_day=False, anchor_day=None)


def _labelled(asks: list[Request], case: Case) -> tuple[Offer, ...]:
    """Offers of these asks without doubles, smallest instalment first, each with what is true of it."""
    by_payments: dict[tuple[Instalment, ...], Offer] = {}
    for ask in asks:
        terms = terms_of(ask, case)
        by_payments.setdefault(terms.instalments, Offer(ask, terms))
    offers = sorted(by_payments.values(), key=lambda one: (one.terms.instalment.minor, one.terms.total.minor))
    if len(offers) < 2:
        return tuple(offers)
    smallest = min(one.terms.instalment for one in offers)
    soonest = min(one.terms.last_on for one in offers)
    totals = sorted({one.terms.total for one in offers})
    labelled = []
    for one in offers:
        true = {
            Label.SMALLEST: one.terms.instalment == smallest,
            Label.SOONEST: one.terms.last_on == soonest,
            Label.LOWEST: len(totals) > 1 and one.terms.total == totals[0],
        }
        labelled.append(replace(one, labels=tuple(label for label, holds in true.items() if holds)))
    return tuple(labelled)
