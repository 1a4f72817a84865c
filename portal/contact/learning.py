"""When and by which channel a reminder is answered most, learned from what came of earlier ones (Thompson sampling).

An arm is a channel and an hour of the person's day. For each, what is believed of the share of people who act is a Beta
distribution: what was seen in the segment (a creditor's people of one language), on top of a prior that counts as
`WEIGHT` reminders at the creditor's own rate for that arm, itself drawn to its rate over all arms. To choose is to draw
once from each permitted arm and take the highest: what is little known is tried now and then, what is known to be worse
hardly ever. The law comes first: only arms that are permitted anyway are given. Nothing of the person goes in but what
they answered before: no name, sex, age, address, amount or need.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from django.db import transaction

from accounts import history
from accounts.locking import lock
from accounts.models import Creditor, User
from portal.contact import reach
from portal.contact.models import Reach, Timing

WEIGHT: Final = 40.0  # reminders that the prior counts as
OWN_WEIGHT: Final = 10.0  # the same, of the segment's belief where the person's own answers are known
START: Final = 0.05  # the share of people who act, before anything is known
WANTED: Final = ("plan", "pay", "pause", "check", "message")  # a stop, or "this is not me", is no success
LOOK_BACK: Final = timedelta(days=120)
SETTLED: Final = timedelta(days=8)  # days on which people may still act are not learned from yet


@dataclass(frozen=True, slots=True, order=True)
class Arm:
    """A channel (of a message) and an hour of the person's day, 0 to 23."""

    channel: str
    hour: int


@dataclass(frozen=True, slots=True)
class Seen:
    """How many were sent, and after how many somebody acted."""

    sent: int = 0
    acted: int = 0

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(self.sent + other.sent, self.acted + other.acted)


@dataclass(frozen=True, slots=True)
class Belief:
    """Beta(alpha, beta) over the share of people who act."""

    alpha: float
    beta: float
    seen: Seen = Seen()

    @property
    def mean(self) -> float:
        return self.alpha / (self.alpha + self.beta)

    def interval(self) -> tuple[float, float]:
        """Where it lies with about 95 % certainty: two standard deviations around the mean."""
        total = self.alpha + self.beta
        spread = 2 * (self.alpha * self.beta / (total * total * (total + 1))) ** 0.5
        return max(self.mean - spread, 0.0), min(self.mean + spread, 1.0)

    def after(self, seen: Seen, weight: float) -> "Belief":
        """What is believed of a part of them: this, counted as `weight` reminders, and what was seen of the part."""
        return Belief(weight * self.mean + seen.acted, weight * (1 - self.mean) + seen.sent - seen.acted, seen)


def beliefs(
    arms: Iterable[Arm], *, segment: Mapping[Arm, Seen], others: Mapping[Arm, Seen] | None = None
) -> dict[Arm, Belief]:
    """What is believed of each arm in a segment; `others` is what was seen in the creditor's other segments."""
    others = others or {}
    total = sum(others.values(), Seen())
    overall = Belief(START, 1 - START).after(total, WEIGHT)
    prior = {arm: overall.after(others.get(arm, Seen()), WEIGHT) for arm in arms}
    return {arm: belief.after(segment.get(arm, Seen()), WEIGHT) for arm, belief in prior.items()}


def choose(believed: Mapping[Arm, Belief], random: Random) -> Arm:
    """The arm to take this time: one draw from each belief, the highest wins. ValueError without an arm."""
    if not believed:
        raise ValueError("There is no arm to choose from.")
    return order(believed, random)[0]


def order(believed: Mapping[Arm, Belief], random: Random) -> list[Arm]:
    """All arms by one draw from each belief, the highest first."""
    drawn = {arm: random.betavariate(belief.alpha, belief.beta) for arm, belief in sorted(believed.items())}
    return sorted(drawn, key=drawn.__getitem__, reverse=True)


@dataclass(slots=True)
class Learned:
    """What was seen of one creditor's reminders: by language, channel and hour."""

    on: bool
    by_language: dict[str, dict[Arm, Seen]] = field(default_factory=dict)
    known: dict[tuple[str, frozenset[Arm]], dict[Arm, Belief]] = field(default_factory=dict)  # worked out before

    def saw(self, language: str, arm: Arm, seen: Seen) -> None:
        """Count this as well."""
        of_language = self.by_language.setdefault(language, {})
        of_language[arm] = of_language.get(arm, Seen()) + seen
        self.known.clear()

    def beliefs(self, language: str, arms: Collection[Arm]) -> dict[Arm, Belief]:
        asked = (language, frozenset(arms))
        if asked not in self.known:
            self.known[asked] = self._beliefs(language, arms)
        return self.known[asked]

    def _beliefs(self, language: str, arms: Collection[Arm]) -> dict[Arm, Belief]:
        others: dict[Arm, Seen] = {}
        for other, seen in self.by_language.items():
            if other != language:
                others |= {arm: others.get(arm, Seen()) + one for arm, one in seen.items()}
        return beliefs(arms, segment=self.by_language.get(language, {}), others=others)

    def best(
        self, *, language: str, permitted: Collection[Arm], random: Random, own: Mapping[Arm, Seen] | None = None
    ) -> Arm | None:
        """The channel and hour to take for one person, among those permitted; None where nothing is to be learned.

        `own` is what this very person answered, where it is known. `random` is seeded by whoever calls.
        """
        if not self.on or not permitted:
            return None
        return self.ranked(language=language, arms=permitted, random=random, own=own)[0]

    def ranked(
        self, *, language: str, arms: Collection[Arm], random: Random, own: Mapping[Arm, Seen] | None = None
    ) -> list[Arm]:
        """The same for whoever asks the rules afterwards: the first of these that they permit is the best."""
        believed = self.beliefs(language, arms)
        if own:
            believed = {arm: belief.after(own.get(arm, Seen()), OWN_WEIGHT) for arm, belief in believed.items()}
        return order(believed, random)


def learned(creditor: Creditor, now: datetime) -> Learned:
    """What the counted days say of this creditor's reminders. Two queries; ask once for a whole campaign."""
    timing = Timing.objects.filter(creditor=creditor).first()
    days = (now - LOOK_BACK).date(), (now - SETTLED).date()
    rows = Reach.objects.filter(creditor=creditor, day__range=days, sent__gt=0).order_by()
    found = Learned(on=timing is not None and timing.on)
    for language, channel, hour, sent, acts in rows.values_list("language", "channel", "hour", "sent", "acts"):
        acted = sum(acts.get(door, 0) for door in WANTED)
        found.saw(language, Arm(channel, hour), Seen(sent, min(acted, sent)))
    return found


def answers_of(debtors: Collection[uuid.UUID], now: datetime) -> dict[uuid.UUID, dict[Arm, Seen]]:
    """What each of these people answered so far: `own` of `Learned.best`. One query."""
    found: dict[uuid.UUID, dict[Arm, Seen]] = {}
    for debtor, channel, hour, door in reach.answers(debtors, since=now - LOOK_BACK, until=now - SETTLED):
        seen = found.setdefault(debtor, {})
        seen[Arm(channel, hour)] = seen.get(Arm(channel, hour), Seen()) + Seen(1, int(door in WANTED))
    return found


def best(*, creditor: Creditor, language: str, permitted: Collection[Arm], random: Random, now: datetime) -> Arm | None:
    """The same for a single message: two queries."""
    return learned(creditor, now).best(language=language, permitted=permitted, random=random)


@transaction.atomic
def switch(*, creditor: Creditor, on: bool, by: User, now: datetime) -> bool:
    """Let a creditor's campaigns choose by what was learned, or not. False when it was so already."""
    lock(Creditor, creditor.pk)
    timing = Timing.objects.filter(creditor=creditor).first()
    if (timing is not None and timing.on) == on:
        return False
    timing, _made = Timing.objects.update_or_create(creditor=creditor, defaults={"on": on, "changed_at": now})
    history.record(by=by, act="timing.switched", on=timing, creditor=creditor, now=now, data={"on": on})
    return True
