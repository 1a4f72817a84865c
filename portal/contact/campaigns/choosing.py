"""Whom a campaign is for: the people who have a debt at the creditor that all of its filters fit."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import outbox
from accounts.days import today_in
from accounts.models import Creditor, Debt, Debtor, Message
from plans.models import Plan
from portal.contact import reach
from portal.contact.models import Campaign, Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is left out is no filter. Days are whole days overdue, balances minor units of `currency`, ends included."""

    overdue_from: int | None = None
    overdue_to: int | None = None
    currency: str = ""
    balance_from: int | None = None
    balance_to: int | None = None
    product: str = ""
    plan: str = ""  # "running" or "none"
    quiet_days: int | None = None  # nothing was said to the person for so many days

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


def chosen(campaign: Campaign, now: datetime) -> QuerySet[Debtor]:
    """The people, in a fixed order. A campaign that follows another one chooses among its people only."""
    if campaign.follows is not None:
        looked_and_left = left_again(campaign.follows).values("debtor")
        return Debtor.objects.filter(pk__in=looked_and_left).order_by("pk")
    fit = fitting(Filters(**campaign.filters), campaign.creditor, now)
    return Debtor.objects.filter(pk__in=fit.values("debtor")).order_by("pk")


def fitting(filters: Filters, creditor: Creditor, now: datetime) -> QuerySet[Debt]:
    """The creditor's open debts with something left to pay that the filters fit."""
    debts = Debt.objects.filter(creditor=creditor, state=Debt.State.OPEN, balance_minor__gt=0)
    today = today_in(creditor.time_zone, now)
    wanted = Q()
    if filters.overdue_from is not None:
        wanted &= Q(overdue_since__lte=today - timedelta(days=filters.overdue_from))
    if filters.overdue_to is not None:
        wanted &= Q(overdue_since__gte=today - timedelta(days=filters.overdue_to))
    if filters.currency:
        wanted &= Q(currency=filters.currency)
    if filters.balance_from is not None:
        wanted &= Q(balance_minor__gte=filters.balance_from)
    if filters.balance_to is not None:
        wanted &= Q(balance_minor__lte=filters.balance_to)
    if filters.product:
        wanted &= Q(product=filters.product)
    if filters.plan:
        running = Exists(Plan.objects.filter(debt=OuterRef("pk"), state=Plan.State.RUNNING))
        wanted &= Q(running) if filters.plan == "running" else ~Q(running)
    if filters.quiet_days is not None:
        since = now - timedelta(days=filters.quiet_days)
        said = Message.objects.filter(debtor=OuterRef("debtor"), purpose__in=outbox.ASKING, sent_at__gt=since)
        wanted &= ~Q(Exists(said))
    return debts.filter(wanted)


def left_again(campaign: Campaign) -> QuerySet[Recipient]:
    """Those who came by this campaign's message, looked, and have done nothing since."""
    since = reach.acts().filter(debtor=OuterRef("debtor"), at__gt=OuterRef("message__sent_at"))
    day = reach.LocalDay(OuterRef("message__sent_at"), OuterRef("debtor__time_zone"))
    paid = reach.paid_since(OuterRef("message__sent_at"), day)
    came = Recipient.objects.filter(campaign=campaign, message__link__opened_at__isnull=False)
    return came.filter(~Exists(since), ~Exists(paid), message__sent_at__isnull=False)
