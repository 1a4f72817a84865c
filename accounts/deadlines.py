"""Days that the law counts out: when a period ends, by when a notice is due (pure).

Days are days where the person is; a period that ends on a day includes it, unless it says otherwise.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from accounts import rules
from accounts.days import public_holiday
from accounts.rules.contact_law import ContactLaw, NoticeRule
from accounts.rules.law import StatutoryPause


def assumed_receipt(law: ContactLaw, sent_on: date) -> date:
    """The day on which a validation notice counts as received. ValueError where the rule set knows no such notice."""
    if law.validation is None:
        raise ValueError(f"{law.id} has no validation notice")
    calendar, day, left = law.calendar or rules.calendar_for(law.region), sent_on, law.validation.assumed_receipt_days
    while left:
        day += timedelta(days=1)
        weekend = law.validation.receipt_skips_weekends and day.weekday() > 4
        holiday = law.validation.receipt_skips_holidays and public_holiday(day, calendar)
        left -= not (weekend or holiday)
    return day


def validation_ends(law: ContactLaw, sent_on: date) -> date:
    """The last day on which a dispute stops collection by law. ValueError as `assumed_receipt`."""
    received = assumed_receipt(law, sent_on)
    return received + timedelta(days=law.validation.period_days if law.validation else 0)


def dispute_stops(law: ContactLaw, *, validation_sent_on: date | None, disputed_on: date) -> bool:
    """Whether a dispute of that day stops collection by law: always where the law sets no period for it."""
    if law.validation is None or validation_sent_on is None:
        return True
    return disputed_on <= validation_ends(law, validation_sent_on)


def notice_due(notice: NoticeRule, *, triggered_on: date, given_on: date | None = None) -> date | None:
    """The last day for a notice: after its trigger, or after the one given last; None where no day is set."""
    if given_on is not None and given_on >= triggered_on:
        return notice.repeat_max.after(given_on) if notice.repeat_max else None
    if notice.within is None:
        return None
    return notice.within.after(triggered_on) - timedelta(days=notice.within_counts_trigger_day)


def pause_ends(pause: StatutoryPause, *, started_on: date, cause_ended_on: date | None = None) -> date | None:
    """The first day after a pause of the law: that many days after its start, or after what caused it ended.

    None while it is open-ended and its cause goes on.
    """
    if pause.days is not None:
        return started_on + timedelta(days=pause.days)
    if cause_ended_on is None:
        return None
    return cause_ended_on + timedelta(days=(pause.after_end_days or 0) + 1)


@dataclass(frozen=True, slots=True)
class Negotiation:
    """What a request for a negotiation before court has come to, by the law's own days.

    `may_go_to_court`: it did not start, or did not end, in time; `certificate_by`: the last day for the paper that says
    so, where it is due.
    """

    may_go_to_court: bool
    certificate_by: date | None = None


def negotiation(
    pause: StatutoryPause, *, requested_on: date, started_on: date | None, today: date, agreed: bool = False
) -> Negotiation:
    """Where a negotiation stands on `today`. ValueError for a pause that is no negotiation."""
    if pause.start_within_days is None or pause.finish_within_days is None:
        raise ValueError(f"{pause.trigger} is no negotiation")
    if agreed:
        return Negotiation(may_go_to_court=False)
    if started_on is None:
        return Negotiation(may_go_to_court=today > requested_on + timedelta(days=pause.start_within_days))
    last = started_on + timedelta(days=pause.finish_within_days)
    if today <= last:
        return Negotiation(may_go_to_court=False)
    certificate = last + timedelta(days=pause.failure_certificate_within_days or 0)
    return Negotiation(may_go_to_court=True, certificate_by=certificate)
