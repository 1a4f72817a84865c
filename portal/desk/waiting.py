"""What waits for staff, by rule: danger first, then what was promised, the longest waiting first. Never by amount."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Hold
from plans.models import Offer
from portal.contact.models import ThreadMessage

MOST = 20  # of one list on the page; the rest is behind its link


@dataclass(frozen=True)
class Row:
    url: str
    words: str
    due: object  # a day or an instant, or None


@dataclass(frozen=True)
class WaitingList:
    title: str | Promise
    more: str
    rows: list[Row]


def lists(request: HttpRequest) -> list[WaitingList]:
    """The lists this staff member may see. Three queries."""
    shown = []
    if request.user.has_perm("contact.view_threadmessage"):
        shown.append(_messages())
    if request.user.has_perm("plans.view_offer"):
        shown.append(_asks())
    if request.user.has_perm("accounts.view_hold"):
        shown.append(_checks())
    return shown


def _messages() -> WaitingList:
    rows = ThreadMessage.objects.filter(staff=None, answered_at=None)
    return WaitingList(
        _("Messages that wait for an answer"),
        reverse("admin:contact_threadmessage_changelist") + "?waiting=yes",
        [
            Row(reverse("admin:case", args=[row.debtor_id]), str(_("Danger: today")) if row.safety else "", row.at)
            for row in rows.order_by("-safety", "at")[:MOST]
        ],
    )


def _asks() -> WaitingList:
    rows = Offer.objects.filter(needs_person=True, state="proposed").select_related("debt")
    return WaitingList(
        _("Plans to review"),
        reverse("admin:plans_offer_changelist") + "?state__exact=proposed&needs_person__exact=1",
        [
            Row(reverse("admin:review", args=[row.pk]), row.debt.debt_ref, row.reply_by_on)
            for row in rows.order_by("reply_by_on", "created_at")[:MOST]
        ],
    )


def _checks() -> WaitingList:
    rows = Hold.objects.filter(kind="dispute", ended_at=None)
    return WaitingList(
        _("Checks that are open"),
        reverse("admin:accounts_hold_changelist") + "?kind__exact=dispute",
        [
            Row(reverse("admin:case", args=[row.debtor_id]), row.reason, row.reply_by_on)
            for row in rows.order_by("reply_by_on", "from_at")[:MOST]
        ],
    )
