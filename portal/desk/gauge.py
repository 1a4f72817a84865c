"""The contact gauge of a case: one line for each way to reach the person, in words."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ContactPoint, Creditor, Hold
from accounts.rules.contact_law import Channel
from portal.contact import gauge, logged, standing
from portal.contact.case import Reason
from portal.contact.decide import Decision, Never, Send
from portal.contact.gauge import Consent, Gauge, Tally
from portal.contact.record_words import CHANNELS, sentences
from portal.contact.standing import Standing

SHOWN = (Channel.CALL, Channel.SMS, Channel.EMAIL, Channel.CHAT, Channel.POST)
KEPT_AS = {Channel.SMS: "sms", Channel.EMAIL: "email", Channel.CHAT: "wechat"}  # of a ContactPoint
LOGGED = {Channel.CALL: gettext_lazy("Call and write it down"), Channel.POST: gettext_lazy("Write down a letter")}
CONSENT = {
    Consent.THERE: gettext_lazy("nothing against it"),
    Consent.MISSING: gettext_lazy("no ground for use"),
    Consent.UNWISHED: gettext_lazy("not wished"),
    Consent.STOPPED: gettext_lazy("the person said stop"),
    Consent.BLOCKED: gettext_lazy("blocked"),
}
BASIS = {
    "consumer_used": gettext_lazy("confirmed by the person"),
    "consent": gettext_lazy("agreed by the person"),
    "creditor_gave": gettext_lazy("from the creditor's file"),
}
OPEN, LATER, CLOSED = "open", "later", "closed"
WORDS = {OPEN: gettext_lazy("Open"), LATER: gettext_lazy("Not yet"), CLOSED: gettext_lazy("Not at all")}
SHAPES = {OPEN: "●", LATER: "◐", CLOSED: "■"}


@dataclass(frozen=True)
class Line:
    """One channel as it stands on the page."""

    channel: str
    name: str | Promise
    state: str
    today: str
    in_seven: str
    longer: str
    hours: str
    consent: str
    holds: str
    why: list[str]
    until: datetime | None
    act: str | Promise  # what the button says; empty where staff do not act by this channel from here

    @property
    def shape(self) -> str:
        return SHAPES[self.state]

    @property
    def word(self) -> str | Promise:
        return WORDS[self.state]


@dataclass(frozen=True)
class Lines:
    """The gauge of one creditor's matters."""

    creditor: Creditor
    lines: list[Line]


def lines(found: Standing, now: datetime) -> list[Lines]:
    """A gauge for each creditor the person has something left to pay at, or for all where nothing is. No query."""
    owed = {debt.creditor_id for debt in found.debts if found.matters[debt.pk].balance_minor > 0}
    creditors = [one for one in found.creditors() if not owed or one.pk in owed]
    return [Lines(one, [line(found, one, channel, now) for channel in SHOWN]) for one in creditors]


def line(found: Standing, creditor: Creditor, channel: Channel, now: datetime) -> Line:
    contact = contact_of(found, channel)
    request = standing.request_for(found, creditor=creditor, channel=channel, contact=contact)
    missing = Never((Reason("NO_ADDRESS"),)) if contact is None and channel in {*KEPT_AS, Channel.CALL} else None
    read = gauge.read(
        channel=channel,
        request=request,
        person=found.person(contact),
        history=tuple(found.history),
        laws=found.laws(creditor),
        now=now,
        decision=missing,
    )
    return _line(read, contact, found.debtor.time_zone)


def contact_of(found: Standing, channel: Channel) -> ContactPoint | None:
    """The number or address by which this channel reaches the person."""
    kept = KEPT_AS.get(channel)
    return found.contact(kept) if kept else logged.number_of(found, channel)


def state_of(decision: Decision) -> str:
    return OPEN if isinstance(decision, Send) else CLOSED if isinstance(decision, Never) else LATER


def _line(read: Gauge, contact: ContactPoint | None, zone: str) -> Line:
    consent = [str(CONSENT[read.consent])]
    if contact is not None:
        consent += [str(BASIS[one]) for one in read.basis if one in BASIS] + [f"…{contact.ending}"]
    return Line(
        channel=str(read.channel),
        name=CHANNELS[read.channel],
        state=state_of(read.decision),
        today=_count(read.today, read.made_today),
        in_seven=_count(read.in_seven, read.made_in_seven),
        longer=_in_days(read.longer),
        hours=_hours(read, zone),
        consent=" · ".join(consent),
        holds=" · ".join(str(Hold.Kind(kind).label) for kind in read.holds),
        why=sentences(() if isinstance(read.decision, Send) else read.decision.reasons),
        until=read.until,
        act=LOGGED.get(read.channel, ""),
    )


def _count(tally: Tally | None, made: int) -> str:
    if tally is None:
        return _("%(used)s, no number is set") % {"used": made}
    words = _("%(used)s of %(allowed)s advised") if tally.warns else _("%(used)s of %(allowed)s")
    return words % {"used": tally.used, "allowed": tally.allowed}


def _in_days(tally: Tally | None) -> str:
    if tally is None:
        return ""
    given = {"used": tally.used, "allowed": tally.allowed, "days": tally.days}
    month = _("%(used)s of %(allowed)s this month")
    return (_("%(used)s of %(allowed)s in %(days)s days") if tally.days else month) % given


def _hours(read: Gauge, zone: str) -> str:
    if not read.opens:
        return _("closed today")
    if not read.bound_to_hours:
        return _("any hour")
    place = ZoneInfo(zone)
    spans = [tuple(at.astimezone(place).strftime("%H:%M") for at in span) for span in read.opens]
    return ", ".join(f"{begin}–{'24:00' if end == '00:00' else end}" for begin, end in spans)
