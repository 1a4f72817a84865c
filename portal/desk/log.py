"""A call, letter or visit: before it the page says yes or no, after it what came of it is written down."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Creditor, Debt
from accounts.once import KeyUsedOtherwise
from accounts.rules.contact_law import Channel
from portal.access import staff_only
from portal.contact import logged, standing
from portal.contact.decide import Defer, Never
from portal.contact.models import LoggedContact
from portal.contact.record_words import sentences
from portal.desk import case, gauge
from portal.desk.log_form import LogForm
from portal.forms import SENT_ALREADY


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("contact.add_loggedcontact", raise_exception=True)
def log(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debts = case.debts_of(pk)
    typed = request.POST if request.method == "POST" else None
    form = LogForm(typed, debts=debts, now=request.now, initial=_asked_for(request))
    if request.method == "POST" and form.is_valid():
        try:
            _log(request, debts[0], form)
            return redirect("admin:case", pk=pk)
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
    if request.method != "POST":
        case.opened(request, debts[0].debtor, debts[0].debtor)
    context = {**admin.site.each_context(request), "title": _("Write down a contact"), "person": debts[0].debtor}
    context |= {"form": form, **_before(request, debts, form)}
    return TemplateResponse(request, "desk/log.html", context, status=422 if form.is_bound else 200)


def _log(request: HttpRequest, first: Debt, form: LogForm) -> None:
    given = form.cleaned_data
    _row, decision = logged.log(
        debtor=first.debtor,
        creditor=form.creditor,
        debt=form.debt,
        channel=given["channel"],
        outcome=given["outcome"],
        note=given["note"],
        inbound=given["inbound"],
        complaint=given["complaint"],
        notice=given.get("notice", ""),
        at=given["at"],
        by=request.user,
        key=form.key,
        now=request.now,
    )
    if isinstance(decision, Defer | Never):
        why = " ".join(sentences(decision.reasons))
        messages.warning(request, _("It is written down. The rules did not allow it: %(why)s") % {"why": why})
    else:
        messages.success(request, _("It is written down and counts towards the limits."))


def _asked_for(request: HttpRequest) -> dict[str, Any]:
    channel = request.GET.get("channel")
    return {"channel": channel if channel in LoggedContact.Channel.values else LoggedContact.Channel.CALL}


def _before(request: HttpRequest, debts: list[Debt], form: LogForm) -> dict[str, Any]:
    """Yes or no, now, for the channel chosen: one line for each creditor."""
    chosen = form["channel"].value()
    channel = Channel(chosen) if chosen in LoggedContact.Channel.values else Channel.CALL
    found = standing.of(debts[0].debtor, request.now, debts=debts)
    creditors: dict[uuid.UUID, Creditor] = {debt.creditor_id: debt.creditor for debt in debts}
    lines = [(one, gauge.line(found, one, channel, request.now)) for one in creditors.values()]
    return {"lines": lines, "several": len(lines) > 1}
