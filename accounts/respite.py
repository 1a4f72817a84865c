"""Pauses that the law gives: breathing space, its form in a mental-health crisis, an adviser at work on a
plan, a negotiation before court. Which there are, what they stop and how long they last is the rule file's
(`hardship.pauses`); an adviser's or an office's notice begins one. Each is a hold of the kind breathing space, so
whatever reads holds obeys.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import days, deadlines, history, holds, once
from accounts.locking import lock
from accounts.models import Debt, Debtor, Hold, Respite
from accounts.rules import Law
from accounts.rules.law import StatutoryPause, Stops


class Refused(Exception):
    """The law does not give this."""


class OverAlready(Refused):
    """A pause that begins on that day would be over by now."""


class NotPossible(Refused):
    """The law knows no such step of this kind, it was taken before, or its day cannot be."""


@dataclass(frozen=True, slots=True)
class Dates:
    """The law's own days of one, each None where it sets none: until when a review may be asked for, between which days
    the adviser reviews it, by when a negotiation has to begin and end, and by when its failure is certified.
    """

    objection_by: date | None = None
    review_from: date | None = None
    review_until: date | None = None
    begin_by: date | None = None
    finish_by: date | None = None
    certificate_by: date | None = None
    may_go_to_court: bool = False


@transaction.atomic
def begin(
    *,
    debtor: Debtor,
    debt: Debt | None,
    law: Law,
    trigger: str,
    told_by: str,
    reference: str,
    received_on: date,
    started_on: date,
    key: uuid.UUID,
    by: history.Actor,
    today: date,
    now: datetime,
) -> Respite:
    """Begin the pause a notice tells of, on one debt or (None) on all; it counts from the day the notice names.

    What it stops holds from now on, and payments of a plan from that day. The same `key` again gives the first;
    once.KeyUsedOtherwise for other words. OverAlready; KeyError for a pause the law does not give.
    """
    rule = law.hardship.pause(trigger)
    told = {"told_by": told_by, "reference": reference, "received_on": received_on, "started_on": started_on}
    request = {"trigger": trigger, "debt": str(debt.pk) if debt else ""} | {name: str(told[name]) for name in told}
    lock(Debtor, debtor.pk)
    if (earlier := once.earlier_result(key=key, debtor=debtor, act="respite.begun", request=request)) is not None:
        return Respite.objects.get(hold=uuid.UUID(earlier))
    until_on = deadlines.pause_ends(rule, started_on=started_on)
    if until_on is not None and until_on <= today:
        raise OverAlready(until_on)
    about = {"debtor": debtor, "debt": debt, "law": law, "by": by, "now": now}
    hold = _held(rule, started_on, until_on, **about)
    made = Respite.objects.create(hold=hold, trigger=trigger, law=law.name, **told)
    once.keep_result(key=key, debtor=debtor, act="respite.begun", request=request, result=str(made.pk), now=now)
    data = {"kind": trigger, "received": received_on.isoformat(), "started": started_on.isoformat()}
    history.record(by=by, act="respite.begun", on=made, debtor=debtor, now=now, data=data)
    return made


def _held(rule: StatutoryPause, started_on: date, until_on: date | None, **about: Any) -> Hold:
    zone = about["debtor"].time_zone
    return holds.place(
        kind=Hold.Kind.BREATHING_SPACE,
        since=min(about["now"], holds.days_from(started_on, 0, zone)),
        until=holds.days_from(until_on, 0, zone) if until_on else None,
        reason=rule.trigger,
        stops={*rule.stops, Stops.PAYMENTS},  # nobody may ask for a payment, so none of a plan falls due
        **about,
    )


@transaction.atomic
def extend(*, respite: Respite, law: Law, by: history.Actor, now: datetime) -> Respite:
    """Make it longer by the days the law gives, once. NotPossible where it gives none, or gave them already."""
    respite, rule = _again(respite, law, now)
    if rule.extendable_days is None or respite.extended_on is not None or respite.hold.until_at is None:
        raise NotPossible
    zone = respite.hold.debtor.time_zone
    last = days.today_in(zone, respite.hold.until_at) + timedelta(days=rule.extendable_days)
    respite.extended_on = days.today_in(zone, now)
    return _moved(respite, last, "respite.extended", by, now)


@transaction.atomic
def cause_ended(*, respite: Respite, on: date, law: Law, by: history.Actor, now: datetime) -> Respite:
    """What it was given for (a crisis treatment) ended on that day: it lasts the law's days from then. NotPossible."""
    respite, rule = _again(respite, law, now)
    today = days.today_in(respite.hold.debtor.time_zone, now)
    if rule.after_end_days is None or respite.cause_ended_on is not None or not respite.started_on <= on <= today:
        raise NotPossible
    respite.cause_ended_on = on
    last = deadlines.pause_ends(rule, started_on=respite.started_on, cause_ended_on=on)
    if last is None or last <= today:
        raise OverAlready(last)
    return _moved(respite, last, "respite.cause_ended", by, now)


@transaction.atomic
def negotiation_began(*, respite: Respite, on: date, law: Law, by: history.Actor, now: datetime) -> Respite:
    """The negotiation began on that day; its end is counted from it. NotPossible."""
    respite, rule = _again(respite, law, now)
    today = days.today_in(respite.hold.debtor.time_zone, now)
    if rule.start_within_days is None or respite.negotiated_on is not None or not respite.started_on <= on <= today:
        raise NotPossible
    respite.negotiated_on = on
    return _moved(respite, None, "respite.negotiation_began", by, now)


def dates(respite: Respite, law: Law, today: date) -> Dates:
    """The law's days for this one, as things stand on `today`."""
    rule, first = law.hardship.pause(respite.trigger), respite.started_on
    if rule.start_within_days is not None:
        began = respite.negotiated_on
        stands = deadlines.negotiation(rule, requested_on=first, started_on=began, today=today)
        return Dates(
            begin_by=None if began else first + timedelta(days=rule.start_within_days),
            finish_by=began + timedelta(days=rule.finish_within_days or 0) if began else None,
            certificate_by=stands.certificate_by,
            may_go_to_court=stands.may_go_to_court,
        )
    if rule.review_from_day is None or rule.review_until_day is None:
        return Dates()
    asked = law.hardship.creditor_review_within_days
    return Dates(
        objection_by=respite.received_on + timedelta(days=asked) if asked else None,
        review_from=first + timedelta(days=rule.review_from_day - 1),
        review_until=first + timedelta(days=rule.review_until_day - 1),
    )


def _again(respite: Respite, law: Law, now: datetime) -> tuple[Respite, StatutoryPause]:
    """The same under the person's lock, while it is in force, and what the law says of it."""
    lock(Debtor, respite.hold.debtor_id)
    found = Respite.objects.select_related("hold__debtor").get(pk=respite.pk)
    if not holds.in_force(found.hold, now):
        raise NotPossible
    return found, law.hardship.pause(found.trigger)


def _moved(respite: Respite, last: date | None, act: str, by: history.Actor, now: datetime) -> Respite:
    hold, data = respite.hold, {"kind": respite.trigger}
    if last is not None:
        hold.until_at = holds.days_from(last, 0, hold.debtor.time_zone)
        hold.save(update_fields=["until_at"])
        data["until"] = hold.until_at.isoformat()
    respite.save()
    history.record(by=by, act=act, on=respite, debtor=hold.debtor, now=now, data=data)
    return respite
