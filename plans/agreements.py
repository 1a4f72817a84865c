"""The one door for Plan.state: agree, complete, break, stop, replace.

    running → completed | broken | stopped | replaced

Agreeing is one transaction: the debtor and the debt are locked, everything is looked at again, the offer is taken by a
conditional update, and the plan, its instalments, the event and the message are written. Whoever loses a race gets a
Refusal that says why, and nothing was changed.
"""

import secrets
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import days, helper, history, ledger, limitation, once, outbox
from accounts.links import REFERENCE_SIGNS
from accounts.models import Debt, Debtor, Helper, LedgerEntry, User
from accounts.money import Money
from plans import messages, offers, receipts, situation
from plans.models import Instalment, Offer, Plan
from plans.progress import Progress
from plans.refusals import BalanceChanged, FirstDayPassed, MayBeTooOld, NotOpen, NotPossible, PlanEnded, PlanRunning
from plans.terms import Terms
from plans.weighing import Case, obstacles

REFERENCE_LENGTH = 8
BATCH = 500
SIGNED = {Offer.Proposer.RULES, Offer.Proposer.STAFF}


def accept(
    *,
    offer: Offer,
    version: int,
    balance_seen: Money,
    by: Debtor | Helper,
    key: uuid.UUID,
    language: str,
    now: datetime,
    today: date,
    replaces: Plan | None = None,
) -> Plan:
    """Make this offer the plan, exactly once: the same `key` again gives the first plan.

    `version` and `balance_seen` are what the person was shown; sign-off needs level 2, which the page asks for. Raises
    a Refusal (BalanceChanged, OfferExpired, OfferChanged, NotOpen, PlanRunning, FirstDayPassed, NotNow, NotPossible,
    MayBeTooOld), or once.KeyUsedOtherwise. `replaces` is a running plan of the same debt that ends as this one starts.
    """
    sent, whose = {"offer": offer.pk, "version": version, "balance": balance_seen.minor}, offer.debt.debtor
    try:
        with transaction.atomic():
            debt = situation.locked(offer.debt)
            if first := once.earlier_result(key=key, debtor=whose, act="plan.agree", request=sent):
                return Plan.objects.get(pk=first)
            plan = _agree(debt, offer, version, balance_seen, by, language, now, today, replaces)
            once.keep_result(key=key, debtor=whose, act="plan.agree", request=sent, result=str(plan.pk), now=now)
            return plan
    except IntegrityError:
        # The locks leave no way here; if one is ever missed, the unique rows still decide, and the loser hears why.
        if first := once.earlier_result(key=key, debtor=whose, act="plan.agree", request=sent):
            return Plan.objects.get(pk=first)
        running = Plan.objects.filter(debt=offer.debt_id, state=Plan.State.RUNNING).first()
        raise (PlanRunning(running) if running else NotOpen()) from None


def _agree(debt: Debt, offer: Offer, version: int, balance_seen: Money, by, language, now, today, replaces) -> Plan:
    offer = (
        Offer.objects.select_for_update(of=("self",))
        .select_related("policy")
        .get(pk=offer.pk, debt=debt, debt__debtor=by.debtor_id if isinstance(by, Helper) else by)
    )
    terms = _look_again(debt, offer, version, balance_seen, by, now, today, replaces)
    taken = Offer.objects.filter(
        pk=offer.pk, state=Offer.State.PROPOSED, version=version, expires_at__gt=now, proposer__in=SIGNED
    ).update(state=Offer.State.ACCEPTED, decided_at=now, version=F("version") + 1)
    if not taken:
        raise offers.why_not_open(offer.pk, version=version, now=now)
    if replaces is not None:
        _end(replaces, Plan.State.REPLACED, by=by, act="plan.replaced", now=now)
    plan = _write(debt, offer, terms, by, language, now, today)
    offers.close_others(debt, but=offer, now=now)
    outbox.cancel_for(debtor=debt.debtor, reason="plan agreed", now=now, reminders_only=True)
    data = {"offer": str(offer.pk), "terms": terms.sha256, "policy": offer.policy.number, "balance": debt.balance_minor}
    history.record(by=by, act="plan.agreed", on=plan, debtor=debt.debtor, now=now, data=data)
    messages.plan_agreed(plan, now=now)
    helper.tell(by=by, act="plan.agreed", on=plan, debtor=debt.debtor, now=now)
    return plan


def _look_again(debt: Debt, offer: Offer, version, balance_seen: Money, by, now, today, replaces) -> Terms:
    """Everything that may have changed since the page was shown, judged under the locks. The terms to freeze."""
    if offer.state != Offer.State.PROPOSED or offer.version != version or offer.proposer not in SIGNED:
        raise offers.why_not_open(offer.pk, version=version, now=now)
    refusal = situation.why_no_plan(debt, now)
    if isinstance(refusal, PlanRunning) and replaces is not None and refusal.plan.pk == replaces.pk:
        refusal = None
    if refusal:
        raise refusal
    if limitation.must_warn(debt, by=by, today=today):
        raise MayBeTooOld
    if not debt.payable.minor == offer.balance_minor == balance_seen.minor:
        before = balance_seen if balance_seen != debt.payable else Money(offer.balance_minor, debt.currency)
        raise BalanceChanged(before, debt.payable)
    terms = Terms.from_json(offer.terms)
    if terms.first_on < today:
        raise FirstDayPassed(terms.first_on)
    _law_allows(debt, offer, today, now)
    if terms.sha256 != offer.terms_hash or terms.total + terms.discount != debt.payable:
        raise RuntimeError("the terms of an offer are not those it was made with")
    return terms


def _law_allows(debt: Debt, offer: Offer, today: date, now: datetime) -> None:
    """The law may have changed while the offer was open; the policy it was made under still holds."""
    policy, law, facts = situation.facts_of(debt, policy=offer.policy, today=today, now=now)
    request = situation.request_of(offer.ask, debt.currency)
    left = None if offer.left_minor is None else Money(offer.left_minor, debt.currency)
    case = Case(policy=policy, law=law, debt=facts, today=today, left=left, by_person=True)
    against = tuple(reason for reason in obstacles(request, case) if reason.code in offers.LAW)
    if against:
        raise NotPossible(against)


def _write(debt: Debt, offer: Offer, terms: Terms, by, language: str, now: datetime, today: date) -> Plan:
    plan = Plan.objects.create(
        debt=debt,
        offer=offer,
        policy=offer.policy,
        reference=_new_reference(),
        terms=offer.terms,
        terms_hash=offer.terms_hash,
        language=language,
        balance_minor=debt.payable.minor,
        total_minor=terms.total.minor,
        discount_minor=terms.discount.minor,
        agreed_by_helper=by if isinstance(by, Helper) else None,
        agreed_on=today,
        agreed_at=now,
    )
    Instalment.objects.bulk_create(
        Instalment(
            plan=plan, number=one.number, due_on=one.due_on, nominal_on=one.nominal_on, amount_minor=one.amount.minor
        )
        for one in terms.instalments
    )
    return plan


def _new_reference() -> str:
    """Eight signs of 32 that are not mistaken for each other; the column is unique."""
    return "".join(secrets.choice(REFERENCE_SIGNS) for _ in range(REFERENCE_LENGTH))


# --- How a plan ends ------------------------------------------------------------------------------------------------


def stop(*, plan: Plan, by: Debtor | Helper | User, now: datetime, reason: str = "") -> None:
    """End a plan at the person's wish. Twice does no harm; PlanEnded when it ended otherwise."""
    with transaction.atomic():
        situation.locked(plan.debt)
        if _end(plan, Plan.State.STOPPED, by=by, act="plan.stopped", now=now, reason=reason):
            helper.tell(by=by, act="plan.stopped", on=plan, debtor=plan.debt.debtor, now=now)


def complete(*, plan: Plan, now: datetime) -> None:
    """End a plan that was paid in full: what was agreed to be let go is written off in the same transaction.

    Whether it was paid is the caller's to know (`keep_up`, or staff). Twice does no harm.
    """
    with transaction.atomic():
        debt = situation.locked(plan.debt)
        let_go = min(plan.discount_minor, max(debt.balance_minor, 0))
        if not _end(plan, Plan.State.COMPLETED, by="system", act="plan.completed", now=now):
            return
        if let_go:
            ledger.post(
                debt=debt,
                entry_ref=let_go_ref(plan),
                kind=LedgerEntry.Kind.WRITE_OFF,
                amount=Money(-let_go, debt.currency),
                effective_on=days.today_in(debt.creditor.time_zone, now),
                by="system",
                now=now,
            )
        if debt.balance_minor <= 0:
            messages.plan_cleared(plan, now=now)


def let_go_ref(plan: Plan) -> str:
    """The reference of the ledger entry by which a kept plan lets go what was agreed to be let go."""
    return f"plan {plan.reference}"


def break_(*, plan: Plan, now: datetime, missed: int) -> None:
    """End a plan that was not kept. What was paid stays paid. Twice does no harm."""
    with transaction.atomic():
        situation.locked(plan.debt)
        _end(plan, Plan.State.BROKEN, by="system", act="plan.broken", now=now, reason=f"missed: {missed}")


@dataclass(frozen=True)
class KeptUp:
    """What `keep_up` did, as counts."""

    expired: int = 0
    completed: int = 0
    broken: int = 0


def keep_up(*, now: datetime) -> KeptUp:
    """The tick: expire offers, complete plans that were paid, break those with the policy's count of missed payments.

    Nothing breaks while a hold stops payments. Each plan is looked at again under its lock; running it twice, or two at
    once, does no harm.
    """
    expired = offers.expire(now=now)
    ended = Counter(_keep_up_one(plan, now) for batch in _running() for plan in _ripe(batch, now))
    return KeptUp(expired, ended[Plan.State.COMPLETED], ended[Plan.State.BROKEN])


def _running() -> Iterator[list[Plan]]:
    """Running plans in batches, by id, so that memory stays flat."""
    plans = Plan.objects.filter(state=Plan.State.RUNNING).select_related("debt__creditor", "debt__debtor", "policy")
    last = uuid.UUID(int=0)
    while batch := list(plans.filter(pk__gt=last).order_by("pk").prefetch_related("instalments")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _ripe(batch: list[Plan], now: datetime) -> list[Plan]:
    """Those of a batch that seem to end now. Three queries."""
    standing = receipts.of_all(batch, now=now)
    return [plan for plan in batch if _outcome(plan, standing[plan.pk], now)]


def _outcome(plan: Plan, standing: Progress, now: datetime) -> str:
    """How this plan ends now, or "" when it goes on."""
    if plan.debt.disputed_minor and plan.debt.balance_minor > 0:
        finished = False  # what is being checked may come back into the plan
    else:
        finished = standing.finished or plan.debt.balance_minor <= 0
    if finished:
        return Plan.State.COMPLETED
    if standing.missed >= max(1, plan.policy.breaks_after_missed):
        return "" if receipts.held_now(receipts.holds([plan])[plan.pk], now) else Plan.State.BROKEN
    return ""


def _keep_up_one(plan: Plan, now: datetime) -> str:
    with transaction.atomic():
        plan.debt = situation.locked(plan.debt)
        if not Plan.objects.filter(pk=plan.pk, state=Plan.State.RUNNING).exists():
            return ""
        standing = receipts.of(plan, now=now)
        outcome = _outcome(plan, standing, now)
        if outcome == Plan.State.COMPLETED:
            complete(plan=plan, now=now)
        elif outcome:
            break_(plan=plan, now=now, missed=standing.missed)
        return outcome


def _end(plan: Plan, state: str, *, by, act: str, now: datetime, reason: str = "") -> bool:
    """Leave `running` for a final state; False when the plan is in that state already."""
    running = Plan.objects.filter(pk=plan.pk, state=Plan.State.RUNNING)
    if running.update(state=state, ended_at=now, ended_reason=reason[:200]):
        history.record(by=by, act=act, on=plan, debtor=plan.debt.debtor, now=now, data={"reference": plan.reference})
        return True
    if Plan.objects.get(pk=plan.pk).state != state:
        raise PlanEnded
    return False
