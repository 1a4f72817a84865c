"""What waits for staff, by rule: danger first, then what was promised, the longest waiting first. Never by amount."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Min, Sum, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import disputes, names
from accounts.models import Hold, Knock
from plans.models import Offer
from portal.contact.models import ThreadMessage

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
    late: bool = False


@dataclass(frozen=True)
class WaitingList:
    title: str | Promise
    more: str
    rows: list[Row]


def lists(request: HttpRequest) -> list[WaitingList]:
    """The lists this staff member may see. One query each."""
    every: list[tuple[str, Callable[[date], WaitingList]]] = [
        ("contact.view_threadmessage", _messages),
        ("plans.view_offer", _asks),
        ("accounts.view_hold", _checks),
        ("accounts.view_knock", _knocks),
    ]
    today = request.now.date()
    return [made(today) for permission, made in every if request.user.has_perm(permission)]


def _messages(today: date) -> WaitingList:
    """One row a person, however much they wrote."""
    waiting = ThreadMessage.objects.filter(staff=None, answered_at=None)
    people = waiting.values("debtor", "debtor__name", "debtor__time_zone").annotate(
        since=Min("at"), danger=Sum(Case(When(safety=True, then=Value(1)), default=Value(0)))
    )
    rows = people.order_by("-danger", "since")[:MOST]
    return WaitingList(
        gettext_lazy("Messages that wait for an answer"),
        reverse("admin:contact_threadmessage_changelist") + "?waiting=yes",
        [
            Row(
                reverse("admin:case", args=[row["debtor"]]),
                names.masked(row["debtor__name"]),
                since=row["since"],
                time_zone=row["debtor__time_zone"],
                danger=row["danger"] > 0,
            )
            for row in rows
        ],
    )


def _asks(today: date) -> WaitingList:
    rows = Offer.objects.filter(needs_person=True, state=Offer.State.PROPOSED).select_related("debt__debtor")
    return WaitingList(
        gettext_lazy("Plans to review"),
        reverse("admin:plans_offer_changelist") + "?waiting=yes",
        [
            Row(
                reverse("admin:review", args=[row.pk]),
                f"{names.masked(row.debt.debtor.name)} · {row.debt.debt_ref}",
                on=row.reply_by_on,
                late=row.reply_by_on is not None and row.reply_by_on < today,
            )
            for row in rows.order_by("reply_by_on", "created_at")[:MOST]
        ],
    )


def _checks(today: date) -> WaitingList:
    rows = Hold.objects.filter(kind=Hold.Kind.DISPUTE, ended_at=None).select_related("debtor")
    return WaitingList(
        gettext_lazy("Checks that are open"),
        reverse("admin:accounts_hold_changelist") + "?kind__exact=dispute&open=yes",
        [
            Row(
                reverse("admin:case", args=[row.debtor_id]),
                f"{names.masked(row.debtor.name)} · {disputes.reference(row)}",
                on=row.reply_by_on,
                late=row.reply_by_on is not None and row.reply_by_on < today,
            )
            for row in rows.order_by("reply_by_on", "from_at")[:MOST]
        ],
    )


def _knocks(today: date) -> WaitingList:
    rows = Knock.objects.filter(answered_at=None).order_by("at")[:MOST]
    kinds = {Knock.Kind.NOT_ME: _("Said: this is not me"), Knock.Kind.HELP: _("Asked for help at the door")}
    return WaitingList(
        gettext_lazy("Words left at the door"),
        reverse("admin:accounts_knock_changelist") + "?waiting=yes",
        [
            Row(
                reverse("admin:accounts_knock_change", args=[row.pk]),
                f"{kinds[Knock.Kind(row.kind)]} · {row.reference}",
                since=row.at,
            )
            for row in rows
        ],
    )
