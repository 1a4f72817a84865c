"""What `decide` is told: the request, the person, what was said before. Frozen values, made from rows or from JSON.

Days are days where the person is; instants are aware. What is not known is left out, and counts as the stricter case.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from accounts.rules.contact_law import Channel, Counts, HoursRule, Lift, LinkPolicy, OnHolidays, Purpose, Weekday


class Recipient(StrEnum):
    """Who hears it. `other` is somebody the person named, or a number found: no party to the matter."""

    PERSON = "person"
    SPOUSE = "spouse"
    GUARDIAN = "guardian"
    LAWYER = "lawyer"
    GUARANTOR = "guarantor"
    AUTHORISED = "authorised"
    OTHER = "other"


class Outcome(StrEnum):
    """What came of a contact."""

    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"  # it never left
    UNKNOWN = "unknown"
    UNANSWERED = "unanswered"
    VOICEMAIL = "voicemail"
    CONVERSATION = "conversation"


class HoldKind(StrEnum):
    PAUSE = "pause"
    DISPUTE = "dispute"
    BREATHING_SPACE = "breathing_space"
    VULNERABILITY = "vulnerability"
    DECEASED = "deceased"
    COURT = "court"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A notice that was given, or an event that calls for one, and its day."""

    id: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A debt as far as contact goes. `payments_known_at`: until when what was paid is known."""

    id: str
    balance_minor: int = 1
    open: bool = True
    overdue_since: date | None = None
    payments_known_at: datetime | None = None
    plan_active: bool = False
    time_barred: bool = False
    time_barred_said: bool = False
    validation_sent_on: date | None = None
    events: tuple[Given, ...] = ()
    notices: tuple[Given, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A number or an address. `basis` says why it may be used: consumer_used, consent, creditor_notice …"""

    id: str
    basis: tuple[str, ...] = ()
    rechecked_on: date | None = None
    creditor_notice_on: date | None = None
    employer: bool = False
    blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLink:
    """A link in a text: what it leads to, whether the operator knows it, whether a template's variable holds it."""

    kind: LinkPolicy
    registered: bool = False
    in_variable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is to be said. `links` absent: they are looked for in the body. `signed_in`: only the person can read it."""

    body: str
    sender: str = ""
    two_way: bool = True
    links: tuple[TextLink, ...] | None = None
    registered_phones: tuple[str, ...] = ()
    stop_line: bool | None = None
    presses: bool = False
    approved: bool = True
    carrier_approved: bool = False
    registered: bool = True  # with the gateway, where it puts the text together itself
    signed_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing to be said. Without `text` (a call, or a text not written yet) nothing is judged of its content.

    `topic` tells campaigns apart that have nothing to do with each other; `locate` asks only where the person is.
    """

    channel: Channel
    matters: tuple[Matter, ...]
    purpose: Purpose = Purpose.REMINDER
    address: Address | None = None
    recipient: Recipient = Recipient.PERSON
    recipient_refused: bool = False
    locate: bool = False
    text: Text | None = None
    topic: str = ""
    lifts: tuple[Lift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A contact that was made or tried; `inbound` when the person began it."""

    at: datetime
    channel: Channel
    outcome: Outcome = Outcome.SENT
    purpose: Purpose = Purpose.REMINDER
    matters: tuple[str, ...] = ()
    address: str = ""
    inbound: bool = False
    lifts: tuple[Lift, ...] = ()

    def is_a(self, counts: Counts) -> bool:
        """Whether a limit that counts this kind counts it."""
        if counts is Counts.CONVERSATION:
            return self.outcome is Outcome.CONVERSATION
        if self.inbound:
            return False
        if counts is Counts.UNANSWERED_ATTEMPT:
            return self.outcome in {Outcome.UNANSWERED, Outcome.VOICEMAIL}
        return counts is Counts.ATTEMPT or self.outcome is not Outcome.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A "stop": by which channel and address, about what. Without a topic it is about everything said there."""

    at: datetime
    channel: Channel
    address: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A hold that is open, or will be; without `until` somebody has to end it, without `matter` it is about all."""

    kind: HoldKind
    since: datetime | None = None
    until: datetime | None = None
    matter: str = ""
    stops_contact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A time zone, and how it is known: stated, address or phone."""

    zone: str
    source: str = "stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class WishedHours:
    """Days and hours in which the person wants to be written to or called."""

    from_: time
    until: time
    days: tuple[Weekday, ...] = tuple(Weekday)

    def __post_init__(self) -> None:
        if self.from_ >= self.until:
            raise ValueError("until: must be later than from")

    def as_rule(self) -> HoursRule:
        """The same as a rule of law, for every channel."""
        return HoursRule(
            authority="wishes",
            channels=tuple(Channel),
            days=self.days,
            from_=self.from_,
            until=self.until,
            holidays=OnHolidays.ALLOW,
        )


_WORKING_DAYS: Final = (Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI)
# When people are not at work, as far as anybody knows who has not said other hours.
OFF_WORK: Final = (
    WishedHours(from_=time.min, until=time(9), days=_WORKING_DAYS),
    WishedHours(from_=time(18), until=time.max, days=_WORKING_DAYS),
    WishedHours(from_=time.min, until=time.max, days=(Weekday.SAT, Weekday.SUN)),
)
SPOKEN: Final = frozenset({Channel.CALL, Channel.AI_VOICE, Channel.VISIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the person asked for. `hours` absent: no wish; channels in `closed` are not to be used.

    `not_at_work`: nothing is asked at an address that is at work, and nobody speaks to them in working hours. With
    `interpreter` nobody speaks to them before one is arranged.
    """

    hours: tuple[WishedHours, ...] = ()
    closed: tuple[Channel, ...] = ()
    not_at_work: bool = False
    interpreter: bool = False

    def rules_for(self, channel: Channel) -> tuple[HoursRule, ...]:
        """The hours of this channel as rules of law; none: any hour. Hours that were said say where work is as well."""
        off_work = OFF_WORK if self.not_at_work and channel in SPOKEN else ()
        return tuple(wished.as_rule() for wished in self.hours or off_work)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A consent or an agreement of the person: consent (to other hours), stated_preference, agreed_otherwise."""

    kind: Lift
    on: date
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The person. `places` are what is known beyond the time zone: us-ma, us-nyc, eu-gr … `number_invalid` and
    `incapacitated` say why somebody else may be asked where they are.
    """

    zones: tuple[Zone, ...] = ()
    places: tuple[str, ...] = ()
    stops: tuple[Stopped, ...] = ()
    halts: tuple[Halt, ...] = ()
    wishes: Wishes | None = None
    agreed: tuple[Agreed, ...] = ()
    ceased_on: date | None = None
    bankrupt: bool = False
    deceased: bool = False
    incapacitated: bool = False
    number_invalid: bool = False
