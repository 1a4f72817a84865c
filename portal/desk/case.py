"""A case: one person with everything that bears on them. Every opening is an event."""

import uuid

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import history, holds, identity
from accounts.models import Debt, Debtor, Event, Hold
from plans.models import Offer, Plan
from portal.access import staff_only
from portal.contact import thread
from portal.contact.models import ThreadMessage

TIMELINE_PAGE = 50
THREAD_SHOWN = 10


class AnswerForm(forms.Form):
    body = forms.CharField(
        label=gettext_lazy("Your answer"), max_length=thread.LONGEST, widget=forms.Textarea(attrs={"rows": 5, "cols": 60})
    )


class EndHoldForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


@staff_only
@require_GET
@permission_required("accounts.view_debtor", raise_exception=True)
def case(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debtor = get_object_or_404(Debtor, pk=pk)
    with transaction.atomic():
        history.record(by=request.user, act="case.opened", on=debtor, debtor=debtor, now=request.now)
    return _page(request, debtor, AnswerForm())


def _page(request: HttpRequest, debtor: Debtor, form: forms.Form, status: int = 200) -> HttpResponse:
    plans = Plan.objects.filter(debt__debtor=debtor).select_related("debt").order_by("-agreed_at")
    asks = Offer.objects.filter(debt__debtor=debtor, state=Offer.State.PROPOSED).select_related("debt")
    said = ThreadMessage.objects.filter(debtor=debtor).select_related("staff").order_by("-at", "-id")[:THREAD_SHOWN]
    context = {
        **admin.site.each_context(request),
        "title": _("Case"),
        "person": debtor,
        "debts": Debt.objects.filter(debtor=debtor).select_related("creditor").order_by("creditor__name", "debt_ref"),
        "plans": plans,
        "offers": asks.order_by("created_at"),
        "holds": Hold.objects.open(request.now).filter(debtor=debtor).select_related("debt"),
        "thread": reversed(said),
        "form": form,
    }
    return TemplateResponse(request, "desk/case.html", context, status=status)


@staff_only
@require_GET
@permission_required("accounts.view_debtor", raise_exception=True)
def timeline(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Everything that was done for and by this person, newest first, paged by the event's number."""
    debtor = get_object_or_404(Debtor, pk=pk)
    events = Event.objects.filter(stream=f"debtor:{debtor.pk}").order_by("-number")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 10:
        events = events.filter(number__lt=int(before))
    rows = list(events[: TIMELINE_PAGE + 1])
    context = {
        **admin.site.each_context(request),
        "title": _("Timeline"),
        "person": debtor,
        "events": rows[:TIMELINE_PAGE],
        "older": rows[TIMELINE_PAGE - 1].number if len(rows) > TIMELINE_PAGE else None,
    }
    return TemplateResponse(request, "desk/timeline.html", context)


@staff_only
@require_POST
@permission_required("contact.add_threadmessage", raise_exception=True)
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debtor = get_object_or_404(Debtor, pk=pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, debtor, form, status=422)
    thread.answer(debtor=debtor, staff=request.user, body=form.cleaned_data["body"], now=request.now)
    messages.success(request, _("Your answer is sent."))
    return redirect("admin:case", pk=debtor.pk)


@staff_only
@require_POST
@permission_required("accounts.change_hold", raise_exception=True)
def end_hold(request: HttpRequest, pk: uuid.UUID, hold: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(Hold.objects.select_related("debtor"), pk=hold, debtor=pk)
    form = EndHoldForm(request.POST)
    if form.is_valid():
        holds.end(hold=found, by=request.user, now=request.now, reason=form.cleaned_data["reason"])
        messages.success(request, _("The hold has ended."))
    else:
        messages.error(request, _("Say why the hold ends."))
    return redirect("admin:case", pk=pk)


@staff_only
@require_POST
@permission_required("accounts.change_debtor", raise_exception=True)
def unlock(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a person try their facts again after too many tries."""
    debtor = get_object_or_404(Debtor, pk=pk)
    identity.unlock(debtor=debtor, by=request.user, now=request.now)
    messages.success(request, _("The person can try again."))
    return redirect("admin:case", pk=debtor.pk)
