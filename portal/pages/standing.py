"""Where a person stands, per debt, in one state and one sentence: what home, the list and the account page all say."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, UUIDField, When
from django.utils.translation import gettext as _

from accounts import holds
from accounts.models import Debt, Debtor, Hold
from accounts.money import Money
from accounts.prepared import Prepared
from plans.models import Offer, Plan
from plans.offers import number_of_staff
from portal import formats
from portal.contact.models import Call, ThreadMessage
from portal.templatetags.words import page_language

# What wants to be known first stands first: the home page of someone with several debts says the first of theirs.
ORDER = (
    "died",
    "legal",
    "checking",
    "paused",
    "suggestion",
    "with_us",
    "running",
    "none",
    "credit",
    "cleared",
    "moved",
)
PAUSES = frozenset({Hold.Kind.PAUSE, Hold.Kind.BREATHING_SPACE})
ASKED_FOR = timedelta(days=14)  # how long after a pause the pages ask how things are
_PERSON = UUIDField()


def _debts(debtor) -> QuerySet[Debt]:
    return Debt.objects.filter(debtor=debtor).select_related("creditor").order_by("created_at", "id")


def _with_replies(debtor) -> QuerySet[Debt]:
    unseen = ThreadMessage.objects.filter(debtor=debtor, staff__isnull=False, seen_at=None)
    call = Call.objects.filter(debtor=debtor, helper=None, state=Call.State.ASKED)
    to_come = {"call_from": Subquery(call.values("starts_at")[:1]), "call_until": Subquery(call.values("until_at")[:1])}
    return _debts(debtor).annotate(answered=Exists(unseen), **to_come)  # type: ignore[no-redef]


def _alive(debtor) -> QuerySet[Offer]:
    # A running plan is reached through the offer it came from: one query for what is open and what is agreed.
    alive = Q(state=Offer.State.PROPOSED) | Q(plan__state=Plan.State.RUNNING)
    counted = Subquery(number_of_staff(OuterRef("debt"), OuterRef("created_at"), OuterRef("pk")))
    mine = Offer.objects.filter(alive, debt__debtor=debtor).select_related("plan__policy").order_by("created_at")
    return mine.annotate(number=Case(When(proposer=Offer.Proposer.STAFF, then=counted)))  # type: ignore[no-redef]


_DEBTS = Prepared(_debts, debtor=_PERSON)
_DEBT = Prepared(lambda debtor, debt: _debts(debtor).filter(pk=debt), debtor=_PERSON, debt=UUIDField())
_DEBTS_AND_REPLIES = Prepared(_with_replies, debtor=_PERSON)
_HOLDS = Prepared(lambda debtor: Hold.objects.filter(debtor=debtor).order_by("from_at", "id"), debtor=_PERSON)
_OFFERS = Prepared(_alive, debtor=_PERSON)

READ_ONLY = frozenset({"died", "legal", "moved"})
NOTHING_OWED = frozenset({"cleared", "credit"})
FINISHED = frozenset({"cleared", "moved"})


@dataclass(slots=True, kw_only=True)
class Standing:
    """One debt and what is open about it. `words` is the sentence people read, in the page's language.

    `holds` are those in force on this debt; `ever` all of this person's, past ones too.
    """

    debt: Debt
    holds: list[Hold]
    ever: list[Hold]
    state: str = "none"
    words: str = ""
    suggestion: Offer | None = None
    ask: Offer | None = None
    plan: Plan | None = None

    @property
    def owed(self) -> bool:
        """Whether it counts towards what the person owes here and now."""
        return self.debt.balance_minor > 0 and self.debt.state not in {Debt.State.CLOSED, Debt.State.TRANSFERRED}

    @property
    def checked(self) -> Money:
        """How much of the debt is being checked: all of it, a part, or nothing."""
        return self.debt.balance if self.state == "checking" else self.debt.balance - self.debt.payable


def debts_of(debtor: Debtor) -> list[Debt]:
    """A person's debts with their creditors, oldest first: the same order on every page. One query."""
    return _DEBTS(debtor=debtor.pk)


def debt_of(debtor: Debtor, debt_id: uuid.UUID) -> Debt | None:
    """One of them; None for anybody else's, the same as for none. One query."""
    return next(iter(_DEBT(debtor=debtor.pk, debt=debt_id)), None)


def debts_and_replies(debtor: Debtor) -> list[Debt]:
    """The same debts, each with `answered`, whether a reply of staff waits to be read, and the hour of a call to come.

    One query.
    """
    return _DEBTS_AND_REPLIES(debtor=debtor.pk)


def holds_of(debtor: Debtor) -> list[Hold]:
    """All of a person's holds, past ones too, the oldest first. One query."""
    return _HOLDS(debtor=debtor.pk)


def of(debts: list[Debt], *, debtor: Debtor, region: str, now: datetime) -> list[Standing]:
    """Where each of these debts of one person stands. Two queries, however many there are."""
    ever = holds_of(debtor)
    in_force = [hold for hold in ever if holds.in_force(hold, now)]
    offers: dict[object, list[Offer]] = defaultdict(list)
    for offer in _OFFERS(debtor=debtor.pk):
        offers[offer.debt_id].append(offer)
    found = []
    for debt in debts:
        standing = Standing(debt=debt, holds=holds.on_debt(in_force, debt), ever=ever)
        _look(standing, offers[debt.pk], now)
        standing.state = _state(standing)
        standing.words = _words(standing, debtor, region)
        found.append(standing)
    return found


def _look(standing: Standing, offers: list[Offer], now: datetime) -> None:
    """Which of a debt's offers are open, and from which the running plan came."""
    for offer in offers:
        if offer.state != Offer.State.PROPOSED:
            standing.plan = offer.plan
            standing.plan.debt = standing.debt
        elif offer.proposer == Offer.Proposer.DEBTOR:
            standing.ask = offer
        elif offer.proposer == Offer.Proposer.STAFF and offer.expires_at > now:
            standing.suggestion = offer


def _state(standing: Standing) -> str:
    debt, kinds = standing.debt, {hold.kind for hold in standing.holds if hold.disputed_minor is None}
    found = (
        ("died", Hold.Kind.DECEASED in kinds),
        ("moved", debt.state == Debt.State.TRANSFERRED),
        ("legal", debt.state == Debt.State.LEGAL or Hold.Kind.COURT in kinds),
        ("cleared", debt.state == Debt.State.CLOSED or debt.balance_minor == 0),
        ("credit", debt.balance_minor < 0),
        ("checking", Hold.Kind.DISPUTE in kinds or debt.payable.minor <= 0),  # parts may make up the whole
        ("paused", bool(kinds & PAUSES)),
        ("suggestion", standing.suggestion is not None),
        ("with_us", standing.ask is not None),
        ("running", standing.plan is not None),
    )
    return next((state for state, holds_true in found if holds_true), "none")


def _words(standing: Standing, debtor: Debtor, region: str) -> str:
    debt, language = standing.debt, page_language()
    match standing.state:
        case "moved":
            company = debt.transferred_to or _("another company")
            return _("Moved to %(company)s. Please contact them") % {"company": company}
        case "cleared" if debt.balance_minor != 0:
            return _("Closed. Nothing more to pay")
        case "paused":
            until = paused_until(standing.holds, debtor.time_zone)
            return _("Paused until %(date)s") % {"date": formats.day(until, language, region)} if until else _("Paused")
        case "with_us" if standing.ask and standing.ask.reply_by_on:
            day = formats.day(standing.ask.reply_by_on, language, region)
            return _("Your plan is with us. We will reply by %(date)s") % {"date": day}
    return {
        "died": _("A named person is looking after this. Please contact us"),
        "legal": _("In a legal process. Please read this first"),
        "cleared": _("Fully paid"),
        "credit": _("More was paid than needed. The credit is yours"),
        "checking": _("Being checked. No payment is needed"),
        "suggestion": _("There is a suggestion for you to look at"),
        "with_us": _("Your plan is with us"),
        "running": _("Your plan is running"),
    }.get(standing.state, _("Nothing agreed yet"))


def paused_until(on_it: list[Hold], time_zone: str) -> date | None:
    """The day on which the last of these pauses ends, where the person lives; None when one has no end."""
    ends = [hold.until_at for hold in on_it if hold.kind in PAUSES]
    known = [end for end in ends if end is not None]
    return max(known).astimezone(ZoneInfo(time_zone)).date() if known and len(known) == len(ends) else None


def pause_just_over(ever: list[Hold], now: datetime) -> bool:
    """Whether the person's last pause ended of itself in the last days, and none has begun since."""
    pauses = [hold for hold in ever if hold.kind == Hold.Kind.PAUSE]
    last = max(pauses, key=lambda hold: hold.from_at, default=None)
    if last is None or last.ended_at is not None or last.until_at is None:
        return False
    return last.until_at <= now < last.until_at + ASKED_FOR


def first(standings: list[Standing]) -> Standing | None:
    """The one that wants to be known first."""
    return min(standings, key=lambda one: ORDER.index(one.state), default=None)
