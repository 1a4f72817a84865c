"""What people asked of their data, the earliest day first: corrections to answer, deletions that wait for their day."""

import uuid

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import contacts
from accounts.models import ContactPoint, PrivacyRequest
from portal.access import staff_only
from portal.contact import thread
from portal.desk import case
from portal.desk.second_look import SecondLook
from portal.forms import Choice
from portal.privacy import fixing

SHOWN = 50


class FixAnswerForm(SecondLook):
    looked_at = "body"
    outcome = Choice(label=gettext_lazy("What came of it"), choices=PrivacyRequest.Outcome.choices)
    body = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=thread.LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("What was put right, or why not and whom they can turn to, in the person's language."),
    )


@staff_only
@require_safe
@permission_required("accounts.view_debtor", raise_exception=True)
def requests(request: HttpRequest) -> HttpResponse:
    rows = PrivacyRequest.objects.filter(answered_at=None).select_related("debtor").order_by("due_on", "asked_at")
    context = {**admin.site.each_context(request), "title": _("What people asked of their data")}
    return TemplateResponse(
        request, "desk/requests.html", context | {"rows": list(rows[:SHOWN]), "differing": list(_differing()[:SHOWN])}
    )


@staff_only
@require_safe
@permission_required("accounts.view_debtor", raise_exception=True)
def fix(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _found(pk)
    case.opened(request, found.debtor, found)
    return _page(request, found, FixAnswerForm(), 200)


@staff_only
@require_POST
@permission_required("contact.add_threadmessage", raise_exception=True)
def fix_answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _found(pk)
    form = FixAnswerForm(request.POST, barred=case.barred(found.debtor_id, request.now))
    if not form.is_valid():
        return _page(request, found, form, 422)
    try:
        given = {"outcome": form.cleaned_data["outcome"], "words": form.cleaned_data["body"], "despite": form.despite}
        fixing.answer(request=found, by=request.user, now=request.now, **given)
        messages.success(request, _("Your answer is sent."))
    except fixing.Answered:
        messages.info(request, _("Somebody has answered this meanwhile."))
    return redirect("admin:requests")


def _differing() -> QuerySet[ContactPoint]:
    """Contacts that a creditor's file gives for people who have changed theirs."""
    rows = ContactPoint.objects.filter(blocked_reason=contacts.DIFFERS, retired_at=None).select_related("debtor")
    return rows.order_by("blocked_at")


def _found(pk: uuid.UUID) -> PrivacyRequest:
    kept = PrivacyRequest.objects.filter(kind=PrivacyRequest.Kind.FIX).select_related("debtor")
    return get_object_or_404(kept, pk=pk)


def _page(request: HttpRequest, found: PrivacyRequest, form: FixAnswerForm, status: int) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("Correction"), "person": found.debtor, "asked": found}
    return TemplateResponse(request, "desk/fix.html", context | {"form": form}, status=status)
