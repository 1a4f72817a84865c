"""A new version of a policy: tried on three debts before it is kept, and approved by a second person."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import days, rules
from accounts.models import Creditor, Debt
from accounts.money import Money
from plans import policies
from plans.models import PolicyVersion
from plans.negotiation import Answer, decide
from plans.reasons import sentence as reason_sentence
from plans.terms import DebtFacts, Policy, Request, Shape
from portal import formats
from portal.access import staff_only
from portal.desk.policy_form import PolicyForm
from portal.templatetags.words import page_language

SAMPLES = (25, 50, 90)  # which of a creditor's debts stand for small, middle and large: per cent of them are smaller
IN_MONTHS = 12  # a sample asks for a twelfth of its balance each month


@dataclass(frozen=True)
class Sample:
    """What one of the creditor's debts would be offered: to an even plan, and to one reduced payment."""

    balance: Money
    asked: Money
    answer: Answer
    reasons: list[str]
    reduced: Answer | None


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("plans.add_policyversion", raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    """Write a version. The first button shows three sample debts; the second, beside them, keeps what was shown."""
    if request.method != "POST":
        return _page(request, PolicyForm(initial=_start(request)))
    form = PolicyForm(request.POST)
    if not form.is_valid() or not _starts_in_time(request, form):
        return _page(request, form, status=422)
    seal = form.seal(request.user.pk)
    if "keep" not in request.POST:
        return _page(request, form, seal=seal)
    if not constant_time_compare(seal, form.cleaned_data["tried"]):
        messages.warning(request, _("Something changed since the samples were shown. This is what it would give now."))
        return _page(request, form, seal=seal, status=422)
    given = form.cleaned_data
    version = policies.write(
        creditor=given["creditor"],
        currency=given["currency"],
        starts_on=given["starts_on"],
        by=request.user,
        now=request.now,
        **form.columns(),
    )
    messages.success(request, _("The version is written. It holds once it is approved."))
    return redirect("admin:plans_policyversion_change", version.pk)


def _starts_in_time(request: HttpRequest, form: PolicyForm) -> bool:
    today = days.today_in(form.cleaned_data["creditor"].time_zone, request.now)
    if form.cleaned_data["starts_on"] < today:
        form.add_error(
            "starts_on", _("A policy starts today at the earliest: what was agreed under the old one stays.")
        )
    return not form.errors


def _page(request: HttpRequest, form: PolicyForm, *, seal: str = "", status: int = 200) -> HttpResponse:
    shown = None
    if seal:
        given = form.cleaned_data
        today = days.today_in(given["creditor"].time_zone, request.now)
        shown = samples(given["creditor"], given["currency"], form.columns(), today=today)
    context = {**admin.site.each_context(request), "title": _("New policy")}
    context |= {"form": form, "samples": shown, "seal": seal}
    return TemplateResponse(request, "desk/policy.html", context, status=status)


def _start(request: HttpRequest) -> dict[str, Any]:
    """The version to start from: the one asked for, else the newest, else the shipped values."""
    try:
        wanted = uuid.UUID(request.GET.get("from", ""))
    except ValueError:
        wanted = None
    versions = PolicyVersion.objects.select_related("creditor").order_by("-created_at")
    version = (versions.filter(pk=wanted) if wanted else versions).first()
    zone = version.creditor.time_zone if version else "UTC"
    tomorrow = days.today_in(zone, request.now) + timedelta(days=1)
    return {**(PolicyForm.initial_of(version) if version else policies.SHIPPED), "starts_on": tomorrow.isoformat()}


def samples(creditor: Creditor, currency: str, columns: dict[str, Any], *, today: date) -> list[Sample]:
    """A small, a middle and a large debt of this creditor, and what each would be answered. Four queries."""
    debts = Debt.objects.filter(creditor=creditor, currency=currency, state=Debt.State.OPEN, balance_minor__gt=0)
    balances, count = debts.order_by("balance_minor").values_list("balance_minor", flat=True), debts.count()
    policy = Policy.of(PolicyVersion(creditor=creditor, currency=currency, **columns))
    places = [min(count * percent // 100, count - 1) for percent in SAMPLES] if count else []
    return [_sample(Money(balances[place], currency), policy, creditor, today) for place in places]


def _sample(balance: Money, policy: Policy, creditor: Creditor, today: date) -> Sample:
    law, facts = rules.law_for(creditor.region, today), DebtFacts(balance=balance)
    asked, first_on = Money(max(balance.minor // IN_MONTHS, 1), balance.currency).ceil(), today + relativedelta(days=14)

    def answer_to(shape: Shape, instalment: Money | None) -> Answer:
        wish = Request(shape=shape, first_on=first_on, instalment=instalment)
        return decide(request=wish, policy=policy, law=law, debt=facts, today=today)

    answer = answer_to(Shape.EVEN, asked)
    reasons = [
        reason_sentence(reason, language=page_language(), region=creditor.region, day=formats.day)
        for reason in answer.reasons
    ]
    return Sample(balance, asked, answer, reasons, answer_to(Shape.REDUCED, None) if policy.settlement_ladder else None)


@staff_only
@require_POST
@permission_required("plans.change_policyversion", raise_exception=True)
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    version = get_object_or_404(PolicyVersion.objects.select_related("creditor"), pk=pk)
    try:
        policies.approve(version=version, by=request.user, now=request.now)
        messages.success(request, _("The version is approved."))
    except policies.NotApproved:
        messages.error(request, _("A version that gives a share off is approved by somebody else than its writer."))
    return redirect("admin:plans_policyversion_change", pk)
