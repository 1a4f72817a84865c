"""One case as the checks see it: the facts, the rule sets that bind, and the clocks of the places that count."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from accounts import regions, rules
from accounts.days import public_holiday
from accounts.rules.contact_law import ContactLaw, Lift, OnConflict, Purpose, ZoneRule
from portal.contact import hours
from portal.contact.facts import Past, Person, Request

# What a person's own act asks for is no contact in the sense of hours, limits and holds. Nor is the one confirmation.
ANSWERS = frozenset({Purpose.SERVICE, Purpose.CODE, Purpose.CONFIRMATION})
ASKING = frozenset({Purpose.REMINDER, Purpose.INSTALMENT})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not, or what to look at. `until`: the first instant at which this alone no longer stands in the way; None
    while something has to happen first. `rule_set` is empty for what holds everywhere.
    """

    code: str
    rule_set: str = ""
    until: datetime | None = None


@dataclass(slots=True)
class Moment:
    """An instant and what the clocks of the person's places show at it."""

    at: datetime
    walls: dict[str, datetime] = field(default_factory=dict)

    def wall(self, zone: str) -> datetime:
        found = self.walls.get(zone)
        if found is None:
            found = self.walls[zone] = hours.local(zone, self.at)
        return found

    def days(self, zones: tuple[str, ...]) -> list[date]:
        return [self.wall(zone).date() for zone in zones]


@dataclass(slots=True)
class Case:
    """All that is known, put in order once for all instants that are tried."""

    request: Request
    person: Person
    history: tuple[Past, ...]
    laws: tuple[ContactLaw, ...]
    now: datetime
    matter_ids: frozenset[str] = field(init=False)
    zones: dict[str, tuple[str, ...]] = field(init=False)
    walls_of_past: dict[tuple[str, datetime], date] = field(default_factory=dict)
    known: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.matter_ids = frozenset(matter.id for matter in self.request.matters)
        of_base = {law.id: law.timezone for law in self.laws if law.timezone and not law.extends}
        fallback = next(iter(of_base.values()), None)
        self.zones = {law.id: self._zones(law.timezone or fallback) for law in self.laws}

    def _zones(self, rule: ZoneRule | None) -> tuple[str, ...]:
        if rule is None:
            return ("UTC",)
        known = {zone.zone: None for source in rule.tz_from for zone in self.person.zones if zone.source == source}
        zones = tuple(zone for zone in known if zone in regions.ZONES)
        return (zones[:1] if rule.on_conflict is OnConflict.USE_FIRST else zones) or rule.zones

    def zones_of(self, law: ContactLaw) -> tuple[str, ...]:
        """The zones in all of which this rule set has to be kept."""
        return self.zones[law.id]

    def in_force(self, moment: Moment) -> list[ContactLaw]:
        """The rule sets that hold: a day that has begun in one of the places counts."""
        return [law for law in self.laws if any(law.covers(day) for day in moment.days(self.zones[law.id]))]

    def no_longer(self, law: ContactLaw) -> datetime | None:
        """The instant from which this rule set holds nowhere any more."""
        if law.effective_to is None:
            return None
        after = date.fromordinal(law.effective_to.toordinal() + 1)
        return max(hours.begins(zone, after) for zone in self.zones[law.id])

    def from_on(self, law: ContactLaw) -> datetime:
        """The first instant at which this rule set holds somewhere."""
        return min(hours.begins(zone, law.effective_from) for zone in self.zones[law.id])

    def once[T](self, key: Hashable, make: Callable[[], T]) -> T:
        """What does not change from one instant to the next, worked out when it is first asked for."""
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]

    def day_of(self, past: Past, zone: str) -> date:
        """The day a contact was made, where the person is."""
        found = self.walls_of_past.get((zone, past.at))
        if found is None:
            found = self.walls_of_past[zone, past.at] = hours.local(zone, past.at).date()
        return found

    def lifts(self, day: date) -> frozenset[Lift]:
        """What lifts hours or limits on that day: what the person agreed to, what the law asks for, an answer."""
        request = self.request
        found = set(request.lifts)
        if request.purpose is Purpose.REQUIRED:
            found.add(Lift.LEGALLY_REQUIRED)
        for agreed in self.person.agreed:
            fresh = agreed.kind is not Lift.CONSENT_7D or (day - agreed.on).days <= 7
            if agreed.on <= day and fresh and agreed.channel in {None, request.channel}:
                found.add(agreed.kind)
        if Lift.CONSUMER_INITIATED_ONCE in found and not self._is_first_answer():
            found.discard(Lift.CONSUMER_INITIATED_ONCE)
        return frozenset(found)

    def _is_first_answer(self) -> bool:
        last = max((past for past in self.history if past.channel is self.request.channel), key=_at, default=None)
        return last is not None and last.inbound


@cache
def is_holiday(law: ContactLaw) -> hours.IsHoliday:
    """The public holidays this rule set goes by: its own calendar's, or the region's."""
    calendar = law.calendar or rules.calendar_for(law.region)
    return lambda day: public_holiday(day, calendar)


def _at(past: Past) -> datetime:
    return past.at
