"""P30 and P31 in their first form: this is not mine, or the amount is wrong. Contact stops at once; a person checks."""

import uuid

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import days, disputes, products, rules
from accounts.models import Debt, Hold
from accounts.once import KeyUsedOtherwise
from portal import formats
from portal.access import helper_may, needs_level_1
from portal.forms import SENT_ALREADY, Choice, PageForm, bound, done, refused
from portal.pages import standing
from portal.pages.accounts import ending
from portal.templatetags.words import page_language

ALL = "all"
REASONS = [
    ("not_mine", gettext_lazy("This is not mine")),
    ("wrong_amount", gettext_lazy("The amount is wrong")),
    ("paid", gettext_lazy("I have already paid this")),
    ("fraud", gettext_lazy("Someone used my name")),
    ("too_old", gettext_lazy("It is too old")),
    ("died", gettext_lazy("The person has died, and I am a relative")),
    ("other", gettext_lazy("Something else")),
]


class ProblemForm(PageForm):
    debt = Choice(label=gettext_lazy("Which account is it?"))
    reason = Choice(label=gettext_lazy("What is not right?"), choices=REASONS)
    note = forms.CharField(
        label=gettext_lazy("Anything that helps us check (optional)"),
        help_text=gettext_lazy("You do not need papers for this"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=1000,
        required=False,
        error_messages={"max_length": gettext_lazy("This is too long. Please shorten it to 1,000 characters")},
    )

    def __init__(self, *args, debts: list[Debt], **kwargs):
        super().__init__(*args, **kwargs)
        if len(debts) < 2:
            del self.fields["debt"]
            return
        named = [
            (str(debt.pk), f"{products.shown(debt.product)} · {debt.creditor.name} · {ending(debt.debt_ref)}")
            for debt in debts
        ]
        self.fields["debt"].choices = [*named, (ALL, _("All of them"))]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("talk")
def problem(request: HttpRequest) -> HttpResponse:
    debts = standing.debts_of(request.debtor)
    if request.method != "POST":
        form = bound(request, ProblemForm, "problem", debts=debts)
        if "debt" in form.fields and not form.is_bound:
            form.initial["debt"] = request.GET.get("debt")  # the account whose door was just opened
        checks = Hold.objects.open(request.now).filter(debtor=request.debtor, kind=Hold.Kind.DISPUTE)
        context = {"form": form, "checks": checks, "here": "home", "leave_quickly": True}
        return render(request, "pages/problem.html", context)
    form = ProblemForm(request.POST, debts=debts)
    if form.is_valid():
        try:
            hold = _open(request, form, debts)
            return done(request, reverse("check_progress", args=[hold.pk]))
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
    return refused(request, form, "problem", url=reverse("problem"))


def _open(request: HttpRequest, form: ProblemForm, debts: list[Debt]) -> Hold:
    chosen = form.cleaned_data.get("debt", "")
    debt = next((debt for debt in debts if str(debt.pk) == chosen), debts[0] if len(debts) == 1 else None)
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


@require_safe
@needs_level_1
@helper_may("see", "talk")
def check_progress(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """P31: received, being checked, answer; with the reference and the day an answer is promised by."""
    mine = Hold.objects.filter(debtor=request.debtor, kind=Hold.Kind.DISPUTE).select_related("debt")
    hold = get_object_or_404(mine, pk=hold_id)
    language, region = page_language(), request.region
    received = days.today_in(request.debtor.time_zone, hold.from_at)
    context = {
        "here": "home",
        "leave_quickly": True,
        "hold": hold,
        "reference": disputes.reference(hold),
        "reason": dict(REASONS).get(hold.reason, ""),
        "received": formats.day(received, language, region),
        "reply_by": formats.day(hold.reply_by_on, language, region) if hold.reply_by_on else "",
        "ended": hold.ended_at is not None,
        "papers": hold.uploads.exclude(state__in=["refused", "removed"]).count(),
    }
    return render(request, "pages/check_progress.html", context)
