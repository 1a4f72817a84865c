"""A new version of a policy: written in plain fields, tried on three debts before it is kept, approved by a second person."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import days, rules
from accounts.models import Creditor, Debt
from accounts.money import CURRENCIES, AmountError, Money, parse_typed
from plans import policies
from plans.models import PolicyVersion
from plans.negotiation import Answer, decide
from plans.reasons import sentence as reason_sentence
from plans.schedule import Frequency
from plans.terms import DebtFacts, Policy, Request, Shape
from portal import formats
from portal.access import staff_only
from portal.templatetags.words import page_language

SAMPLES = (25, 50, 90)  # which of a creditor's debts stand for small, middle and large: per cent of them are smaller
FREQUENCIES = [
    (Frequency.MONTHLY.value, gettext_lazy("Once a month")),
    (Frequency.FORTNIGHTLY.value, gettext_lazy("Every two weeks")),
    (Frequency.WEEKLY.value, gettext_lazy("Every week")),
]


class PolicyForm(forms.Form):
    """The fields of PolicyVersion as people write them: amounts in units, shares in per cent, lists with commas."""

    creditor = forms.ModelChoiceField(Creditor.objects.all(), label=gettext_lazy("creditor"))
    currency = forms.CharField(label=gettext_lazy("currency"), max_length=3)
    starts_on = forms.DateField(label=gettext_lazy("starts on"), widget=forms.DateInput(attrs={"placeholder": "2026-12-01"}))
    shortest_months = forms.IntegerField(label=gettext_lazy("shortest term in months"), min_value=1, max_value=120)
    longest_months = forms.IntegerField(label=gettext_lazy("longest term in months"), min_value=1, max_value=120)
    smallest_instalment = forms.CharField(label=gettext_lazy("smallest instalment"), max_length=20)
    down_payment = forms.IntegerField(label=gettext_lazy("first payment, per cent of the balance"), min_value=0, max_value=100)
    latest_start_days = forms.IntegerField(label=gettext_lazy("latest first payment, in days from today"), min_value=1, max_value=365)
    frequencies = forms.MultipleChoiceField(
        label=gettext_lazy("frequencies"), choices=FREQUENCIES, widget=forms.CheckboxSelectMultiple
    )
    settlement_ladder = forms.CharField(
        label=gettext_lazy("reduced payment: payments at most: per cent off"), required=False, max_length=200,
        help_text=gettext_lazy("For example 1: 30, 6: 15"),
    )  # fmt: skip
    ask_share = forms.IntegerField(label=gettext_lazy("per cent of what is left that may be asked"), min_value=1, max_value=100)
    token_payment = forms.CharField(label=gettext_lazy("token payment"), max_length=20, required=False)
    budget_over_months = forms.IntegerField(label=gettext_lazy("ask for a budget when the term is longer than, in months"), min_value=0)
    person_over = forms.CharField(label=gettext_lazy("a person decides when the balance is over"), max_length=20, required=False)
    person_over_months = forms.IntegerField(
        label=gettext_lazy("a person decides when the term is over, in months"), min_value=1, required=False
    )
    rounds = forms.IntegerField(label=gettext_lazy("rounds before a person looks"), min_value=1, max_value=20)
    offer_days = forms.IntegerField(label=gettext_lazy("days an offer stays open"), min_value=14, max_value=90)
    grace_days = forms.IntegerField(label=gettext_lazy("grace days"), min_value=0, max_value=60)
    breaks_after_missed = forms.IntegerField(label=gettext_lazy("missed payments that end a plan"), min_value=1, max_value=12)
    pause_days = forms.CharField(label=gettext_lazy("pause lengths in days"), max_length=60)
    pauses_per_year = forms.IntegerField(label=gettext_lazy("pauses in a year"), min_value=0, max_value=12)
    interest_runs = forms.BooleanField(label=gettext_lazy("interest goes on during a plan"), required=False)

    def clean_currency(self) -> str:
        currency = self.cleaned_data["currency"].strip().upper()
        if currency not in CURRENCIES:
            raise ValidationError(_("Not a currency: write its three letters, for example TWD."))
        return currency

    def clean_pause_days(self) -> list[int]:
        return sorted(set(self._numbers(self.cleaned_data["pause_days"].split(","), most=366)))

    def clean_settlement_ladder(self) -> list[list[int]]:
        ladder = []
        for rung in filter(str.strip, self.cleaned_data["settlement_ladder"].split(",")):
            most, _colon, off = rung.partition(":")
            count, percent = self._numbers([most, off], most=99)
            ladder.append([count, percent * 100])
        return sorted(ladder)

    @staticmethod
    def _numbers(parts: list[str], *, most: int) -> list[int]:
        found = [part.strip() for part in parts]
        if not all(part.isascii() and part.isdigit() and 0 < int(part[:9]) <= most for part in found):
            raise ValidationError(_("Whole numbers from 1 to %(most)s, with commas between them.") % {"most": most})
        return [int(part) for part in found]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        currency = values.get("currency")
        if currency:
            for name in ("smallest_instalment", "token_payment", "person_over"):
                self._amount(name, currency)
        if values.get("shortest_months", 0) > values.get("longest_months", 999):
            self.add_error("longest_months", _("The longest term is not shorter than the shortest."))
        return values

    def _amount(self, name: str, currency: str) -> None:
        text = self.cleaned_data.get(name, "")
        if not text:
            return
        try:
            self.cleaned_data[name] = parse_typed(text, currency).minor
        except AmountError:
            self.add_error(name, _("Write an amount in %(currency)s, for example 500") % {"currency": currency})

    def columns(self) -> dict[str, Any]:
        """The values as columns of PolicyVersion, beside creditor, currency and day."""
        given = self.cleaned_data
        same = (
            "shortest_months longest_months latest_start_days frequencies settlement_ladder budget_over_months person_over_months"
            " rounds offer_days grace_days breaks_after_missed pause_days pauses_per_year interest_runs"
        )
        return {name: given[name] for name in same.split()} | {
            "smallest_instalment_minor": given["smallest_instalment"],
            "down_payment_bp": given["down_payment"] * 100,
            "ask_share_bp": given["ask_share"] * 100,
            "token_payment_minor": given["token_payment"] or None,
            "person_over_minor": given["person_over"] or None,
        }

    @classmethod
    def initial_of(cls, version: PolicyVersion) -> dict[str, Any]:
        """A version as this form writes it: the start of the next one."""

        def units(minor: int | None) -> str:
            return Money(minor, version.currency).as_text() if minor is not None else ""

        values = {name: getattr(version, name) for name in cls.base_fields if hasattr(version, name)}
        return values | {
            "smallest_instalment": units(version.smallest_instalment_minor),
            "token_payment": units(version.token_payment_minor),
            "person_over": units(version.person_over_minor),
            "down_payment": version.down_payment_bp // 100,
            "ask_share": version.ask_share_bp // 100,
            "pause_days": ", ".join(map(str, version.pause_days)),
            "settlement_ladder": ", ".join(f"{most}: {off // 100}" for most, off in version.settlement_ladder),
        }


@dataclass(frozen=True)
class Sample:
    """What one of the creditor's debts would be offered."""

    balance: Money
    asked: Money
    answer: Answer
    reasons: list[str]


@staff_only
@require_http_methods(["GET", "POST"])
@permission_required("plans.add_policyversion", raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    """Write a version. The first button shows three sample debts; the second, beside them, keeps it."""
    if request.method == "GET":
        return _page(request, PolicyForm(initial=_start(request)))
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    creditor, currency = form.cleaned_data["creditor"], form.cleaned_data["currency"]
    today = days.today_in(creditor.time_zone, request.now)
    if form.cleaned_data["starts_on"] < today:
        form.add_error("starts_on", _("A policy starts today at the earliest: what was agreed under the old one stays."))
        return _page(request, form, status=422)
    if "keep" not in request.POST:
        return _page(request, form, samples=samples(creditor, currency, form.columns(), today=today))
    policies.write(
        creditor=creditor,
        currency=currency,
        starts_on=form.cleaned_data["starts_on"],
        by=request.user,
        now=request.now,
        **form.columns(),
    )
    messages.success(request, _("The version is written. It holds once a second person has approved it."))
    return redirect("admin:plans_policyversion_changelist")


def _page(request: HttpRequest, form: PolicyForm, samples: list[Sample] | None = None, status: int = 200) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("New policy"), "form": form, "samples": samples}
    return TemplateResponse(request, "desk/policy.html", context, status=status)


def _start(request: HttpRequest) -> dict[str, Any]:
    """The version to start from: the one asked for, else the first creditor's in force."""
    try:
        wanted = uuid.UUID(request.GET.get("from", ""))
    except ValueError:
        wanted = None
    version = PolicyVersion.objects.filter(pk=wanted).first() if wanted else PolicyVersion.objects.order_by("-created_at").first()
    tomorrow = request.now.date() + timedelta(days=1)
    return {**(PolicyForm.initial_of(version) if version else policies.SHIPPED), "starts_on": tomorrow.isoformat()}


def samples(creditor: Creditor, currency: str, columns: dict[str, Any], *, today) -> list[Sample]:
    """A small, a middle and a large debt of this creditor, and what a twelfth of each a month would be answered."""
    debts = Debt.objects.filter(creditor=creditor, currency=currency, state=Debt.State.OPEN, balance_minor__gt=0)
    balances, count = debts.order_by("balance_minor").values_list("balance_minor", flat=True), debts.count()
    policy = Policy.of(PolicyVersion(creditor=creditor, currency=currency, **columns))
    law = rules.law_for(creditor.region, today)
    shown = []
    for percent in SAMPLES if count else ():
        balance = Money(balances[min(count * percent // 100, count - 1)], currency)
        asked = Money(max(balance.minor // 12, 1), currency).ceil()
        wish = Request(shape=Shape.EVEN, first_on=today + relativedelta(days=14), instalment=asked)
        answer = decide(request=wish, policy=policy, law=law, debt=DebtFacts(balance=balance), today=today)
        reasons = [
            reason_sentence(reason, language=page_language(), region=creditor.region, day=formats.day) for reason in answer.reasons
        ]
        shown.append(Sample(balance, asked, answer, reasons))
    return shown


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
