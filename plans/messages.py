"""What a person hears about their plan, queued in the act's transaction.

Only a contact that was confirmed by a code hears of plans: any other may have a new owner. Without one nothing is sent,
and the pages say it all.
"""

from datetime import datetime

from accounts import links, outbox
from accounts.days import today_in
from accounts.models import Link, Message
from plans.models import Offer, Plan


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
    _link, token = links.make(
        debtor=debt.debtor,
        creditor=debt.creditor,
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
        context={"link": links.url_of(token), "until_on": today_in(debt.creditor.time_zone, offer.expires_at)},
        now=now,
    )
