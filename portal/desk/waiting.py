"""What waits for staff, by rule: danger first, then what was promised, the longest waiting first. Never by amount."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Exists, Min, OuterRef, StringAgg, Subquery, Sum, TextField, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import bank_details, days, disputes, names
from accounts.models import Debtor, Hold, Knock, Message, Need, PrivacyRequest
from plans import pausing
from plans.models import Offer
from portal.contact.models import Heard, ThreadMessage
from portal.contact.obey import FOR_STAFF
from portal.contact.replies import Meaning
from portal.contact.safety import suggests_harm

MOST = 10  # of one list on the page; the rest is behind its link


@dataclass(frozen=True)
class Row:
    """One that waits: its case, who and why in words, and the day promised or since when it waits."""

    url: str
    words: str
    on: date | None = None
    since: datetime | None = None
    time_zone: str = "UTC"
    danger: bool = False
    no_pause_left: bool = False  # asked for a pause when the year's were used up: we said that a person looks today
    late: bool = False
    needs: tuple[str, ...] = ()  # what makes it easier for the person, in words, without their own


@dataclass(frozen=True)
class WaitingList:
    title: str | Promise
    more: str
    rows: list[Row]


def _needed(debtor: str) -> Coalesce:
    """What makes it easier for the person of a row, as codes with a space between."""
    mine = Need.objects.filter(debtor=OuterRef(debtor), removed_at=None).order_by().values("debtor")
    kinds = mine.annotate(kinds=StringAgg("kind", Value(" "), output_field=TextField())).values("kinds")
    return Coalesce(Subquery(kinds), Value(""), output_field=TextField())


def _in_words(needed: str) -> tuple[str, ...]:
    return tuple(str(kind.label) for kind in Need.Kind if kind in needed.split())


def _messages(now: datetime) -> Iterator[Row]:
    """One row a person, however much they wrote. After danger come those whom we told that a person looks today."""
    asked_again = Hold.objects.open(now).filter(debtor=OuterRef("debtor"), reason=pausing.ASKED_AGAIN)
    waiting = ThreadMessage.objects.filter(staff=None, answered_at=None)
    people = waiting.values("debtor", "debtor__name", "debtor__time_zone").annotate(
        since=Min("at"),
        danger=Sum(Case(When(safety=True, then=Value(1)), default=Value(0))),
        no_pause_left=Exists(asked_again),
        needed=_needed("debtor"),
    )
    for row in people.order_by("-danger", "-no_pause_left", "since")[:MOST]:
        yield Row(
            reverse("admin:case", args=[row["debtor"]]),
            names.masked(row["debtor__name"]),
            since=row["since"],
            time_zone=row["debtor__time_zone"],
            danger=row["danger"] > 0,
            no_pause_left=row["no_pause_left"],
            needs=_in_words(row["needed"]),
        )


def _asks(now: datetime) -> Iterator[Row]:
    rows = Offer.objects.filter(needs_person=True, state=Offer.State.PROPOSED).select_related("debt__debtor")
    rows = rows.annotate(needed=_needed("debt__debtor"))
    for row in rows.order_by("reply_by_on", "created_at")[:MOST]:
        words = f"{names.masked(row.debt.debtor.name)} · {row.debt.debt_ref}"
        yield _promised(
            reverse("admin:review", args=[row.pk]), words, row.debt.debtor, row.reply_by_on, now, row.needed
        )


def _checks(now: datetime) -> Iterator[Row]:
    rows = Hold.objects.filter(kind=Hold.Kind.DISPUTE, ended_at=None).select_related("debtor")
    rows = rows.annotate(needed=_needed("debtor"))
    for row in rows.order_by("reply_by_on", "from_at")[:MOST]:
        words = f"{names.masked(row.debtor.name)} · {disputes.reference(row)}"
        yield _promised(reverse("admin:check", args=[row.pk]), words, row.debtor, row.reply_by_on, now, row.needed)


def _promised(url: str, words: str, debtor: Debtor, day: date | None, now: datetime, needed: str) -> Row:
    late = day is not None and day < days.today_in(debtor.time_zone, now)
    return Row(url, words, on=day, late=late, needs=_in_words(needed))


def _knocks(now: datetime) -> Iterator[Row]:
    kinds = {Knock.Kind.NOT_ME: _("Said: this is not me"), Knock.Kind.HELP: _("Asked for help at the door")}
    for row in Knock.objects.filter(answered_at=None).order_by("at")[:MOST]:
        words = f"{kinds[Knock.Kind(row.kind)]} · {row.reference}"
        yield Row(reverse("admin:accounts_knock_change", args=[row.pk]), words, since=row.at)


def _replies(now: datetime) -> Iterator[Row]:
    """Answers to messages that no thread holds. Their words are locked up, so danger is looked for here."""
    waiting = Heard.objects.filter(kind__in=FOR_STAFF, settled_at=None).select_related("debtor")
    waiting = waiting.annotate(needed=_needed("debtor"))
    rows = [(suggests_harm(row.body), row) for row in waiting.order_by("heard_at")[: 5 * MOST]]
    for danger, row in sorted(rows, key=lambda pair: not pair[0])[:MOST]:
        who = names.masked(row.debtor.name) if row.debtor else _("A number on no file")
        words = f"{who} · {_('may be a stop')}" if row.meaning == Meaning.MAYBE_STOP else who
        if row.kind == Heard.Kind.TOO_LONG:
            words = f"{row.get_kind_display()} · {row.code}"
        url = reverse("admin:contact_heard_change", args=[row.pk])
        yield Row(url, words, since=row.heard_at, danger=danger, needs=_in_words(row.needed))


def _doubtful(now: datetime) -> Iterator[Row]:
    """Messages of which nobody knows whether they went out: none of them goes out again by itself."""
    unknown = Message.objects.filter(state=Message.State.UNKNOWN).select_related("debtor")
    for row in unknown.order_by("not_before_at")[:MOST]:
        url = reverse("admin:accounts_message_change", args=[row.pk])
        yield Row(url, names.masked(row.debtor.name), since=row.not_before_at, time_zone=row.debtor.time_zone)


def _bank_details(now: datetime) -> Iterator[Row]:
    for row in bank_details.waiting(now).select_related("creditor").order_by("proposed_at")[:MOST]:
        url, zone = reverse("admin:bank", args=[row.creditor_id]), row.creditor.time_zone
        yield Row(url, row.creditor.name, since=row.proposed_at, time_zone=zone)


def _requests(now: datetime) -> Iterator[Row]:
    """What people asked of their data, but for deletions, which need nobody."""
    waiting = PrivacyRequest.objects.filter(kind=PrivacyRequest.Kind.FIX, answered_at=None).select_related("debtor")
    waiting = waiting.annotate(needed=_needed("debtor"))
    for row in waiting.order_by("due_on", "asked_at")[:MOST]:
        words = f"{names.masked(row.debtor.name)} · {row.get_about_display()}"
        yield _promised(reverse("admin:fix", args=[row.pk]), words, row.debtor, row.due_on, now, row.needed)


# Who may see it, its title, the whole list behind it, and its rows.
_LISTS: tuple[tuple[str, Promise, str, str, Callable[[datetime], Iterator[Row]]], ...] = (
    ("contact.view_threadmessage", gettext_lazy("Messages that wait for an answer"), "inbox", "", _messages),
    ("plans.view_offer", gettext_lazy("Plans to review"), "plans_offer_changelist", "?waiting=yes", _asks),
    (
        "accounts.view_hold",
        gettext_lazy("Checks that are open"),
        "accounts_hold_changelist",
        "?kind__exact=dispute&open=yes",
        _checks,
    ),
    ("contact.view_heard", gettext_lazy("Replies to read"), "contact_heard_changelist", "?to_read=yes", _replies),
    (
        "accounts.view_message",
        gettext_lazy("Messages that may not have gone out"),
        "accounts_message_changelist",
        "?state__exact=unknown",
        _doubtful,
    ),
    (
        "accounts.view_knock",
        gettext_lazy("Words left at the door"),
        "accounts_knock_changelist",
        "?waiting=yes",
        _knocks,
    ),
    ("accounts.view_debtor", gettext_lazy("What people asked of their data"), "requests", "", _requests),
    (
        "accounts.change_creditor",
        gettext_lazy("Bank details to approve"),
        "accounts_creditor_changelist",
        "",
        _bank_details,
    ),
)


def lists(request: HttpRequest) -> list[WaitingList]:
    """The lists this staff member may see. One query each."""
    return [
        WaitingList(title, reverse(f"admin:{place}") + query, list(rows(request.now)))
        for permission, title, place, query, rows in _LISTS
        if request.user.has_perm(permission)
    ]
