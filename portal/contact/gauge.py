"""How much room there is to reach a person: what is used of each limit, the hours open today, the next way in (pure).

One gauge for each channel, by the same rule sets and the same facts as `decide`, whose answer it carries. What is shown
is what `decide` says at this instant; it is asked again when something is sent or dialled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from accounts.rules.contact_law import Channel, ContactLaw, LimitAction, LimitRule, WindowKind
from portal.contact import hours, limits
from portal.contact.case import Case, Moment, Reason, is_holiday
from portal.contact.decide import Decision, Defer, Never, decide
from portal.contact.facts import Halt, HoldKind, Past, Person, Request

ONE_DAY, SEVEN_DAYS = 1, 7
Interval = tuple[datetime, datetime]


class Consent(StrEnum):
    """Whether the person lets themselves be reached by a channel."""

    THERE = "there"
    MISSING = "missing"
    UNWISHED = "unwished"
    STOPPED = "stopped"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Tally:
    """What one limit of one rule set has counted, and how much it allows. `warns`: it advises and does not block."""

    limit: str
    rule_set: str
    used: int
    allowed: int
    days: int  # of its window; 0 for a calendar month
    warns: bool

    @property
    def left(self) -> int:
        return max(self.allowed - self.used, 0)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One channel of one person at one instant. `made_…` counts what went out by this channel alone."""

    channel: Channel
    decision: Decision
    made_today: int
    made_in_seven: int
    tallies: tuple[Tally, ...]
    opens: tuple[Interval, ...]  # today where the person is; none: closed all day
    bound_to_hours: bool
    consent: Consent
    basis: tuple[str, ...]
    holds: tuple[HoldKind, ...]

    @property
    def today(self) -> Tally | None:
        """The limit of one day that leaves least."""
        return _tightest(tally for tally in self.tallies if tally.days == ONE_DAY)

    @property
    def in_seven(self) -> Tally | None:
        """The limit of two to seven days that leaves least."""
        return _tightest(tally for tally in self.tallies if ONE_DAY < tally.days <= SEVEN_DAYS)

    @property
    def longer(self) -> Tally | None:
        """The limit of a longer time that leaves least."""
        return _tightest(tally for tally in self.tallies if tally.days == 0 or tally.days > SEVEN_DAYS)

    @property
    def until(self) -> datetime | None:
        """The next instant at which it may be, by what is known now."""
        return self.decision.until if isinstance(self.decision, Defer) else None

    @property
    def is_open(self) -> bool:
        return not isinstance(self.decision, Defer | Never)


def read(
    *,
    channel: Channel,
    request: Request,
    person: Person,
    history: tuple[Past, ...],
    laws: tuple[ContactLaw, ...],
    now: datetime,
    decision: Decision | None = None,
) -> Gauge:
    """The gauge of `request`'s channel. `decision` may be given where it was asked for already."""
    if decision is None:
        decision = decide(request=request, person=person, history=history, laws=laws, now=now)
    case, moment = Case(request, person, history, laws, now), Moment(now)
    in_force = case.in_force(moment)
    here = next((case.zones_of(law)[0] for law in in_force), "UTC")
    mine = [past for past in history if past.channel is channel and not past.inbound]
    today = moment.wall(here).date()
    days = [case.day_of(past, here) for past in mine]
    reasons = decision.reasons if isinstance(decision, Defer | Never) else ()
    return Gauge(
        channel=channel,
        decision=decision,
        made_today=sum(day == today for day in days),
        made_in_seven=sum(today - timedelta(days=SEVEN_DAYS) < day <= today for day in days),
        tallies=tuple(
            _tally(case, law, limit, moment)
            for law in in_force
            for limit in law.contact_limits
            if limits.binds(limit, request)
        ),
        opens=_open_on(case, in_force, today, here),
        bound_to_hours=bool(person.wishes and person.wishes.rules_for(channel))
        or any(channel in rule.channels for law in in_force for rule in law.allowed_hours),
        consent=_consent(request, reasons),
        basis=request.address.basis if request.address else (),
        holds=tuple(dict.fromkeys(halt.kind for halt in person.halts if halt.stops_contact and _holds(halt, now))),
    )


def _consent(request: Request, reasons: tuple[Reason, ...]) -> Consent:
    codes = {reason.code for reason in reasons}
    if request.address is not None and request.address.blocked:
        return Consent.BLOCKED
    if codes & {"OPTED_OUT", "CEASED"}:
        return Consent.STOPPED
    if codes & {"NOT_WISHED", "AT_WORK", "INTERPRETER"}:
        return Consent.UNWISHED
    if codes & {"NO_CHANNEL_BASIS", "RECHECK_NEEDED", "ADDRESS_DOUBTFUL", "NO_ADDRESS"}:
        return Consent.MISSING
    return Consent.THERE


def _tally(case: Case, law: ContactLaw, limit: LimitRule, moment: Moment) -> Tally:
    window = limit.window
    days = 0 if window.kind is WindowKind.CALENDAR_MONTH else window.length
    used = limits.used(case, limit, case.zones_of(law), moment)
    return Tally(limit.id, law.id, used, limit.max, days, limit.action is LimitAction.WARN)


def _tightest(tallies: Iterable[Tally]) -> Tally | None:
    return min(tallies, key=lambda tally: (tally.warns, tally.left, tally.allowed), default=None)


def _open_on(case: Case, laws: list[ContactLaw], day: date, here: str) -> tuple[Interval, ...]:
    """The hours of `day` in `here` in which each rule set is open in every zone that counts, and wishes too."""
    found = [hours.day_in(here, day)]
    channel, wishes = case.request.channel, case.person.wishes
    for law in laws:
        rules = tuple(rule for rule in law.allowed_hours if channel in rule.channels)
        sets = [rules] if rules else []
        if not law.extends and wishes is not None and (wished := wishes.rules_for(channel)):
            sets.append(wished)
        for some in sets:
            for zone in case.zones_of(law):
                around = (day + timedelta(days=more) for more in (-1, 0, 1))
                there = [one for near in around for one in hours.intervals(some, zone, near, is_holiday(law))]
                found = _both(found, there)
    return tuple(found)


def _both(ones: list[Interval], others: list[Interval]) -> list[Interval]:
    cut = [(max(one[0], other[0]), min(one[1], other[1])) for one in ones for other in others]
    return sorted(interval for interval in cut if interval[0] < interval[1])


def _holds(halt: Halt, now: datetime) -> bool:
    return (halt.since is None or halt.since <= now) and (halt.until is None or now < halt.until)
