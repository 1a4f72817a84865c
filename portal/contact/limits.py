"""How often: the counts, the rests and the first days of delay that a rule set asks for (pure).

Days are days where the person is. Where several zones count, a limit has to hold in each of them.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial

from accounts import deadlines
from accounts.rules import wording
from accounts.rules.contact_law import (
    Channel,
    ContactLaw,
    CooldownRule,
    Counts,
    HoursRule,
    Lift,
    LimitAction,
    LimitRule,
    Per,
    Purpose,
    QuietRule,
    WindowKind,
)
from portal.contact import hours
from portal.contact.case import ANSWERS, ASKING, Case, Moment, Reason, is_holiday
from portal.contact.facts import Past, Request

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def too_often(case: Case, law: ContactLaw, moment: Moment) -> Iterator[Reason]:
    """A reason for each limit and rest of this rule set that stands in the way."""
    zones = case.zones_of(law)
    for place, limit in enumerate(law.contact_limits):
        if binds(limit, case.request):
            until = case.once((law, place), partial(_free_from, case, limit, zones))
            if until > moment.at and not case.lifts(min(moment.days(zones))).intersection(limit.excludes):
                code = "LIMIT_NEAR" if limit.action is LimitAction.WARN else "LIMIT"
                yield Reason(f"{code}_{limit.id}", law.id, until)
    for rest in law.cooldowns:
        if case.request.channel in rest.channels:
            until = case.once((law, rest), partial(_rested_from, case, rest, zones))
            if until > moment.at:
                yield Reason("COOLDOWN", law.id, until)


def binds(limit: LimitRule, request: Request) -> bool:
    """Whether a limit is one for this channel and for an address of this kind."""
    at_work = request.address is not None and request.address.employer
    return request.channel in limit.channels and (at_work or not limit.at_work)


def too_early(case: Case, law: ContactLaw, moment: Moment) -> Iterator[Reason]:
    """A reason while the first days of delay, or the quiet time after a validation notice, are not over."""
    zones = case.zones_of(law)
    for matter in case.request.matters:
        if law.grace and matter.overdue_since and case.request.purpose is Purpose.REMINDER:
            first = matter.overdue_since + timedelta(days=law.grace.after_due_days + 1)
            yield from _not_before(first, "GRACE", law, zones, moment)
        if law.validation and matter.validation_sent_on and case.request.purpose in ASKING and _presses(case, law):
            end = deadlines.validation_ends(law, matter.validation_sent_on)
            yield from _not_before(end + timedelta(days=1), "VALIDATION_QUIET", law, zones, moment)


def out_of_hours(case: Case, law: ContactLaw, moment: Moment) -> Iterator[Reason]:
    """A reason where a clock of the person stands outside the hours of this rule set."""
    channel, zones = case.request.channel, case.zones_of(law)
    rules = _hours_of(law, channel)
    if not rules:
        return
    holiday = is_holiday(law)
    closed = [zone for zone in zones if not hours.open_at(rules, moment.wall(zone), holiday)]
    if not closed:
        return
    lifts = case.lifts(max(moment.days(zones)))
    if lifts and all(lifts.intersection(rule.lifted_by) for rule in rules):
        return
    for zone in closed:
        by_holiday = hours.closed_by_holiday(rules, moment.wall(zone), holiday)
        until = hours.opens(rules, zone, moment.at, holiday)
        yield Reason("HOLIDAY" if by_holiday else "OUT_OF_HOURS", law.id, until)


@cache
def _hours_of(law: ContactLaw, channel: Channel) -> tuple[HoursRule, ...]:
    return tuple(rule for rule in law.allowed_hours if channel in rule.channels)


def _free_from(case: Case, limit: LimitRule, zones: tuple[str, ...]) -> datetime:
    """The first instant at which the limit leaves room in each of the zones, by what was said so far."""
    subjects = _subjects(case, limit)
    return max(_room(case, limit, zone, some) for zone in zones for some in subjects)


def used(case: Case, limit: LimitRule, zones: tuple[str, ...], moment: Moment) -> int:
    """How much of a limit is used at this moment: the most of any zone and, where it counts per debt, of any debt."""
    most = 0
    for subject in _subjects(case, limit):
        for zone in zones:
            today = moment.wall(zone).date()
            most = max(most, sum(_leaves(case.day_of(past, zone), limit) > today for past in subject))
    return most


def _subjects(case: Case, limit: LimitRule) -> list[list[Past]]:
    """What the limit counts: all of it, or the part of each debt."""
    counted = [past for past in case.history if _counts(limit, past)]
    if Per.ADDRESS in limit.per and case.request.address:
        counted = [past for past in counted if past.address in {"", case.request.address.id}]
    if Per.DEBT in limit.per and case.matter_ids:
        return [[past for past in counted if not past.matters or id in past.matters] for id in case.matter_ids]
    return [counted]


def _counts(limit: LimitRule, past: Past) -> bool:
    if past.channel not in limit.channels or not past.is_a(limit.counts):
        return False
    if limit.counts is not Counts.CONVERSATION and past.purpose in ANSWERS:
        return False
    if past.purpose is Purpose.REQUIRED and Lift.LEGALLY_REQUIRED in limit.excludes:
        return False
    return not (past.lifts and any(lift in limit.excludes for lift in past.lifts))


def _room(case: Case, limit: LimitRule, zone: str, counted: list[Past]) -> datetime:
    if len(counted) < limit.max:
        return _LONG_AGO
    days = sorted((case.day_of(past, zone) for past in counted), reverse=True)
    oldest = days[limit.max - 1]  # once this one has left the window, there is room for one more
    return hours.begins(zone, _leaves(oldest, limit))


def _leaves(day: date, limit: LimitRule) -> date:
    """The first day on which the window no longer holds `day`."""
    if limit.window.kind is WindowKind.CALENDAR_MONTH:
        month = day.year * 12 + day.month - 1 + limit.window.length
        return date(month // 12, month % 12 + 1, 1)
    return day + timedelta(days=limit.window.length)


def _rested_from(case: Case, rest: CooldownRule, zones: tuple[str, ...]) -> datetime:
    """The first instant after the rest in each of the zones."""
    talks = [
        past
        for past in case.history
        if past.is_a(rest.after) and (not past.matters or not case.matter_ids or case.matter_ids & {*past.matters})
    ]
    days = timedelta(days=rest.length_days if rest.event_day_is_day_one else rest.length_days + 1)
    ends = (hours.begins(zone, max(case.day_of(talk, zone) for talk in talks) + days) for zone in zones if talks)
    return max(ends, default=_LONG_AGO)


def _presses(case: Case, law: ContactLaw) -> bool:
    """Whether this would drown out the right to dispute: any contact, or only one that presses for payment."""
    if law.validation and law.validation.quiet_rule is QuietRule.NO_CONTACT:
        return True
    text = case.request.text
    return text is not None and (text.presses or bool(wording.forbidden_in(text.body, [wording.PRESSURE])))


def _not_before(day: date, code: str, law: ContactLaw, zones: tuple[str, ...], moment: Moment) -> Iterator[Reason]:
    if min(moment.days(zones)) < day:
        yield Reason(code, law.id, max(hours.begins(zone, day) for zone in zones))
