"""The inbox (S06): threads that wait for an answer, danger first, then by the day that was promised.

No words of anybody stand here: they are read in the case, whose opening is on record.
"""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, Min, QuerySet, Sum, Value, When
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import days, names
from accounts.models import Creditor
from accounts.screens import language_shown
from portal.access import staff_only
from portal.contact import presence
from portal.contact.models import ThreadMessage

ON_A_PAGE: Final = 50


@staff_only
@require_safe
@permission_required("contact.view_threadmessage", raise_exception=True)
def inbox(request: HttpRequest) -> HttpResponse:
    language = request.GET.get("language", "")
    known = dict(settings.LANGUAGES)
    page = Paginator(waiting(language if language in known else ""), ON_A_PAGE).get_page(request.GET.get("page"))
    here = _colleagues([row["debtor"] for row in page], request)
    context = {
        **admin.site.each_context(request),
        "title": _("Inbox"),
        "page": page,
        "rows": [_row(row, here.get(row["debtor"], ""), request.now) for row in page],
        "language": language if language in known else "",
        "languages": list(known.items()),
        "procedure": Creditor.objects.select_related("safety_first", "safety_second"),
    }
    return TemplateResponse(request, "desk/inbox.html", context)


def waiting(language: str = "") -> QuerySet:
    """One row a person, however much they wrote."""
    found = ThreadMessage.objects.filter(staff=None, answered_at=None)
    if language:
        found = found.filter(debtor__language=language)
    people = found.values("debtor", "debtor__name", "debtor__time_zone", "debtor__language").annotate(
        since=Min("at"),
        by=Min("reply_by_on"),
        count=Count("pk"),
        danger=Sum(Case(When(safety=True, then=Value(1)), default=Value(0))),
    )
    return people.order_by("-danger", F("by").asc(nulls_first=True), "since", "debtor")


def due_words(day: date | None, today: date) -> str:
    """How the promise stands, in words."""
    if day is None:
        return ""
    left = (day - today).days
    if left < -1:
        return _("%(n)s days late") % {"n": -left}
    if left > 1:
        return _("answer due in %(n)s days") % {"n": left}
    return {-1: _("a day late"), 0: _("answer due today"), 1: _("answer due tomorrow")}[left]


def _row(row: dict[str, Any], colleague: str, now: datetime) -> dict[str, Any]:
    today = days.today_in(row["debtor__time_zone"], now)
    danger = row["danger"] > 0
    return {
        "debtor": row["debtor"],
        "who": names.masked(row["debtor__name"]),
        "language": language_shown(row["debtor__language"]),
        "zone": row["debtor__time_zone"],
        "since": row["since"],
        "due": _("Danger: today") if danger else due_words(row["by"], today),
        "late": danger or (row["by"] is not None and row["by"] < today),
        "danger": danger,
        "count": row["count"],
        "colleague": colleague,
    }


def _colleagues(people: Iterable[uuid.UUID], request: HttpRequest) -> dict[uuid.UUID, str]:
    """Who else has one of these cases open: for all rows in two queries."""
    return presence.in_cases(people, me=request.user, now=request.now)
