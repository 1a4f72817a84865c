"""The dry run: what would become of each person now, counted. Nothing is queued, and no way in is made."""

import itertools
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.among import Among
from accounts.locking import lock
from accounts.models import Debtor
from portal.contact import learning, reminders, standing
from portal.contact.campaigns import choosing
from portal.contact.case import Reason
from portal.contact.decide import Defer, Never, Send
from portal.contact.hours import local
from portal.contact.learning import Arm, Learned
from portal.contact.models import Campaign, Recipient

BATCH: Final = 2_000  # people whose facts are read at once
AHEAD: Final = timedelta(days=1)  # how far the learned hour may lie ahead
OVER: Final = "CAMPAIGN_OVER"
RUN: Final = "run"  # in the report while people are being counted: by whom
Samples = dict[tuple, reminders.Sample]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would be said to one person: by which channel, in which language and shape, and when; or why nothing."""

    channel: str = ""
    language: str = ""
    shape: str = ""
    at: datetime | None = None
    reasons: tuple[Reason, ...] = ()
    subject: str = ""
    body: str = ""


def outlook(
    *,
    campaign: Campaign,
    person: standing.Standing,
    now: datetime,
    learned: Learned | None = None,
    own: dict[Arm, learning.Seen] | None = None,
    samples: Samples | None = None,
) -> Outlook:
    """The first of the campaign's channels that may be used at once, else the one that may be used first.

    Where the creditor's timing is learned, the channel and hour are drawn among those permitted within a day.
    """
    begin = max(now, campaign.starts_at)
    if learned is not None and learned.on:
        drawn = _drawn(campaign, person, begin, learned, own, samples)
        if drawn is not None:
            return drawn
    later: Outlook | None = None
    reasons: list[Reason] = []
    for channel in campaign.channels:
        found = _by(campaign, person, channel, begin, samples)
        if found.at == begin:
            return found
        if found.at is None:
            reasons += found.reasons
        elif later is None or later.at is None or found.at < later.at:
            later = found
    return later or Outlook(reasons=tuple(dict.fromkeys(reasons)))


def _by(campaign: Campaign, person: standing.Standing, channel: str, at: datetime, samples: Samples | None) -> Outlook:
    contact = person.contact(channel)
    if contact is None:
        return Outlook(reasons=(Reason("NO_ADDRESS"),))
    seen = reminders.preview(
        standing=person,
        creditor=campaign.creditor,
        wording=campaign.wording,
        contact=contact,
        now=at,
        samples=samples,
    )
    match seen.decision:
        case Send():
            return Outlook(channel, seen.language, str(seen.shape), at, (), seen.subject, seen.body)
        case Defer(until=until, reasons=why) if until < campaign.ends_at:
            return Outlook(channel, seen.language, str(seen.shape), until, why, seen.subject, seen.body)
        case Defer(reasons=why):
            return Outlook(reasons=(*why, Reason(OVER)))
        case Never(reasons=why):
            return Outlook(reasons=why)


def _drawn(
    campaign: Campaign,
    person: standing.Standing,
    begin: datetime,
    learned: Learned,
    own: dict[Arm, learning.Seen] | None,
    samples: Samples | None,
) -> Outlook | None:
    """By channel and hour of the person's day. In the order of the draws, until the rules permit one."""
    end, zone = min(campaign.ends_at, begin + AHEAD), person.debtor.time_zone
    first: dict[Arm, datetime] = {}
    at = begin
    while at < end:
        for channel in campaign.channels:
            first.setdefault(Arm(channel, local(zone, at).hour), at)
        at = (at + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    random = Random(f"{campaign.pk}:{person.debtor.pk}")  # noqa: S311  the same draw when it is counted again
    closed: set[str] = set()
    for arm in learned.ranked(language=person.debtor.language, arms=first, random=random, own=own):
        if arm.channel in closed:
            continue
        found = _by(campaign, person, arm.channel, first[arm], samples)
        if found.at is not None and found.at < end and local(zone, found.at).hour == arm.hour:
            return found
        if found.at is None and Reason(OVER) not in found.reasons:
            closed.add(arm.channel)  # at no hour
    return None


@dataclass(slots=True)
class Report:
    """How many people, by what is said to them and by what keeps it from them."""

    said: Counter = field(default_factory=Counter)  # channel, language, shape, day
    held: Counter = field(default_factory=Counter)  # code, rule set
    samples: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)  # the first text of each kind
    people: int = 0

    def add(self, debtor: Debtor, found: Outlook) -> None:
        self.people += 1
        if found.at is None:
            self.held.update({(reason.code, reason.rule_set) for reason in found.reasons})
        else:
            day = local(debtor.time_zone, found.at).date().isoformat()
            self.said[found.channel, found.language, found.shape, day] += 1
            self.samples.setdefault((found.channel, found.language, found.shape), (found.subject, found.body))

    def as_json(self) -> dict[str, Any]:
        return {
            "people": self.people,
            "said": [[*key, count] for key, count in sorted(self.said.items())],
            "held": [[*key, count] for key, count in self.held.most_common()],
            "samples": [[*kind, *text] for kind, text in sorted(self.samples.items())],
        }


def dry_run(campaign: Campaign, now: datetime) -> Iterator[list[tuple[Debtor, Outlook]]]:
    """Each person with what would become of them, in batches. Nothing is written; fourteen queries for each batch.

    The people are settled at the beginning and named by their ids alone, so that a batch is all that memory holds.
    """
    learned = learning.learned(campaign.creditor, now)
    samples: Samples = {}
    people = list(choosing.chosen(campaign, now).values_list("pk", flat=True))
    for some in itertools.batched(people, BATCH):
        yield _of_some(campaign, some, now, learned, samples)


def _of_some(
    campaign: Campaign, some: Sequence[uuid.UUID], now: datetime, learned: Learned, samples: Samples
) -> list[tuple[Debtor, Outlook]]:
    debtors = Debtor.objects.filter(Among("pk", some)).order_by("pk")
    found = standing.gather(debtors, now)
    own = learning.answers_of(list(some), now) if learned.on else {}
    return [
        (
            person.debtor,
            outlook(campaign=campaign, person=person, now=now, learned=learned, own=own.get(pk), samples=samples),
        )
        for pk, person in found.items()
    ]


def count(*, campaign_id: uuid.UUID, now: datetime | None = None) -> Campaign:
    """Do the dry run of a draft and keep it: a row for each person, and the report. Once more replaces both.

    The rows are written batch by batch, so that pages go on; until the end nobody can approve. Of two counts at once
    the one that began last is kept.
    """
    now = now or timezone.now()
    campaign = Campaign.objects.select_related("creditor", "follows").get(pk=campaign_id)
    run = str(uuid.uuid4())
    if not _begin(campaign, run):
        return campaign
    report = Report()
    for some in dry_run(campaign, now):
        for debtor, found in some:
            report.add(debtor, found)
        if not _keep(campaign, run, [_row(campaign, debtor, found) for debtor, found in some]):
            return Campaign.objects.get(pk=campaign.pk)
    mine = _counted_by(run).filter(pk=campaign.pk)
    mine.update(counted_at=now, people=report.people, report=report.as_json())
    return Campaign.objects.get(pk=campaign.pk)


def _begin(campaign: Campaign, run: str) -> bool:
    """Take the draft over and forget what was counted before; False for one that is no draft any more."""
    with transaction.atomic():
        lock(Campaign, campaign.pk)
        mine = Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.DRAFT)
        taken = mine.update(counted_at=None, people=0, report={RUN: run})
        if taken:
            Recipient.objects.filter(campaign=campaign).delete()
    return bool(taken)


def _keep(campaign: Campaign, run: str, rows: list[Recipient]) -> bool:
    with transaction.atomic():
        lock(Campaign, campaign.pk)
        mine = _counted_by(run).filter(pk=campaign.pk).exists()
        if mine:
            Recipient.objects.bulk_create(rows)
    return mine


def _counted_by(run: str) -> QuerySet[Campaign]:
    return Campaign.objects.filter(state=Campaign.State.DRAFT, **{f"report__{RUN}": run})


def _row(campaign: Campaign, debtor: Debtor, found: Outlook) -> Recipient:
    state = Recipient.State.CHOSEN if found.at else Recipient.State.HELD_BACK
    return Recipient(
        campaign=campaign,
        debtor=debtor,
        channel=found.channel,
        language=found.language,
        shape=found.shape,
        state=state,
        reasons=[[reason.code, reason.rule_set] for reason in found.reasons],
        again_at=found.at,
    )
