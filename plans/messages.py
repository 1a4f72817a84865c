"""What a person hears about their plan, queued in the act's transaction.

Only a contact that was confirmed by a code hears of plans: any other may have a new owner. Without one nothing is sent,
and the pages say it all.
"""

from datetime import datetime

from accounts import links, outbox
from accounts.days import today_in
from accounts.letterhead import kind_for, laws_for, shape_for
from accounts.models import Link, Message
from plans.models import Offer, Plan
from plans.progress import Due


def plan_agreed(plan: Plan, *, now: datetime) -> Message | None:
    """That the plan is agreed. No link: the person is here."""
    debtor = plan.debt.debtor
    contact = outbox.answerable(debtor)
    if contact is None:
        return None
    return outbox.queue(
        key=f"plan_agreed:{plan.pk}",
        debtor=debtor,
        contact=contact,
        purpose=Message.Purpose.SERVICE,
        template="plan_agreed",
        language=plan.language,
        now=now,
    )


def suggestion_made(offer: Offer, *, now: datetime) -> Message | None:
    """That staff answered, with a way in that lives as long as the suggestion."""
    debt = offer.debt
    contact = outbox.answerable(debt.debtor)
    if contact is None:
        return None
    kind = kind_for(shape_for(laws_for(debt.debtor, debt.creditor), contact.channel))
    link, secret = links.make(
        debtor=debt.debtor,
        creditor=debt.creditor,
        kind=kind,
        channel=Link.Channel(contact.channel),
        contact=contact,
        expires_at=offer.expires_at,
        by="system",
        now=now,
    )
    return outbox.queue(
        key=f"plan_reply:{offer.pk}",
        debtor=debt.debtor,
        contact=contact,
        purpose=Message.Purpose.SERVICE,
        template="plan_reply",
        creditor=debt.creditor,
        debt=debt,
        link=link,
        context=links.way_in(secret, kind) | {"until_on": today_in(debt.creditor.time_zone, offer.expires_at)},
        now=now,
    )


def plan_cleared(plan: Plan, *, now: datetime) -> Message | None:
    """That nothing is left to pay (D3): an answer to the last payment. No way in, so no rule set stands against it."""
    debtor = plan.debt.debtor
    contact = outbox.answerable(debtor)
    if contact is None:
        return None
    return outbox.queue(
        key=f"cleared:{plan.pk}",
        debtor=debtor,
        contact=contact,
        purpose=Message.Purpose.SERVICE,
        template="cleared",
        creditor=plan.debt.creditor,
        debt=plan.debt,
        now=now,
    )


def instalment_key(what: str, plan: Plan, line: Due) -> str:
    """The outbox's key of a reminder of one payment: once for the plan, the payment, the day it is due and the kind."""
    return f"{what}:{plan.pk}:{line.number}:{line.due_on:%Y%m%d}"


def drop_reminders(plan: Plan, *, number: int, now: datetime) -> int:
    """Cancel what waits to be said of a payment that is due on another day now. How many."""
    waiting = Message.objects.filter(debtor=plan.debt.debtor, state=Message.State.QUEUED, debt=plan.debt)
    about = waiting.filter(purpose=Message.Purpose.INSTALMENT, key__contains=f":{plan.pk}:{number}:")
    only = list(about.values_list("pk", flat=True))
    return outbox.cancel_for(debtor=plan.debt.debtor, only=only, reason="date moved", now=now) if only else 0
