"""Queues the messages of running campaigns, a few each second, so that they spread over the hours that are open.

The worker calls `plan_some`. Each step holds the campaign's lock, so two workers that plan at once queue each message
once; its key says the same. What may be said later is looked at again then; at the campaign's end the rest is held
back.
"""

import logging
import math
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from accounts.locking import lock
from portal.contact import reminders, standing
from portal.contact.campaigns.counting import OVER
from portal.contact.case import Reason
from portal.contact.decide import Defer, Never
from portal.contact.models import Campaign, Recipient

log = logging.getLogger(__name__)

NOT_MADE: Final = "NOT_MADE"
AT_ONCE: Final = 50  # people in one transaction, so that pages never wait long for SQLite's write lock
SHARE_A_MINUTE: Final = 0.10  # of its people at most: a backlog that opens with the hours is let go smoothly
FEW_A_MINUTE: Final = 30  # below which sharing out makes no sense
State = Campaign.State


def plan_some(now: datetime, *, stop: Callable[[], bool] = lambda: False) -> int:
    """One step of each campaign that runs at `now`; returns how many people were dealt with."""
    open_ones = Campaign.objects.filter(state__in=[State.APPROVED, State.RUNNING], starts_at__lte=now)
    dealt_with = 0
    for pk in open_ones.order_by("starts_at").values_list("pk", flat=True):
        if stop():
            break
        dealt_with += _step(pk, now)
    return dealt_with


@transaction.atomic
def _step(pk: uuid.UUID, now: datetime) -> int:
    lock(Campaign, pk)
    campaign = Campaign.objects.select_related("creditor").get(pk=pk)
    if campaign.state not in {State.APPROVED, State.RUNNING}:
        return 0
    waiting = Recipient.objects.filter(campaign=campaign, state=Recipient.State.CHOSEN)
    if campaign.ends_at <= now:
        _leave(waiting, now)
        return _move(campaign, State.DONE)
    due = waiting.filter(again_at__lte=now).select_related("debtor").order_by("again_at", "pk")
    some = list(due[: min(AT_ONCE, _room(campaign, now))])
    people = standing.gather([one.debtor for one in some], now)
    for one in some:
        try:
            with transaction.atomic():
                _plan(campaign, one, people[one.debtor_id], now)
        except (OperationalError, InterfaceError):
            raise  # the worker waits for the database
        except Exception as problem:  # noqa: BLE001  one person's message that cannot be made must not hold up all others
            log.warning("campaign %s: recipient %s: %s", campaign.pk, one.pk, type(problem).__name__)
            _keep(one, Recipient.State.HELD_BACK, at=now, reasons=[[NOT_MADE, ""]])
    _move(campaign, State.RUNNING if waiting.exists() else State.DONE)
    return len(some)


def _leave(waiting: QuerySet[Recipient], now: datetime) -> None:
    """Whoever has not been reached is left alone; what kept them waiting stays beside it."""
    for why in list(waiting.order_by().values_list("reasons", flat=True).distinct()):
        held = {"state": Recipient.State.HELD_BACK, "again_at": None, "at": now}
        waiting.filter(reasons=why).update(**held, reasons=[*why, [OVER, ""]])


def _move(campaign: Campaign, state: str) -> int:
    """Only from where it stood: a stop that came in between stays."""
    return Campaign.objects.filter(pk=campaign.pk, state=campaign.state).update(state=state)


def _room(campaign: Campaign, now: datetime) -> int:
    """How many more may be dealt with in this minute."""
    in_a_minute = max(FEW_A_MINUTE, math.ceil(campaign.people * SHARE_A_MINUTE))
    lately = Recipient.objects.filter(campaign=campaign, at__gt=now - timedelta(minutes=1)).count()
    return max(in_a_minute - lately, 0)


def _plan(campaign: Campaign, one: Recipient, person: standing.Standing, now: datetime) -> None:
    found: list[Reason] = []
    later: datetime | None = None
    for channel in _channels(campaign, one):
        contact = person.contact(channel)
        if contact is None:
            found.append(Reason("NO_ADDRESS"))
            continue
        answer = reminders.remind(
            standing=person,
            creditor=campaign.creditor,
            wording=campaign.wording,
            contact=contact,
            key=f"campaign:{campaign.pk}:{one.debtor_id}",
            by="system",
            now=now,
        )
        match answer:
            case Defer(until=until):
                later = min(later or until, until)
                found += answer.reasons
            case Never():
                found += answer.reasons
            case message:
                _keep(one, Recipient.State.QUEUED, message=message, at=now)
                return
    why = [[reason.code, reason.rule_set] for reason in dict.fromkeys(found)]
    if later is not None and later < campaign.ends_at:
        _keep(one, Recipient.State.CHOSEN, again_at=later, reasons=why)
    else:
        _keep(one, Recipient.State.HELD_BACK, at=now, reasons=why + ([[OVER, ""]] if later else []))


def _channels(campaign: Campaign, one: Recipient) -> list[str]:
    """The channel that was counted with, then the others."""
    return sorted(campaign.channels, key=lambda channel: channel != one.channel)


def _keep(one: Recipient, state: str, **fields: object) -> None:
    Recipient.objects.filter(pk=one.pk, state=Recipient.State.CHOSEN).update(state=state, **fields)
