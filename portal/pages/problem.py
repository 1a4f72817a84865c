"""P30: not mine, or the amount is wrong. One press on the reason stops contact about it at once; a person checks."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import days, disputes, links, rules
from accounts.models import Debt, Hold
from accounts.once import KeyUsedOtherwise
from portal import formats
from portal.access import helper_may, needs_level_1, rights_of
from portal.forms import SENT_ALREADY, bound, done, refused
from portal.pages import safety, standing
from portal.pages.problem_form import REASONS, ProblemForm, accounts_of
from portal.templatetags.words import page_language


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("talk")
def problem(request: HttpRequest) -> HttpResponse:
    debts = standing.debts_of(request.debtor)
    if request.method != "POST":
        form = bound(request, ProblemForm, "problem", debts=debts)
        return render(request, "pages/problem.html", _about(request, form, debts))
    form = ProblemForm(request.POST, debts=debts)
    if form.is_valid():
        try:
            safety.heed(request, form.cleaned_data["note"], key=form.key)
            hold = _open(request, form)
            return done(request, reverse("check_progress", args=[hold.pk]))
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
        except disputes.AnsweredBefore as before:
            asked_on = days.today_in(request.debtor.time_zone, before.hold.from_at)
            form.refuse(
                "note",
                _("We have answered this before, when you asked on %(day)s. If something is new, please write it here")
                % {"day": formats.day(asked_on, page_language(), request.region)},
            )
    return refused(request, form, "problem", url=reverse("problem"))


def _about(request: HttpRequest, form: ProblemForm, debts: list[Debt]) -> dict[str, Any]:
    """The page is about one account or about all; where nobody said about which, that is asked first."""
    held = Hold.objects.open(request.now).filter(debtor=request.debtor, kind=Hold.Kind.DISPUTE)
    context = {
        "form": form,
        "checks": [(hold, dict(REASONS).get(hold.reason, "")) for hold in held.order_by("from_at", "pk")],
        "reasons": REASONS,
        "here": "home",
        "leave_quickly": True,
    }
    if len(debts) < 2:
        return context
    sees = "see" in rights_of(request)
    known = accounts_of(debts, sees=sees)
    about = _subject(request, form, debts)
    if about not in known:
        return context | {"accounts": known, "numbered": not sees}
    return context | {"about": about, "named": known[about]}


def _subject(request: HttpRequest, form: ProblemForm, debts: list[Debt]) -> str:
    """What was sent, or whose door was opened, or the account that the text was about by whose link the person came."""
    if form.is_bound:
        return form["debt"].value() or ""
    if "debt" in request.GET:
        return request.GET["debt"]
    came_for = links.account_of(request.link, debts) if request.helper is None else None
    return str(came_for.pk) if came_for else ""


def _open(request: HttpRequest, form: ProblemForm) -> Hold:
    debt = form.chosen
    creditor = debt.creditor if debt else request.link.creditor
    today = days.today_in(creditor.time_zone, request.now)
    return disputes.dispute(
        debtor=request.debtor,
        creditor=creditor,
        debt=debt,
        reason=form.cleaned_data["reason"],
        note=form.cleaned_data["note"],
        key=form.key,
        law=rules.law_for(creditor.region, today),
        by=request.actor,
        today=today,
        now=request.now,
        came_by=request.link.contact,
    )
