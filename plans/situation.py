"""Where a debt stands when a plan is talked about: what an ask is weighed against, what rules a plan out, the locks."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery, UUIDField

from accounts import knocks, rules
from accounts.locking import lock
from accounts.models import Debt, Debtor, Hold
from accounts.money import Money
from accounts.prepared import Prepared
from plans import policies
from plans.models import Offer, Plan, PolicyVersion
from plans.refusals import NothingToPay, NotNow, PlanRunning
from plans.schedule import Frequency
from plans.terms import DebtFacts, Policy, Request, Shape

ROUNDS_WITHIN = timedelta(days=30)
# Where they are on all of a debt: a check of a part leaves a plan for the rest. A check that was asked for at the door
# keeps nobody from a plan who has come in: it may be a stranger's, and the person could not take it back.
NO_PLAN_DURING = {Hold.Kind.DECEASED, Hold.Kind.COURT, Hold.Kind.BREATHING_SPACE, Hold.Kind.DISPUTE}
_AT_THE_DOOR = Q(kind=Hold.Kind.DISPUTE, reason=knocks.AT_THE_DOOR)


def request_data(request: Request) -> dict:
    """The ask as plain data for the column `Offer.ask` and for drafts."""
    return {
        "shape": request.shape.value,
        "first_on": request.first_on.isoformat(),
        "frequency": request.frequency.value,
        "instalment": request.instalment.minor if request.instalment else None,
        "first_payment": request.first_payment.minor if request.first_payment else None,
        "last_day": request.last_day,
        "anchor_day": request.anchor_day,
    }


def request_of(data: dict, currency: str) -> Request:
    """The ask that `request_data` wrote; KeyError or ValueError for anything else."""

    def amount(name: str) -> Money | None:
        return Money(data[name], currency) if data.get(name) is not None else None

    return Request(
        shape=Shape(data["shape"]),
        first_on=date.fromisoformat(data["first_on"]),
        frequency=Frequency(data["frequency"]),
        instalment=amount("instalment"),
        first_payment=amount("first_payment"),
        last_day=bool(data.get("last_day")),
        anchor_day=data.get("anchor_day"),
    )


def facts_of(debt: Debt, *, policy: PolicyVersion, today: date, now: datetime) -> tuple[Policy, rules.Law, DebtFacts]:
    """What an ask about this debt is weighed against: policy, law and the debt's facts. One query."""
    rounds = Offer.objects.filter(
        debt=debt,
        proposer=Offer.Proposer.DEBTOR,
        state=Offer.State.COUNTERED,
        needs_person=False,
        created_at__gt=now - ROUNDS_WITHIN,
    ).count()
    law = rules.law_for(debt.creditor.region, today)
    return policies.terms_of(policy), law, DebtFacts(balance=debt.payable, rounds_used=rounds)


def why_no_plan(debt: Debt, now: datetime) -> NotNow | NothingToPay | PlanRunning | None:
    """What stands in the way of any plan for this debt; None when nothing does. Up to two queries."""
    on_it = Hold.objects.open(now).filter(Q(debt=None) | Q(debt=debt), debtor=debt.debtor_id)
    if refusal := ruled_out(debt, _no_plan_during(on_it).first()):
        return refusal
    running = Plan.objects.filter(debt=debt, state=Plan.State.RUNNING).first()
    return PlanRunning(running) if running is not None else None


def ruled_out(debt: Debt, during: str | None) -> NotNow | NothingToPay | None:
    """What rules out any plan, the kind of a hold that does so given.

    What is being checked is not agreed to meanwhile: whoever signs a plan says that the amount is theirs, and the plan
    would stand on an amount that may be wrong. Parts that are checked may come to all of a debt.
    """
    if debt.state != Debt.State.OPEN:
        return NotNow(debt.state)
    if during:
        return NotNow(during)
    if debt.payable.minor > 0:
        return None
    return NotNow(Hold.Kind.DISPUTE) if debt.balance_minor > 0 else NothingToPay()


def no_plan_during(on_it: Iterable[Hold]) -> str | None:
    """The same as `_no_plan_during`, of holds in force that are at hand."""
    ruling = (hold for hold in on_it if hold.kind in NO_PLAN_DURING and hold.disputed_minor is None)
    return min((hold.kind for hold in ruling if hold.reason != knocks.AT_THE_DOOR), default=None)


def _no_plan_during(on_it: QuerySet[Hold]) -> QuerySet:
    """The kinds of those of the holds on a debt that rule a plan out, by name: a check, which ends first, is last."""
    ruling = on_it.filter(kind__in=NO_PLAN_DURING, disputed_minor=None).exclude(_AT_THE_DOOR)
    return ruling.order_by("kind").values_list("kind", flat=True)


def locked(debt: Debt) -> Debt:
    """The debt as it is now, locked with its debtor until the transaction ends. Take no other lock before."""
    lock(Debtor, debt.debtor_id)
    return (
        Debt.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor", "debtor").get(pk=debt.pk)
    )


def seen_by(debtor: Debtor, now: datetime) -> QuerySet[Debt]:
    """A person's debts with what a page must know before it talks of a plan, in one query.

    Beside the creditor: `running_id` (the running plan), `no_plan_during` (a hold that rules plans out), `paused`
    (which lets a person go on) and `reply_by_on` (an ask is with staff).
    """
    on_it = Q(debt=OuterRef("pk")) | Q(debt=None)
    held = Hold.objects.open(now).filter(on_it, debtor=debtor)
    waiting = Offer.objects.filter(
        debt=OuterRef("pk"), state=Offer.State.PROPOSED, proposer=Offer.Proposer.DEBTOR, needs_person=True
    )
    running = Plan.objects.filter(debt=OuterRef("pk"), state=Plan.State.RUNNING)
    return (
        Debt.objects.filter(debtor=debtor)
        .select_related("creditor")
        .annotate(
            running_id=Subquery(running.values("pk")[:1]),
            no_plan_during=Subquery(_no_plan_during(held)[:1]),
            paused=Exists(held.filter(kind=Hold.Kind.PAUSE)),
            reply_by_on=Subquery(waiting.values("reply_by_on")[:1]),
        )
        .order_by("created_at", "id")
    )


_ONE = Prepared(
    lambda debtor, debt, now: seen_by(debtor, now).filter(pk=debt),
    debtor=UUIDField(),
    debt=UUIDField(),
    now=DateTimeField(),
)


def one_seen_by(debtor: Debtor, debt_id: uuid.UUID, now: datetime) -> Debt | None:
    """The same for one debt; None for anybody else's. Every step of making a plan asks, so it is prepared."""
    return next(iter(_ONE(debtor=debtor.pk, debt=debt_id, now=now)), None)
