"""One timeline of a person over all channels and both directions, newest first, in words. Paged by the row's key."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Debtor, Message
from portal.access import staff_only
from portal.contact import record
from portal.contact.models import Heard, LoggedContact, Recipient
from portal.contact.record import Entry
from portal.contact.record_words import ACTS, KINDS, WHO
from portal.desk import case, why_not

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
    details: dict[str, Any]


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
    what, why = _IN_WORDS[row.kind](row)
    details = row.data if row.kind == "event" else {}
    details = {name: value for name, value in details.items() if value is not None and value != ""}
    return Shown(row.at, row.kind, str(KINDS[row.kind]), what, _who(row.who, staff), row.body, why, details)


def _who(by: str, staff: dict[str, str]) -> str:
    kind, _colon, ident = by.partition(":")
    return staff.get(by, ident[:8]) if kind == "user" else str(WHO.get(kind, by))


def _message(row: Entry) -> tuple[str, list[str]]:
    states = {**dict(Message.State.choices), **dict(Message.Receipt.choices)}
    return f"{why_not.channel_name(row.first)} · {row.second} · {states.get(row.third, row.third)}", []


def _stopped(row: Entry) -> tuple[str, list[str]]:
    if not row.first:
        return f"{_('Campaign %(name)s') % {'name': row.second}} · {Recipient.State(row.third).label}", (
            why_not.of_list(row.data)
        )
    return f"{why_not.channel_name(row.first)} · {row.second}", why_not.in_words(row.fourth)


def _reply(row: Entry) -> tuple[str, list[str]]:
    return str(Heard.Kind(row.first).label), []


def _logged(row: Entry) -> tuple[str, list[str]]:
    parts = [LoggedContact.Channel(row.first).label, LoggedContact.Outcome(row.second).label]
    return " · ".join(str(part) for part in [*parts, *([_("The person began it")] if row.third else [])]), []


def _thread(row: Entry) -> tuple[str, list[str]]:
    return _("Message"), []


def _event(row: Entry) -> tuple[str, list[str]]:
    return f"{ACTS.get(row.first, row.first)} · {row.second}", []


_IN_WORDS: Final = {
    "message": _message,
    "stopped": _stopped,
    "reply": _reply,
    "logged": _logged,
    "thread": _thread,
    "event": _event,
}
