"""How often: the counts, the rests and the first days of delay that a rule set asks for (pure).

Days are days where the person is. Where several zones count, a limit has to hold in each of them.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from accounts import deadlines
from accounts.rules import wording
from accounts.rules.contact_law import (
    ContactLaw,
    CooldownRule,
    Counts,
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
from portal.contact.facts import Past

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def too_often(case: Case, law: ContactLaw, moment: Moment) -> Iterator[Reason]:
    """A reason for each limit and rest of this rule set that stands in the way."""
    for limit in law.contact_limits:
        if case.request.channel in limit.channels:
            until = max((_free_in(case, limit, zone, moment) for zone in case.zones_of(law)), default=moment.at)
            if until > moment.at:
                code = "LIMIT_NEAR" if limit.action is LimitAction.WARN else "LIMIT"
                yield Reason(f"{code}_{limit.id}", law.id, until)
    for rest in law.cooldowns:
        if case.request.channel in rest.channels:
            until = max(_rested_in(case, rest, zone) for zone in case.zones_of(law))
            if until > moment.at:
                yield Reason("COOLDOWN", law.id, until)


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
    rules = tuple(rule for rule in law.allowed_hours if channel in rule.channels)
    if not rules:
        return
    holiday = is_holiday(law)
    if all(hours.open_at(rules, moment.wall(zone), holiday) for zone in zones):
        return
    lifts = case.lifts(max(moment.days(zones)))
    if all(lifts.intersection(rule.lifted_by) for rule in rules):
        return
    for zone in zones:
        if not hours.open_at(rules, moment.wall(zone), holiday):
            by_holiday = hours.closed_by_holiday(rules, moment.wall(zone), holiday)
            until = hours.opens(rules, zone, moment.at, holiday)
            yield Reason("HOLIDAY" if by_holiday else "OUT_OF_HOURS", law.id, until)


def _free_in(case: Case, limit: LimitRule, zone: str, moment: Moment) -> datetime:
    """The first instant from this moment on at which the limit leaves room by the days of this zone."""
    today = moment.wall(zone).date()
    if case.lifts(today).intersection(limit.excludes):
        return moment.at
    counted = [past for past in case.history if _counts(limit, past)]
    if len(counted) < limit.max:
        return moment.at
    if Per.ADDRESS in limit.per and case.request.address:
        counted = [past for past in counted if past.address in {"", case.request.address.id}]
    if Per.DEBT not in limit.per or not case.matter_ids:
        return _room(case, limit, zone, counted, moment)
    about = ([past for past in counted if not past.matters or id in past.matters] for id in case.matter_ids)
    return max(_room(case, limit, zone, some, moment) for some in about)


def _counts(limit: LimitRule, past: Past) -> bool:
    if past.channel not in limit.channels or not past.is_a(limit.counts):
        return False
    if limit.counts is not Counts.CONVERSATION and past.purpose in ANSWERS:
        return False
    if past.purpose is Purpose.REQUIRED and Lift.LEGALLY_REQUIRED in limit.excludes:
        return False
    return not any(lift in limit.excludes for lift in past.lifts)


def _room(case: Case, limit: LimitRule, zone: str, counted: list[Past], moment: Moment) -> datetime:
    if len(counted) < limit.max:
        return moment.at
    days = sorted((case.day_of(past, zone) for past in counted), reverse=True)
    oldest = days[limit.max - 1]  # once this one has left the window, there is room for one more
    free = _leaves(oldest, limit)
    return moment.at if free <= moment.wall(zone).date() else hours.begins(zone, free)


def _leaves(day: date, limit: LimitRule) -> date:
    """The first day on which the window no longer holds `day`."""
    if limit.window.kind is WindowKind.CALENDAR_MONTH:
        month = day.year * 12 + day.month - 1 + limit.window.length
        return date(month // 12, month % 12 + 1, 1)
    return day + timedelta(days=limit.window.length)


def _rested_in(case: Case, rest: CooldownRule, zone: str) -> datetime:
    talks = [
        case.day_of(past, zone)
        for past in case.history
        if past.is_a(rest.after) and (not past.matters or not case.matter_ids or case.matter_ids & {*past.matters})
    ]
    if not talks:
        return _LONG_AGO
    days = rest.length_days if rest.event_day_is_day_one else rest.length_days + 1
    return hours.begins(zone, max(talks) + timedelta(days=days))


def _presses(case: Case, law: ContactLaw) -> bool:
    """Whether this would drown out the right to dispute: any contact, or only one that presses for payment."""
    if law.validation and law.validation.quiet_rule is QuietRule.NO_CONTACT:
        return True
    text = case.request.text
    return text is not None and (text.presses or bool(wording.forbidden_in(text.body, [wording.PRESSURE])))


def _not_before(day: date, code: str, law: ContactLaw, zones: tuple[str, ...], moment: Moment) -> Iterator[Reason]:
    if min(moment.days(zones)) < day:
        yield Reason(code, law.id, max(hours.begins(zone, day) for zone in zones))
