"""Everything that was done for and by a person, newest first, in words. Paged by the event's number."""

import uuid

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import Debtor, Event, User
from portal.access import staff_only
from portal.desk import case

PAGE = 50
ACTS = {
    "case.opened": gettext_lazy("Case opened by staff"),
    "code.confirmed": gettext_lazy("Code confirmed"),
    "code.sent": gettext_lazy("Code sent"),
    "contact.logged": gettext_lazy("Call, letter or visit written down"),
    "contact.blocked": gettext_lazy("Contact blocked"),
    "contact.unblocked": gettext_lazy("Contact unblocked"),
    "document.asked": gettext_lazy("Paper asked for"),
    "document.downloaded": gettext_lazy("Paper downloaded"),
    "document.issued": gettext_lazy("Paper issued"),
    "facts.confirmed": gettext_lazy("Came in with two facts"),
    "facts.locked": gettext_lazy("Too many tries at the facts"),
    "facts.unlocked": gettext_lazy("Tries at the facts unlocked"),
    "help.asked": gettext_lazy("Asked for help at the door"),
    "hold.ended": gettext_lazy("Hold ended"),
    "hold.placed": gettext_lazy("Hold placed"),
    "knock.answered": gettext_lazy("Words at the door answered"),
    "ledger.posted": gettext_lazy("Ledger entry posted"),
    "ledger.reversed": gettext_lazy("Ledger entry reversed"),
    "link.made": gettext_lazy("Link made"),
    "link.revoked": gettext_lazy("Link closed by staff"),
    "not_me.said": gettext_lazy("Said: this is not me"),
    "offer.asked": gettext_lazy("Asked for a plan, answered by the rules"),
    "offer.declined": gettext_lazy("Suggestion not taken up"),
    "offer.expired": gettext_lazy("Offer expired"),
    "offer.question_asked": gettext_lazy("Question asked by staff"),
    "offer.sent": gettext_lazy("Ask sent to staff"),
    "offer.suggested": gettext_lazy("Suggestion sent by staff"),
    "offer.withdrawn": gettext_lazy("Ask or suggestion withdrawn"),
    "plan.agreed": gettext_lazy("Plan agreed"),
    "plan.broken": gettext_lazy("Plan ended by missed payments"),
    "plan.completed": gettext_lazy("Plan completed"),
    "plan.replaced": gettext_lazy("Plan replaced"),
    "plan.stopped": gettext_lazy("Plan stopped"),
    "plan.date_moved": gettext_lazy("Date of a payment moved"),
    "preferences.changed": gettext_lazy("Preferences changed"),
    "reply.read": gettext_lazy("Reply read by staff"),
    "stop.ended": gettext_lazy("Asked to be written to again"),
    "stop.said": gettext_lazy("Asked for no more messages"),
    "thread.answered": gettext_lazy("Message written by staff"),
    "thread.written": gettext_lazy("Message written by the person"),
    "wish.kept": gettext_lazy("Wishes for messages changed"),
}
WHO = {
    "debtor": gettext_lazy("The person"),
    "creditor": gettext_lazy("The creditor's file"),
    "system": gettext_lazy("The rules"),
    "visitor": gettext_lazy("A visitor"),
    "command": gettext_lazy("A command"),
}


@staff_only
@require_safe
@permission_required("accounts.view_debtor", raise_exception=True)
def timeline(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debtor = get_object_or_404(Debtor, pk=pk)
    case.opened(request, debtor, debtor)
    events = Event.objects.filter(stream=f"debtor:{debtor.pk}").order_by("-number")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 10:
        events = events.filter(number__lt=int(before))
    rows = list(events[: PAGE + 1])
    staff = _staff(rows)
    context = {
        **admin.site.each_context(request),
        "title": _("Timeline"),
        "person": debtor,
        "events": [(event, ACTS.get(event.act, event.act), _who(event.by, staff)) for event in rows[:PAGE]],
        "older": rows[PAGE - 1].number if len(rows) > PAGE else None,
    }
    return TemplateResponse(request, "desk/timeline.html", context)


def _staff(events: list[Event]) -> dict[str, str]:
    """Names of the staff members who appear, by id."""
    ids = {event.by.removeprefix("user:") for event in events if event.by.startswith("user:")}
    return {str(user.pk): user.first_name or str(user) for user in User.objects.filter(pk__in=ids)}


def _who(by: str, staff: dict[str, str]) -> str:
    kind, _colon, ident = by.partition(":")
    return staff.get(ident, ident[:8]) if kind == "user" else str(WHO.get(kind, by))
