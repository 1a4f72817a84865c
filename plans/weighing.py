"""Whether one ask can be agreed as it stands, and if not, what stands in the way. Pure; the strictest limit wins.

Raising only the instalment, up to what is affordable and to the balance, never adds an obstacle: every limit here is a
floor under the instalment or a ceiling over the number of payments. `plans.negotiation` relies on it to search.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from accounts.money import Money
from accounts.rules import Law
from plans.affordability import affordable
from plans.reasons import Code, Reason
from plans.schedule import TooManyInstalments, by_instalment, nominal_days, place, rising
from plans.terms import DebtFacts, Policy, Request, Shape, Terms

SMALL_MONTHS: Final = 6  # of "small first, more later": how long the payments stay small
LATER_TIMES: Final = 2  # and how many times as large the later ones are at most

FARTHEST: Final = timedelta(days=3650)  # no schedule is laid out from a day beyond this


class NoTerms(ValueError):
    """No schedule can be made of this ask at all; `reason` says why."""

    def __init__(self, reason: Reason):
        super().__init__(reason.code)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What one ask is weighed against.

    `left` is what the budget leaves a month, None without one. `by_person` lifts what only a person may agree to: long
    terms under the policy's longest, and plans that would need a budget first.
    """

    policy: Policy
    law: Law
    debt: DebtFacts
    today: date
    left: Money | None = None
    by_person: bool = False

    @property
    def balance(self) -> Money:
        return self.debt.balance

    def most_affordable(self, request: Request) -> Money | None:
        """The largest payment that may be asked at the ask's rhythm; None without a budget."""
        if self.left is None:
            return None
        return affordable(self.left, self.policy.ask_share_bp, request.frequency)

    @property
    def longest_months(self) -> int:
        """The longest term that can be agreed here: the strictest of policy, law and what only a person may give."""
        limits = [self.policy.longest_months, self.law.plan.max_months]
        if not self.by_person:
            limits.append(self.policy.person_over_months)
        return min(limit for limit in limits if limit is not None)

    @property
    def earliest_on(self) -> date:
        return self.today + timedelta(days=1)

    @property
    def latest_on(self) -> date:
        return self.today + timedelta(days=max(1, self.policy.latest_start_days))

    @property
    def smallest(self) -> Money:
        """The smallest payment of a plan; a balance below it is one payment."""
        if self.policy.currency != self.balance.currency:
            return self.balance
        return min(self.policy.smallest_instalment, self.balance)

    @property
    def first_payment(self) -> Money:
        """The first payment the policy wants, as a share of the balance; nothing where it wants none."""
        return min(
            Money(-(-self.balance.minor * self.policy.down_payment_bp // 10_000), self.balance.currency).ceil(),
            self.balance,
        )


def at_once(request: Request) -> bool:
    """Whether the ask is one single payment by its shape: then no monthly figures matter."""
    return request.shape is Shape.FULL or (request.shape is Shape.REDUCED and request.instalment is None)


def first_nominal(request: Request) -> date:
    """The first day the ask comes to, before it moves to a working day."""
    days = nominal_days(
        request.first_on, 1, request.frequency, last_day=request.last_day, anchor_day=request.anchor_day
    )
    return days[0]


def amounts(request: Request, case: Case) -> tuple[tuple[Money, ...], Money]:
    """The payments this ask comes to, and the discount. NoTerms when there is no way to make any."""
    balance = case.balance
    if request.shape is Shape.FULL:
        return (balance,), Money.zero(balance.currency)
    if request.shape is Shape.REDUCED:
        return _reduced(request, case)
    if request.shape is Shape.PERSON or request.instalment is None:
        raise NoTerms(Reason.of(Code.ASKED_PERSON))
    return _spread(request, case, balance), Money.zero(balance.currency)


def _spread(request: Request, case: Case, total: Money) -> tuple[Money, ...]:
    """`total` in payments of the asked size. A size of the total or above is one payment."""
    each = request.instalment
    if each is None or each >= total:
        return (total,)
    if each.floor().minor <= 0:
        raise NoTerms(Reason.of(Code.BELOW_SMALLEST, amount=case.smallest))
    first = request.first_payment
    if first is not None and first <= each:
        first = None
    try:
        if request.shape is not Shape.STEP_UP:
            return by_instalment(total, each, first=first)
        later, most = each.times(LATER_TIMES), case.most_affordable(request)
        if most is not None:
            later = max(each, min(later, most))
        return rising(total, each, later, small=request.frequency.most_in(SMALL_MONTHS), first=first)
    except TooManyInstalments:
        raise NoTerms(Reason.of(Code.TERM, n=case.policy.longest_months)) from None


def _reduced(request: Request, case: Case) -> tuple[tuple[Money, ...], Money]:
    """The best rung of the settlement ladder that the asked size can climb: fewest payments first."""
    ladder = sorted(case.policy.settlement_ladder)
    if not ladder:
        raise NoTerms(Reason.of(Code.NO_SETTLEMENT))
    for most, off_bp in ladder:
        discount = case.balance.share(off_bp)
        total = case.balance - discount
        if total.minor <= 0:
            continue
        if request.instalment is None:
            return (total,), discount
        try:
            payments = _spread(request, case, total)
        except NoTerms:
            continue
        if len(payments) <= most:
            return payments, discount
    raise NoTerms(Reason.of(Code.SETTLEMENT_PAYMENTS, n=ladder[-1][0]))


def obstacles(request: Request, case: Case) -> tuple[Reason, ...]:
    """Everything that keeps this ask from being agreed as it stands, first the day, then the amount, then the term."""
    found = list(_of_the_day(request, case))
    try:
        payments, _ = amounts(request, case)
    except NoTerms as nothing:
        return (*found, nothing.reason)
    if at_once(request):
        return tuple(found)
    found += _of_the_amount(request, case, payments)
    found += _of_the_term(request, case, payments)
    return tuple(found)


def _of_the_day(request: Request, case: Case) -> list[Reason]:
    found = []
    if not at_once(request) and request.frequency not in case.policy.frequencies:
        found.append(Reason.of(Code.FREQUENCY))
    first_on = first_nominal(request)
    if first_on < case.earliest_on:
        found.append(Reason.of(Code.FIRST_TOO_SOON, day=case.earliest_on))
    elif first_on > case.latest_on:
        found.append(Reason.of(Code.FIRST_TOO_LATE, day=case.latest_on))
    return found


def _of_the_amount(request: Request, case: Case, payments: tuple[Money, ...]) -> list[Reason]:
    found = []
    if len(payments) > 1 and request.instalment is not None and request.instalment.floor() < case.smallest:
        found.append(Reason.of(Code.BELOW_SMALLEST, amount=case.smallest))
    if request.shape is not Shape.REDUCED and payments[0] < case.first_payment:
        found.append(Reason.of(Code.FIRST_PAYMENT, amount=case.first_payment))
    most = case.most_affordable(request)
    if most is not None and max(payments).floor() > most:  # less than a step on top of the last is no burden
        found.append(Reason.of(Code.ABOVE_AFFORDABLE, amount=most))
    return found


def _of_the_term(request: Request, case: Case, payments: tuple[Money, ...]) -> list[Reason]:
    policy, law, count = case.policy, case.law.plan, len(payments)
    if law.max_months is not None and count > request.frequency.most_in(law.max_months):
        return [Reason.of(Code.TERM_BY_LAW, n=law.max_months)]
    if count > request.frequency.most_in(policy.longest_months):
        return [Reason.of(Code.TERM, n=policy.longest_months)]
    most = policy.person_over_months
    if not case.by_person and most is not None and count > request.frequency.most_in(most):
        return [Reason.of(Code.TERM_NEEDS_PERSON, n=most)]
    share = law.min_share_per_year_bp
    if share is not None and not _enough_each_year(payments, request.frequency.per_year, share):
        return [Reason.of(Code.YEARLY_SHARE_BY_LAW, percent=-(-share // 100))]
    return []


def _enough_each_year(payments: tuple[Money, ...], per_year: int, share_bp: int) -> bool:
    """Whether each full year before the last pays at least the share of the total."""
    total = sum(one.minor for one in payments)
    for start in range(0, len(payments) - per_year, per_year):
        if sum(one.minor for one in payments[start : start + per_year]) * 10_000 < total * share_bp:
            return False
    return True


def terms_of(request: Request, case: Case) -> Terms:
    """The plan this ask comes to, whether or not it can be agreed: for previews and for the desk. NoTerms if none."""
    payments, discount = amounts(request, case)
    if request.first_on > case.today + FARTHEST:
        raise NoTerms(Reason.of(Code.FIRST_TOO_LATE, day=case.latest_on))
    instalments = place(
        payments,
        first_on=request.first_on,
        frequency=request.frequency,
        region=case.law.region,
        last_day=request.last_day,
        anchor_day=request.anchor_day,
    )
    total = case.balance - discount
    return Terms(
        shape=request.shape, frequency=request.frequency, instalments=instalments, total=total, discount=discount
    )
