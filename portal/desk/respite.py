"""A notice from an adviser or an office: the pause it begins, the law's days of it, and the steps the law knows."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import days, respite, rules
from accounts.models import Respite
from accounts.once import KeyUsedOtherwise
from accounts.rules.law import Stops
from portal.access import staff_only
from portal.contact import hold_words
from portal.desk import case
from portal.desk.respite_form import NoticeForm, StepForm
from portal.forms import SENT_ALREADY

STOPS = {
    Stops.CONTACT: gettext_lazy("contact that asks for payment"),
    Stops.INTEREST: gettext_lazy("interest"),
    Stops.FEES: gettext_lazy("fees"),
    Stops.PAYMENTS: gettext_lazy("payments of a plan"),
    Stops.ENFORCEMENT: gettext_lazy("enforcement"),
}
# By the name of its button: the act, and whether it has a day.
STEPS: dict[str, tuple[Callable[..., Respite], bool]] = {
    "extend": (respite.extend, False),
    "cause_ended": (respite.cause_ended, True),
    "negotiation_began": (respite.negotiation_began, True),
}


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("accounts.add_hold", raise_exception=True)
def notice(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debts = case.debts_of(pk)
    debtor, creditor = debts[0].debtor, debts[0].creditor
    today = days.today_in(debtor.time_zone, request.now)
    law = rules.law_for(creditor.region, today)
    form = NoticeForm(request.POST if request.method == "POST" else None, debts=debts, law=law, today=today)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("trigger", "told_by", "reference", "received_on")}
        given |= {"started_on": form.cleaned_data["started_on"], "debt": form.chosen, "debtor": debtor, "law": law}
        try:
            made = respite.begin(**given, key=form.key, by=request.user, today=today, now=request.now)
            return redirect("admin:respite", pk=pk, hold=made.pk)
        except respite.OverAlready:
            form.refuse("started_on", _("A pause that began on that day would be over by now."))
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
    if request.method != "POST":
        case.opened(request, debtor, debtor)
    context = {**admin.site.each_context(request), "title": _("Notice from an adviser"), "person": debtor, "form": form}
    context["given"] = bool(law.hardship.pauses)
    return TemplateResponse(request, "desk/notice.html", context, status=422 if form.is_bound else 200)


@staff_only
@require_http_methods(["GET", "HEAD"])
@permission_required("accounts.view_hold", raise_exception=True)
def shown(request: HttpRequest, pk: uuid.UUID, hold: uuid.UUID) -> HttpResponse:
    debts = case.debts_of(pk)
    found = _found(pk, hold)
    case.opened(request, found.hold.debtor, found.hold)
    return _page(request, found, debts[0].creditor.region)


@staff_only
@require_POST
@permission_required("accounts.change_hold", raise_exception=True)
def step(request: HttpRequest, pk: uuid.UUID, hold: uuid.UUID) -> HttpResponse:
    region, found = case.debts_of(pk)[0].creditor.region, _found(pk, hold)
    name = request.POST.get("step", "")
    form = StepForm(request.POST)
    if name not in STEPS or (STEPS[name][1] and not form.is_valid()):
        return _page(request, found, region, form=form, status=422)
    act, has_day = STEPS[name]
    law = rules.law_for(region, days.today_in(found.hold.debtor.time_zone, request.now))
    on = {"on": form.cleaned_data["on"]} if has_day else {}
    try:
        act(respite=found, law=law, by=request.user, now=request.now, **on)
    except respite.Refused:
        form.refuse("on" if has_day else None, _("The law does not give this, or not on that day."))
        return _page(request, found, region, form=form, status=422)
    messages.success(request, _("Saved."))
    return redirect("admin:respite", pk=pk, hold=hold)


def _found(pk: uuid.UUID, hold: uuid.UUID) -> Respite:
    return get_object_or_404(Respite.objects.select_related("hold__debtor"), pk=hold, hold__debtor=pk)


def _page(
    request: HttpRequest, found: Respite, region: str, *, form: StepForm | None = None, status: int = 200
) -> HttpResponse:
    debtor = found.hold.debtor
    today = days.today_in(debtor.time_zone, request.now)
    law = rules.law_for(region, today)
    rule = law.hardship.pause(found.trigger)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": hold_words.TRIGGERS.get(found.trigger, found.trigger),
        "person": debtor,
        "respite": found,
        "dates": respite.dates(found, law, today),
        "stops": " · ".join(str(STOPS[what]) for what in rule.stops),
        "form": form or StepForm(),
        "may_extend": rule.extendable_days and not found.extended_on,
        "may_end_cause": rule.after_end_days is not None and not found.cause_ended_on,
        "may_negotiate": rule.start_within_days is not None and not found.negotiated_on,
    }
    return TemplateResponse(request, "desk/respite.html", context, status=status)
