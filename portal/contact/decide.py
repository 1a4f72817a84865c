"""May this be said to this person now? Send, defer until an instant, or never; each with its reasons (pure).

Every rule set that binds has to allow, so what base, overlays, contract and wishes say together is never laxer than one
of them. A check answers with the first instant at which it alone would allow; where all are asked again at the latest
of these, and so on until none objects, the instant reached is the first at which the whole is allowed: none can lie
before an instant at which one check still objects. `until` holds as long as no new fact comes in, except that payments
are taken to stay as well known as they are now: whoever sends then asks again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from accounts import deadlines
from accounts.rules.contact_law import ContactLaw, NoticeRule, Purpose
from portal.contact import barred, content, hours, limits
from portal.contact.case import ANSWERS, ASKING, Case, Moment, Reason, is_holiday
from portal.contact.facts import Past, Person, Request

# Two windows that never meet would be tried against each other for ever.
MOST_TRIES = 400


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that the law asks for beside this contact: which, by when, what it has to hold, how it may be given."""

    id: str
    rule_set: str
    blocks: tuple[str, ...]
    medium: tuple[str, ...]
    by: date | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """It may be said now. `warnings` are for a person to look at."""

    warnings: tuple[Reason, ...] = ()
    notices: tuple[Due, ...] = ()


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now: at `until`, the first instant at which it may be said, ask again."""

    until: datetime
    reasons: tuple[Reason, ...]
    notices: tuple[Due, ...] = ()


@dataclass(frozen=True, slots=True)
class Never:
    """Not as things are: something else has to happen first."""

    reasons: tuple[Reason, ...]
    notices: tuple[Due, ...] = ()


Decision = Send | Defer | Never


def decide(
    *, request: Request, person: Person, history: tuple[Past, ...], laws: tuple[ContactLaw, ...], now: datetime
) -> Decision:
    """Whether `request` may be said to `person` at the aware instant `now`, after what is in `history`.

    `laws` are the rule sets that bind, base first, in all their versions: `rules.contact_laws` or `rules.rule_set`.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware instant")
    now = now.astimezone(UTC)
    case, here = Case(request, person, history, laws, now), Moment(now)
    in_force = case.in_force(here)
    reasons = _objections(case, here, in_force)
    notices = tuple(_notices(case, here, in_force))
    if not reasons:
        return Send(tuple(_warnings(case, here, in_force)), notices)
    found, at = reasons, now
    for _try in range(MOST_TRIES):
        if any(reason.until is None for reason in found):
            return Never(_once(reasons, [reason for reason in found if reason.until is None]), notices)
        at = max(reason.until for reason in found if reason.until is not None)
        later = Moment(at)
        found = _objections(case, later, case.in_force(later))
        if not found:
            return Defer(at, _once(reasons), notices)
    return Never(_once(reasons, [Reason("NO_HOUR_FITS")]), notices)


def in_hours(*, request: Request, person: Person, laws: tuple[ContactLaw, ...], at: datetime) -> bool:
    """Whether every rule set's hours, and the person's own, are open at `at`: also for what the person asked for."""
    case, moment = Case(request, person, (), laws, at), Moment(at)
    in_force = case.in_force(moment)
    closed = any(True for law in in_force for _reason in limits.out_of_hours(case, law, moment))
    bases = [law for law in in_force if not law.extends]
    return bool(bases) and not closed and not any(True for law in bases for _reason in _wished_hours(case, law, moment))


def _objections(case: Case, moment: Moment, in_force: list[ContactLaw]) -> list[Reason]:
    """All that stands in the way at this moment, at which these rule sets hold."""
    found = list(barred.everywhere(case, moment))
    if not any(not law.extends for law in in_force):
        begin = [case.from_on(law) for law in case.laws if not law.extends and case.from_on(law) > moment.at]
        found.append(Reason("NO_RULES", until=min(begin, default=None)))
    for law in in_force:
        found += [_ended(case, law, reason) for reason in _of_law(case, law, moment)]
    return found


def _of_law(case: Case, law: ContactLaw, moment: Moment) -> Iterator[Reason]:
    yield from case.once((law, "content"), lambda: tuple(content.not_sayable(case, law)))
    yield from barred.under(case, law, moment)
    if case.request.purpose not in ANSWERS:
        yield from limits.too_early(case, law, moment)
        yield from (reason for reason in limits.too_often(case, law, moment) if not _warns(reason))
        yield from limits.out_of_hours(case, law, moment)
        if not law.extends:
            yield from _wished_hours(case, law, moment)


def _ended(case: Case, law: ContactLaw, reason: Reason) -> Reason:
    """No rule set stands in the way longer than it holds."""
    end = case.no_longer(law)
    if end is None or (reason.until is not None and reason.until <= end):
        return reason
    return Reason(reason.code, reason.rule_set, end)


def _wished_hours(case: Case, base: ContactLaw, moment: Moment) -> Iterator[Reason]:
    wishes = case.person.wishes
    rules = wishes.rules_for(case.request.channel) if wishes else ()
    if not rules:
        return
    holiday = is_holiday(base)
    for zone in case.zones_of(base):
        until = hours.opens(rules, zone, moment.at, holiday)
        if until is None or until > moment.at:
            yield Reason("OUT_OF_HOURS", "wishes", until)


def _warnings(case: Case, moment: Moment, in_force: list[ContactLaw]) -> Iterator[Reason]:
    for law in in_force:
        yield from content.looks_like_a_collector(case, law)
        if case.request.purpose not in ANSWERS:
            yield from (reason for reason in limits.too_often(case, law, moment) if _warns(reason))


def _warns(reason: Reason) -> bool:
    return reason.code.startswith("LIMIT_NEAR_")


def _notices(case: Case, moment: Moment, in_force: list[ContactLaw]) -> Iterator[Due]:
    if case.request.purpose not in ASKING:
        return
    for law in in_force:
        today = min(moment.days(case.zones_of(law)))
        for notice in law.notices:
            for matter in case.request.matters:
                given = max((one.on for one in matter.notices if one.id == notice.id), default=None)
                if notice.id == "validation" and matter.validation_sent_on:
                    given = matter.validation_sent_on
                triggers = [event.on for event in matter.events if event.id == notice.trigger]
                if notice.trigger == "first_communication":
                    triggers = [_first_said(case, law, matter.id, today)]
                if triggers and (due := _due(notice, law, max(triggers), given)):
                    yield due
                    break


def _due(notice: NoticeRule, law: ContactLaw, triggered_on: date, given_on: date | None) -> Due | None:
    if given_on is not None and given_on >= triggered_on and notice.repeat_max is None:
        return None
    if notice.trigger == "first_communication" and given_on is not None:
        return None
    by = deadlines.notice_due(notice, triggered_on=triggered_on, given_on=given_on)
    return Due(notice.id, law.id, notice.blocks, notice.medium, by)


def _first_said(case: Case, law: ContactLaw, matter: str, today: date) -> date:
    zone = case.zones_of(law)[0]
    said = [
        case.day_of(past, zone)
        for past in case.history
        if past.purpose is not Purpose.CODE and not past.inbound and (not past.matters or matter in past.matters)
    ]
    return min(said, default=today)


def _once(*groups: list[Reason]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reason for group in groups for reason in group))
