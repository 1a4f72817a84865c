"""What the law says of writing to people and calling them, as typed values. Read from `contact/*.toml`.

A rule set names the region whose other parts (plan, limitation, hardship, dispute, holds) stand in `<region>.toml`.
An overlay (`extends`) holds only what it adds: the base and each overlay are layers, and all of them have to allow a
contact, so that what they say together is never laxer than what one of them says. Each part names its authority, and
the authority says how well it is known. Times are those of the place where the person is.
"""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from zoneinfo import available_timezones

from accounts.rules.law import Authority, Calendar
from accounts.rules.shapes import Period

_ZONES = frozenset(available_timezones())


class Channel(StrEnum):
    CALL = "call"
    AI_VOICE = "ai_voice"
    SMS = "sms"
    EMAIL = "email"
    CHAT = "chat"
    PUSH = "push"
    POST = "post"
    FAX = "fax"
    VISIT = "visit"


class Actor(StrEnum):
    CREDITOR = "creditor"
    AGENT = "agent"
    DEBT_BUYER = "debt_buyer"
    SERVICER = "servicer"


class Purpose(StrEnum):
    """Why something is said. Only the first three are contact in the sense of hours and limits."""

    REMINDER = "reminder"
    INSTALMENT = "instalment"  # about a payment of a running plan
    REQUIRED = "required"  # a notice the law asks for
    SERVICE = "service"  # an answer to the person's own act
    CODE = "code"  # somebody sits and waits for it
    CONFIRMATION = "confirmation"  # the one answer to "stop"


class Weekday(StrEnum):
    """Days in the order of `date.weekday()`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class OnHolidays(StrEnum):
    ALLOW = "allow"
    DENY = "deny"


class Lift(StrEnum):
    """What makes an hour or a limit not apply."""

    CONSENT = "consent"
    CONSENT_7D = "consent_7d"
    STATED_PREFERENCE = "stated_preference"
    AGREED_OTHERWISE = "agreed_otherwise"
    LEGALLY_REQUIRED = "legally_required"
    CONSUMER_REQUESTED = "consumer_requested"
    CONSUMER_INITIATED_ONCE = "consumer_initiated_once"


class Counts(StrEnum):
    ATTEMPT = "attempt"
    UNANSWERED_ATTEMPT = "unanswered_attempt"
    CONVERSATION = "conversation"
    SENT = "sent"


class Per(StrEnum):
    PERSON = "person"
    DEBT = "debt"
    ADDRESS = "address"


class WindowKind(StrEnum):
    ROLLING_DAYS = "rolling_days"
    CALENDAR_DAY = "calendar_day"
    CALENDAR_MONTH = "calendar_month"


class LimitAction(StrEnum):
    BLOCK = "block"
    WARN = "warn"


class Scope(StrEnum):
    """How far a "stop" reaches: this address in this matter, all automatic calls and texts, a channel, everything."""

    ADDRESS = "address"
    ALL_ROBOTEXTS = "all_robotexts"
    CHANNEL = "channel"
    ALL_CHANNELS = "all_channels"


class FreeText(StrEnum):
    HONOUR = "honour"
    QUEUE_FOR_HUMAN = "queue_for_human"


class LinkPolicy(StrEnum):
    NONE = "none"
    HOME_PAGE_ONLY = "home_page_only"
    FIXED_REGISTERED = "fixed_registered"
    TOKENISED = "tokenised"


class Approval(StrEnum):
    NONE = "none"
    CARRIER = "carrier"


class OnConflict(StrEnum):
    ALL_MUST_PASS = "all_must_pass"  # noqa: S105  they pass through a window of hours
    USE_FIRST = "use_first"


class QuietRule(StrEnum):
    NO_OVERSHADOWING = "no_overshadowing"
    NO_CONTACT = "no_contact"


class State(StrEnum):
    """States of a person or a matter that may close a channel."""

    OPTED_OUT = "opted_out"
    CEASED = "ceased"
    MORATORIUM = "moratorium"
    DISPUTE_HOLD = "dispute_hold"
    PAUSED = "paused"
    VULNERABLE = "vulnerable"
    COURT = "court"
    DECEASED = "deceased"
    BANKRUPT = "bankrupt"
    PLAN_ACTIVE = "plan_active"
    TIME_BARRED_SAID = "time_barred_said"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliesTo:
    """Whom a rule set binds. An overlay applies where one of its `places` is known to be the person's, or, as long as
    nothing better is known than a time zone, where that is one of its `zones`; `products` are parts of a product's
    name; `creditors` makes it the contract of those named. A base is kept to for everybody in its region.
    """

    actors: tuple[Actor, ...] = ()
    places: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    creditors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRule:
    """Which of the person's zones count, and the zones that all have to pass when none is known."""

    authority: str
    tz_from: tuple[str, ...]
    on_conflict: OnConflict
    zones: tuple[str, ...]

    def __post_init__(self) -> None:
        unknown = [zone for zone in self.zones if zone not in _ZONES]
        if unknown or not self.zones:
            raise ValueError(f"no such time zone: {', '.join(unknown) or 'none is named'}")
        if set(self.tz_from) - {"stated", "address", "phone"}:
            raise ValueError("tz_from: one of stated, address, phone")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRule:
    """When these channels may be used. Rules of one file for one channel add up; other files have to agree."""

    authority: str
    channels: tuple[Channel, ...]
    days: tuple[Weekday, ...]
    from_: time
    until: time
    holidays: OnHolidays
    until_inclusive: bool = False
    lifted_by: tuple[Lift, ...] = ()

    def __post_init__(self) -> None:
        if self.from_ >= self.until:
            raise ValueError("until: must be later than from")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    kind: WindowKind
    length: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRule:
    """At most `max` of what is counted in the window; counted per person, and per debt or address where named. With
    `at_work` it is for addresses at work alone.
    """

    authority: str
    id: str
    channels: tuple[Channel, ...]
    counts: Counts
    per: tuple[Per, ...]
    window: Window
    max: int
    action: LimitAction = LimitAction.BLOCK
    excludes: tuple[Lift, ...] = ()
    at_work: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CooldownRule:
    """No contact by these channels for so many days after an event (`conversation`) about the same debt."""

    authority: str
    after: Counts
    channels: tuple[Channel, ...]
    length_days: int
    event_day_is_day_one: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceRule:
    """No reminder in the first so many days of delay; the due day itself is not one of them."""

    authority: str
    after_due_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRule:
    """On what grounds a channel may be used, and how fresh the knowledge of the address has to be."""

    authority: str
    channel: Channel
    basis: tuple[str, ...]
    recheck_days: int | None = None
    recheck_by: tuple[str, ...] = ()
    creditor_notice_days: int | None = None
    deny_domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedScope:
    on: date
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    max: int
    within: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutRule:
    """How people say stop, how far it reaches (`scope`, later `scope_from`), and the line a text carries (`footer`);
    `back` are the words by which they open the number again.
    """

    authority: str
    scope: Scope
    keywords: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    free_text: FreeText | None = None
    scope_from: tuple[DatedScope, ...] = ()
    honour_within: Period | None = None
    legal_max_business_days: int | None = None
    confirmation: Confirmation | None = None
    one_way_method: str = ""
    footer: tuple[Channel, ...] = ()

    def scope_on(self, day: date) -> Scope:
        """How far a stop reaches on that day."""
        later = [dated for dated in self.scope_from if dated.on <= day]
        return max(later, key=lambda dated: dated.on).scope if later else self.scope


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderRule:
    """How the sender of a text may be named. `warn_parts` are parts of a name that look like a collector's."""

    authority: str
    max_len: int | None = None
    forbid_words: tuple[str, ...] = ()
    warn_parts: tuple[str, ...] = ()
    prefix: str = ""
    text_prefix: str = ""
    sign_in_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRule:
    authority: str
    policy: LinkPolicy
    preregistered: bool = False
    phone_preregistered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRule:
    """What a text may hold. `forbidden` names groups of `forbidden.toml`; `identity_line` what the page has to say."""

    authority: str
    pre_auth_neutral: bool
    forbidden: tuple[str, ...] = ()
    identity_line: str = ""
    template_approval: Approval = Approval.NONE
    max_chars: int | None = None
    links: LinkRule | None = None
    sender: SenderRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRule:
    """Where one may chat, and whether a machine has to say that it is one."""

    authority: str
    platform_ok: tuple[str, ...]
    ai_disclosure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRule:
    """A notice the law asks for after `trigger`. With `gate`, nothing else may be said before it was given."""

    authority: str
    id: str
    trigger: str
    blocks: tuple[str, ...]
    medium: tuple[str, ...]
    gate: bool = False
    on_request: bool = False
    within: Period | None = None
    within_counts_trigger_day: bool = False
    cure_days: int | None = None
    repeat_max: Period | None = None
    keepable: bool = False
    esign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRule:
    """The time to dispute after the validation notice: days after the receipt, which is assumed after some days."""

    authority: str
    period_days: int
    assumed_receipt_days: int
    receipt_skips_weekends: bool = True
    receipt_skips_holidays: bool = True
    quiet_rule: QuietRule = QuietRule.NO_OVERSHADOWING


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdPartyRule:
    """Who else may be spoken to, and when somebody may be asked where the person is, without a word of the matter."""

    authority: str
    allowed: tuple[str, ...]
    locate_only_if: tuple[str, ...] = ()
    stop_on_refusal: bool = True
    reveal_debt: bool = False
    share_data_with_agency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditReporting:
    authority: str
    after_message_wait_days: int
    bounce_cancels: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentData:
    """How old what is known of payments may be when somebody is reminded of one."""

    authority: str
    max_age: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a record is kept; `min` or `until_settled`."""

    authority: str
    record: str
    from_: str
    min: Period | None = None
    max: Period | None = None
    until_settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBlock:
    """States in which these channels are closed for contact of these purposes."""

    authority: str
    channels: tuple[Channel, ...]
    states: tuple[State, ...]
    purposes: tuple[Purpose, ...] = (Purpose.REMINDER, Purpose.INSTALMENT)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContactLaw:
    """One rule set of contact, base or overlay: in force from `effective_from` to `effective_to`, both included."""

    id: str
    region: str
    version: str
    effective_from: date
    reviewed_on: date
    authorities: tuple[Authority, ...]
    applies_to: AppliesTo
    extends: str = ""
    effective_to: date | None = None
    timezone: ZoneRule | None = None
    calendar: Calendar | None = None
    allowed_hours: tuple[HoursRule, ...] = ()
    contact_limits: tuple[LimitRule, ...] = ()
    cooldowns: tuple[CooldownRule, ...] = ()
    grace: GraceRule | None = None
    channel_permission: tuple[PermissionRule, ...] = ()
    opt_out: OptOutRule | None = None
    content: ContentRule | None = None
    chat: ChatRule | None = None
    notices: tuple[NoticeRule, ...] = ()
    validation: ValidationRule | None = None
    third_party: ThirdPartyRule | None = None
    credit_reporting: CreditReporting | None = None
    payment_data: PaymentData | None = None
    retention: tuple[Retention, ...] = ()
    states_that_block: tuple[StateBlock, ...] = ()

    @property
    def name(self) -> str:
        """Id and version, as facts made under this rule set store it."""
        return f"{self.id} {self.version}"

    def covers(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)
