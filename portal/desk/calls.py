"""Calls that people asked for: which are to be made, when, on which number; the rules once more; what came of each."""

import uuid
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import names
from accounts.once import KeyUsedOtherwise
from accounts.screens import language_shown
from portal import formats
from portal.access import staff_only
from portal.contact import logged
from portal.contact.calls import SETTLES, NotOpen, arrange, may_now, settle, to_make
from portal.contact.decide import Send
from portal.contact.models import Call
from portal.contact.record_words import sentences
from portal.desk import case
from portal.forms import SENT_ALREADY, PageForm
from portal.templatetags.words import page_language

MOST: Final = 50


class OutcomeForm(PageForm):
    outcome = forms.ChoiceField(
        label=gettext_lazy("What came of it"),
        choices=[(outcome.value, outcome.label) for outcome in SETTLES],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=logged.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "What was said and agreed, and what happens next. Facts, not opinions: the person can ask for a copy."
        ),
    )


@staff_only
@require_safe
@permission_required("contact.view_call", raise_exception=True)
def calls(request: HttpRequest) -> HttpResponse:
    rows = [_row(one, request) for one in to_make(request.now)[:MOST]]
    context = {**admin.site.each_context(request), "title": _("Calls to make"), "rows": rows}
    return TemplateResponse(request, "desk/calls.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("contact.view_call", raise_exception=True)
def call(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One call: everything that is needed to make it, and the form to write down what came of it."""
    found = get_object_or_404(Call.objects.select_related("debtor", "creditor", "contact", "helper"), pk=pk)
    if request.method != "POST":
        case.opened(request, found.debtor, found)
        return _page(request, found, OutcomeForm())
    return _arrange(request, found) if "arranged" in request.POST else _settle(request, found)


@permission_required("contact.change_call", raise_exception=True)
def _arrange(request: HttpRequest, found: Call) -> HttpResponse:
    """An interpreter will be there: from now on the number is shown in its hour."""
    arrange(call=found, by=request.user, now=request.now)
    return redirect("admin:call", pk=found.pk)


@permission_required("contact.change_call", raise_exception=True)
def _settle(request: HttpRequest, found: Call) -> HttpResponse:
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    given = form.cleaned_data
    try:
        settle(call=found, outcome=given["outcome"], note=given["note"], by=request.user, key=form.key, now=request.now)
    except NotOpen:
        form.refuse(None, _("This call was settled before: by a colleague, or the person took it back."))
        return _page(request, Call.objects.get(pk=found.pk), form, status=409)
    except KeyUsedOtherwise:
        form.refuse(None, SENT_ALREADY)
        return _page(request, found, form, status=422)
    messages.success(request, _("It is written down."))
    return redirect("admin:calls")


def _page(request: HttpRequest, found: Call, form: OutcomeForm, status: int = 200) -> HttpResponse:
    asked = found.state == Call.State.ASKED
    decision = may_now(found, request.now) if asked else None
    allowed = decision is None or isinstance(decision, Send)
    context = {
        **admin.site.each_context(request),
        "title": _("A call that was asked for"),
        "call": found,
        "row": _row(found, request),
        "asked": asked,
        "number": found.number or (found.contact.address if found.contact else ""),
        "allowed": allowed,
        "why": [] if allowed else sentences(decision.reasons),
        "due": found.starts_at <= request.now < found.until_at,
        "form": form,
    }
    return TemplateResponse(request, "desk/call.html", context, status=status)


def _row(one: Call, request: HttpRequest) -> dict[str, Any]:
    """One call in words: the hour where staff are, and where the person is when the clocks differ."""
    language = page_language()
    here = formats.hours(one.starts_at, one.until_at, language, one.creditor.time_zone)
    there = formats.hours(one.starts_at, one.until_at, language, one.debtor.time_zone)
    return {
        "call": one,
        "who": names.masked(one.debtor.name),
        "language": language_shown(one.language),
        "here": here,
        "there": there if there != here else "",
        "topic": one.topic,
        "to_arrange": one.interpreter and one.arranged_at is None,
        "ending": one.ending,
        "now": one.starts_at <= request.now,
    }
