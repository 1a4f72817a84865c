"""A creditor's bank details: one staff member proposes others, another puts them in force."""

import uuid

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import bank_details
from accounts.models import BankDetailsChange, Creditor
from portal.access import staff_only


class BankForm(forms.ModelForm):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)  # the details that the writer looked at

    class Meta:
        model = BankDetailsChange
        fields = bank_details.FIELDS


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("accounts.change_creditor", raise_exception=True)
def bank(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What holds, what waits, and the form to propose something else."""
    creditor = get_object_or_404(Creditor, pk=pk)
    if request.method != "POST":
        start = bank_details.details(creditor) | {"seen": bank_details.mark(creditor)}
        return _page(request, creditor, BankForm(initial=start))
    form = BankForm(request.POST)
    if not form.is_valid():
        return _page(request, creditor, form, status=422)
    given, seen = {name: form.cleaned_data[name] for name in bank_details.FIELDS}, form.cleaned_data["seen"]
    try:
        change = bank_details.propose(creditor=creditor, given=given, by=request.user, now=request.now, seen=seen)
    except bank_details.NoLongerOpen:
        return _conflict(request, creditor)
    if change is None:
        messages.info(request, _("These details are in force already."))
    else:
        messages.success(request, _("Proposed. Nothing changes until somebody else approves it, within three days."))
    return redirect("admin:bank", pk)


def _conflict(request: HttpRequest, creditor: Creditor) -> HttpResponse:
    """What was typed is still there, beside the details that hold now."""
    typed = request.POST.copy()
    typed["seen"] = bank_details.mark(creditor)
    form = BankForm(typed)
    form.add_error(None, _("The details changed meanwhile. Compare yours with those that hold now."))
    return _page(request, creditor, form, status=409)


def _page(request: HttpRequest, creditor: Creditor, form: BankForm, *, status: int = 200) -> HttpResponse:
    change = bank_details.waiting(request.now).filter(creditor=creditor).select_related("proposed_by").first()
    rows = [
        (BankDetailsChange._meta.get_field(name).verbose_name, getattr(creditor, name), getattr(change, name, ""))
        for name in bank_details.FIELDS
    ]
    context = {**admin.site.each_context(request), "title": _("Bank details"), "creditor": creditor, "form": form}
    return TemplateResponse(request, "desk/bank.html", context | {"change": change, "rows": rows}, status=status)


@staff_only
@require_POST
@permission_required("accounts.change_creditor", raise_exception=True)
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    change = get_object_or_404(BankDetailsChange, pk=pk)
    try:
        bank_details.approve(change=change, by=request.user, now=request.now)
        messages.success(request, _("The new bank details are in force."))
    except bank_details.OwnProposal:
        messages.error(request, _("Bank details are approved by somebody else than who proposed them."))
    except bank_details.NoLongerOpen:
        messages.error(request, _("This proposal is no longer open; nothing was changed."))
    return redirect("admin:bank", change.creditor_id)


@staff_only
@require_POST
@permission_required("accounts.change_creditor", raise_exception=True)
def drop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    change = get_object_or_404(BankDetailsChange, pk=pk)
    try:
        bank_details.drop(change=change, by=request.user, now=request.now)
        messages.success(request, _("The proposal is dropped. The details in force stay."))
    except bank_details.NoLongerOpen:
        messages.error(request, _("This proposal is no longer open; nothing was changed."))
    return redirect("admin:bank", change.creditor_id)
