"""The shape of a rule set: one jurisdiction's law as typed values. Read from `*.toml` beside this file.

`confidence` says how well a value is known: H wording of the law or of the body itself was read, M secondary sources
agree, L one weak source, U not verified. A person in charge of compliance signs a file off by its `reviewed_on`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from accounts.rules.shapes import Period


class Confidence(StrEnum):
    HIGH = "H"
    MEDIUM = "M"
    LOW = "L"
    UNVERIFIED = "U"


class Binding(StrEnum):
    LAW = "law"
    REGULATION = "regulation"
    STANDARD = "standard"
    SELF_REGULATION = "self_reg"
    PLATFORM = "platform"
    POLICY = "policy"


class Stops(StrEnum):
    """What a hold, a dispute or a pause stops."""

    CONTACT = "contact"
    INTEREST = "interest"
    FEES = "fees"
    PAYMENTS = "payments"
    ENFORCEMENT = "enforcement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Where a rule comes from. `ref` is how the parts of the file name it."""

    ref: str
    source: str
    binding: Binding
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLaw:
    """What the law says of a payment plan. A missing number means the law sets none.

    `max_months` longest term; `min_share_per_year_bp` share of the balance to be paid in each full year, in basis
    points; `on_sign` and `on_break` what follows ("stop_contact", "notify", "resume").
    """

    authority: str
    scope: str
    max_months: int | None = None
    max_gap_months: int | None = None
    min_share_per_year_bp: int | None = None
    must_state: tuple[str, ...] = ()
    on_sign: tuple[str, ...] = ()
    on_break: tuple[str, ...] = ()
    record: str = "signature"
    allocation: tuple[str, ...] = ()
    no_pressure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalYears:
    region: str
    years: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitationLaw:
    """When a debt may be too old to be enforced.

    `years` is the ordinary period, absent where parts of the region differ; `guard_after_years` is the age from which
    the page warns before a plan or a payment: the shortest period that may apply.
    """

    authority: str
    guard_after_years: int
    promise_is_acknowledgement: bool
    guard_notice: str
    confidence: Confidence
    years: int | None = None
    years_by_region: tuple[RegionalYears, ...] = ()
    suit_threat_forbidden: bool = False
    message_interrupts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatutoryPause:
    """A breathing space the law gives. `days` absent: open-ended; `after_end_days` follow its end.

    A negotiation has to start within `start_within_days` of the request and finish within `finish_within_days` of the
    start; a failed one is certified, an agreed one filed, within the days named. An adviser's review falls between two
    of its days, of which the day it starts is the first.
    """

    trigger: str
    stops: tuple[Stops, ...]
    confidence: Confidence
    days: int | None = None
    extendable_days: int | None = None
    after_end_days: int | None = None
    start_within_days: int | None = None
    finish_within_days: int | None = None
    failure_certificate_within_days: int | None = None
    court_filing_within_days: int | None = None
    review_from_day: int | None = None
    review_until_day: int | None = None
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HardshipLaw:
    """What the law asks for when someone cannot pay. `reply_working_days` is the longest wait for an answer."""

    authority: str
    options: tuple[str, ...]
    reply_working_days: int | None = None
    creditor_review_within_days: int | None = None
    before: str = ""
    budget_form: str = ""
    pauses: tuple[StatutoryPause, ...] = ()

    def pause(self, trigger: str) -> StatutoryPause:
        """The pause of that name; KeyError for one the file does not name."""
        for pause in self.pauses:
            if pause.trigger == trigger:
                return pause
        raise KeyError(trigger)


class SignpostKind(StrEnum):
    ADVICE = "advice"
    CRISIS = "crisis"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class InLanguages:
    """What people read in their language."""

    zh_hans: str
    zh_hant: str
    en: str

    def words(self, language: str) -> str:
        """The words in zh-hans, zh-hant or en."""
        return {"zh-hans": self.zh_hans, "zh-hant": self.zh_hant}.get(language.lower(), self.en)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signpost(InLanguages):
    """A free body to turn to. `checked_on` is the day its details were last looked up, and pages show it; absent where
    nobody has yet.
    """

    key: str
    kind: SignpostKind
    source: str
    confidence: Confidence
    checked_on: date | None = None
    phone: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSignposts:
    """The operator's own bodies: each region's, by which those of the rule file with the same key are replaced, and the
    keys of those that are not to be shown.
    """

    remove: tuple[str, ...] = ()
    cn: tuple[Signpost, ...] = ()
    eu: tuple[Signpost, ...] = ()
    hk: tuple[Signpost, ...] = ()
    tw: tuple[Signpost, ...] = ()
    uk: tuple[Signpost, ...] = ()
    us: tuple[Signpost, ...] = ()

    def over(self, region: str, shipped: tuple[Signpost, ...]) -> tuple[Signpost, ...]:
        """The signposts of a region: a shipped one's place is kept, a new one stands behind them."""
        own = {post.key: post for post in getattr(self, region, ())}
        kept = [own.pop(post.key, post) for post in shipped if post.key not in self.remove]
        return (*kept, *own.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeLaw:
    """What a dispute stops and until when ("verified": proof was sent; "outcome_sent": the answer was).

    `proof_by` says who has to prove; a dispute without new facts may be answered as a repeat where `duplicate_rule`.
    """

    authority: str
    stops: tuple[Stops, ...]
    until: str
    prompts: tuple[str, ...]
    accepted_via: tuple[str, ...] = ("portal",)
    proof_by: str = ""
    pass_to_owner: bool = False
    duplicate_rule: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyLaw:
    """Whether someone collecting for the creditor may receive the money, or only the creditor itself."""

    authority: str
    may_receive_money: bool
    notice_before: bool = False
    principal_liable: bool = False
    public_list: bool = False
    review_every: Period | None = None


class RateCapKind(StrEnum):
    FIXED = "fixed"
    LPR_MULTIPLE = "lpr_multiple"
    PRESUMED_EXTORTIONATE = "presumed_extortionate"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCap:
    """The dearest a year may be in `scope`: a fixed rate in basis points, or so many times the loan prime rate."""

    authority: str
    kind: RateCapKind
    scope: str
    rate_bp: int | None = None
    times: int | None = None
    includes_fees: bool = False

    def __post_init__(self) -> None:
        if (self.rate_bp is None) == (self.kind is not RateCapKind.LPR_MULTIPLE):
            raise ValueError("names rate_bp, or times where it is a multiple")
        if (self.times is None) == (self.kind is RateCapKind.LPR_MULTIPLE):
            raise ValueError("names times where it is a multiple, else rate_bp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground(InLanguages):
    """The article by which data is held for a reason: contract, duty, safety or choice (`portal.privacy.held`)."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyLaw:
    """How fast a person's requests about their data are answered. `copy_within` absent: promptly, without a figure."""

    authority: str
    copy_within: Period | None = None
    copy_extension: Period | None = None
    fix_within: Period | None = None
    fix_extension: Period | None = None
    erase_blocked_by: tuple[str, ...] = ()
    restrict_instead: bool = False
    human_review: bool = False
    separate_consent: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLaw:
    """What a hold of this kind stops while it is open. Kinds are those of `accounts.models.Hold`."""

    kind: str
    stops: tuple[Stops, ...]
    binding: Binding


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Which calendar of the `holidays` package holds; `market` for a bank calendar. The lists correct it by hand."""

    code: str
    market: bool = False
    subdivision: str | None = None
    also_closed: tuple[date, ...] = ()
    also_working: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One rule set: what binds in `region` from `effective_from` until `effective_to` (both included)."""

    id: str
    region: str
    version: str
    effective_from: date
    reviewed_on: date
    authorities: tuple[Authority, ...]
    plan: PlanLaw
    limitation: LimitationLaw
    hardship: HardshipLaw
    dispute: DisputeLaw
    agency: AgencyLaw
    holds: tuple[HoldLaw, ...]
    signposts: tuple[Signpost, ...]
    calendar: Calendar
    rate_caps: tuple[RateCap, ...] = ()
    privacy: PrivacyLaw | None = None
    effective_to: date | None = None

    @property
    def name(self) -> str:
        """Id and version, as facts made under this rule set store it."""
        return f"{self.id} {self.version}"

    def hold(self, kind: str) -> HoldLaw:
        """What a hold of this kind stops; KeyError for a kind the file does not name."""
        for hold in self.holds:
            if hold.kind == kind:
                return hold
        raise KeyError(kind)

    def signposts_of(self, kind: str) -> tuple[Signpost, ...]:
        """The signposts of one kind ("advice", "crisis", "complaint"), in the order of the file."""
        return tuple(post for post in self.signposts if post.kind == kind)
