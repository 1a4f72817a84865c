"""Write, count, approve, follow and stop a campaign: one act each, with its event in the creditor's stream."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, QuerySet

from accounts import history, outbox
from accounts.locking import lock
from accounts.models import Creditor, Message, User
from portal.contact.campaigns.choosing import Filters
from portal.contact.models import Campaign, Recipient

ALONE_UP_TO: Final = 500  # people; above it somebody else than its writer approves
COUNT_HOLDS: Final = timedelta(hours=24)  # what was counted earlier is no ground for an approval
FOLLOWS_AFTER: Final = timedelta(days=3)  # no sooner is somebody who looked and left written to again
STOPPED: Final = "campaign stopped"
State = Campaign.State


class NotAlone(Exception):
    """So many people are approved by somebody else than who wrote the campaign."""


class NotCounted(Exception):
    """Nobody has looked at what would become of the people, or too long ago; or there is nobody to write to."""


class NotOpen(Exception):
    """The campaign has left the state in which this can be done."""


class TooSoon(Exception):
    """A follow-up waits until people have had their time."""


@transaction.atomic
def write(
    *,
    name: str,
    creditor: Creditor,
    filters: Filters,
    wording: str,
    channels: list[str],
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    now: datetime,
    follows: Campaign | None = None,
) -> Campaign:
    """A draft. Nothing goes out before it is counted and approved. ValueError for hours that have passed."""
    if not starts_at < ends_at or ends_at <= now:
        raise ValueError("A campaign ends after it starts, and not in the past.")
    campaign = Campaign.objects.create(
        name=name,
        creditor=creditor,
        filters=filters.as_json(),
        wording=wording,
        channels=channels,
        starts_at=starts_at,
        ends_at=ends_at,
        follows=follows,
        made_by=by,
        made_at=now,
    )
    _record(campaign, "campaign.written", by, now, wording=wording, channels=channels)
    return campaign


@transaction.atomic
def follow(
    *, campaign: Campaign, name: str, wording: str, starts_at: datetime, ends_at: datetime, by: User, now: datetime
) -> Campaign:
    """A draft to those who came by this campaign's message, looked and left. Once: the second time gives the first.

    TooSoon within three days of its last message, and while one waits for its hour; NotOpen for a draft, a stopped one,
    or a follow-up.
    """
    lock(Campaign, campaign.pk)
    campaign.refresh_from_db()
    if (made := Campaign.objects.filter(follows=campaign).first()) is not None:
        return made
    if campaign.state != State.DONE or campaign.follows_id is not None:
        raise NotOpen
    last_at = campaign.recipients.aggregate(at=Max("message__sent_at"))["at"]
    if last_at is None:
        raise NotOpen
    in_hand = campaign.recipients.filter(message__state__in=[Message.State.QUEUED, Message.State.SENDING])
    if in_hand.exists() or starts_at < last_at + FOLLOWS_AFTER:
        raise TooSoon
    return write(
        name=name,
        creditor=campaign.creditor,
        filters=Filters(**campaign.filters),
        wording=wording,
        channels=campaign.channels,
        starts_at=starts_at,
        ends_at=ends_at,
        by=by,
        now=now,
        follows=campaign,
    )


@transaction.atomic
def approve(*, campaign: Campaign, by: User, now: datetime) -> Campaign:
    """Let it run from its first hour on. Twice does no harm.

    Raises NotOpen, NotCounted, and NotAlone above `ALONE_UP_TO` people.
    """
    lock(Campaign, campaign.pk)
    campaign.refresh_from_db()
    if campaign.state in {State.APPROVED, State.RUNNING}:
        return campaign
    if campaign.state != State.DRAFT or campaign.ends_at <= now:
        raise NotOpen
    if campaign.counted_at is None or campaign.counted_at < now - COUNT_HOLDS or not campaign.people:
        raise NotCounted
    if campaign.people > ALONE_UP_TO and by.pk == campaign.made_by_id:
        raise NotAlone
    # Whom a rule kept back when they were counted is asked about once more when it runs.
    held_back = campaign.recipients.filter(state=Recipient.State.HELD_BACK)
    held_back.update(state=Recipient.State.CHOSEN, again_at=campaign.starts_at)
    campaign.state, campaign.approved_by, campaign.approved_at = State.APPROVED, by, now
    campaign.save(update_fields=["state", "approved_by", "approved_at"])
    _record(campaign, "campaign.approved", by, now, people=campaign.people)
    return campaign


@transaction.atomic
def stop(*, campaign: Campaign, by: User, now: datetime) -> int:
    """End it at once; returns how many messages that waited are cancelled. Their ways in end with them.

    What a worker has in its hands is looked at again before it is sent, and then not sent. Twice does no harm;
    NotOpen for one that is done. It waits for a step of the planner at most, which is well under a second.
    """
    lock(Campaign, campaign.pk)
    campaign.refresh_from_db()
    if campaign.state == State.STOPPED:
        return 0
    if campaign.state == State.DONE and not _waiting(campaign).exists():
        raise NotOpen
    campaign.state, campaign.stopped_at = State.STOPPED, now
    campaign.save(update_fields=["state", "stopped_at"])
    cancelled = outbox.cancel(_waiting(campaign), reason=STOPPED, now=now)
    _record(campaign, "campaign.stopped", by, now, cancelled=cancelled)
    return cancelled


def _waiting(campaign: Campaign) -> QuerySet[Message]:
    of_campaign = Recipient.objects.filter(campaign=campaign, message__isnull=False).values("message")
    return Message.objects.filter(pk__in=of_campaign, state=Message.State.QUEUED)


def _record(campaign: Campaign, act: str, by: User, now: datetime, **data: Any) -> None:
    history.record(by=by, act=act, on=campaign, creditor=campaign.creditor, now=now, data=data)
