"""One timeline of a person over all channels and both directions, newest first, in words. Paged by the row's key."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Debtor
from portal.access import staff_only
from portal.contact import record, record_details, record_words
from portal.contact.record import Entry
from portal.contact.record_words import KINDS
from portal.desk import case

PAGE: Final = 50


@dataclass(frozen=True)
class Shown:
    """One row of the timeline in words."""

    at: datetime
    kind: str
    name: str
    what: str
    who: str
    said: str
    why: list[str]
    details: list[tuple[str, str]]


@staff_only
@require_safe
@permission_required("accounts.view_debtor", raise_exception=True)
def timeline(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debtor = get_object_or_404(Debtor, pk=pk)
    case.opened(request, debtor, debtor)
    kind = request.GET.get("kind", "")
    kinds = (kind,) if kind in KINDS else record.KINDS
    rows = record.entries(debtor, kinds=kinds, before=request.GET.get("before", ""), limit=PAGE + 1)
    staff = record.names_of_staff(rows[:PAGE])
    older = {"before": rows[PAGE - 1].key, **({"kind": kind} if kind in KINDS else {})} if len(rows) > PAGE else {}
    context = {
        **admin.site.each_context(request),
        "title": _("Timeline"),
        "person": debtor,
        "rows": [shown(row, staff) for row in rows[:PAGE]],
        "kinds": [("", _("All"), kind not in KINDS), *((one, name, one == kind) for one, name in KINDS.items())],
        "older": urlencode(older),
    }
    return TemplateResponse(request, "desk/timeline.html", context)


def shown(row: Entry, staff: dict[str, str]) -> Shown:
    what, why = record_words.of_entry(row)
    who, details = record_words.who(row.who, staff), record_details.of_event(row)
    return Shown(row.at, row.kind, str(KINDS[row.kind]), what, who, row.body, why, details)
