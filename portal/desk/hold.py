"""Holds as staff place and end them. What a hold of a kind stops is the law's to say (`accounts.rules`)."""

import uuid

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import days
from accounts.models import Hold
from accounts.once import KeyUsedOtherwise
from portal.access import staff_only
from portal.desk import answering, case
from portal.desk.hold_form import EndHoldForm, HoldForm
from portal.forms import SENT_ALREADY


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("accounts.add_hold", raise_exception=True)
def place(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debts = case.debts_of(pk)
    debtor = debts[0].debtor
    today = days.today_in(debtor.time_zone, request.now)
    typed = request.POST if request.method == "POST" else None
    form = HoldForm(typed, debts=debts, today=today, initial={"kind": request.GET.get("kind")})
    if request.method == "POST" and form.is_valid():
        try:
            _place(request, form)
            messages.success(request, _("The hold is in force."))
            return redirect("admin:case", pk=pk)
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
    if request.method != "POST":
        case.opened(request, debtor, debtor)
    context = {**admin.site.each_context(request), "title": _("Place a hold"), "person": debtor, "form": form}
    return TemplateResponse(request, "desk/hold.html", context, status=422 if form.is_bound else 200)


def _place(request: HttpRequest, form: HoldForm) -> None:
    given, debt = form.cleaned_data, form.chosen
    first = next(iter(form.debts.values()))
    answering.place_hold(
        debtor=first.debtor,
        creditor=(debt or first).creditor,
        debt=debt,
        kind=given["kind"],
        reason=given["reason"],
        note=given["note"],
        until_on=given["until_on"],
        by=request.user,
        key=form.key,
        now=request.now,
    )


@staff_only
@require_POST
@permission_required("accounts.change_hold", raise_exception=True)
def end(request: HttpRequest, pk: uuid.UUID, hold: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(Hold.objects.select_related("debtor"), pk=hold, debtor=pk)
    if found.kind == Hold.Kind.DISPUTE:
        messages.error(request, _("A check ends only with its outcome. Write the outcome here."))
        return redirect("admin:check", pk=found.pk)
    form = EndHoldForm(request.POST, hold=found)
    if not form.is_valid():
        return case.page(request, case.debts_of(pk), ending=(found, form), status=422)
    if answering.end_hold(hold=found, reason=form.cleaned_data["reason"], by=request.user, now=request.now):
        messages.success(request, _("The hold has ended."))
    else:
        messages.info(request, _("This hold had ended already; nothing was changed."))
    return redirect("admin:case", pk=pk)
