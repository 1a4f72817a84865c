"""Plan review: what the person asked, what they can afford, what policy allows. Nothing is declined without a suggestion."""

import uuid
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import days, history
from accounts.money import Money
from plans import offers, policies, situation
from plans.affordability import per_month
from plans.models import Offer, PolicyVersion
from plans.negotiation import Offer as Suggestion
from plans.negotiation import Request
from plans.reasons import Reason
from plans.reasons import sentence as reason_sentence
from plans.refusals import NotOpen, NotPossible, Refusal
from plans.terms import Terms
from plans.weighing import NoTerms, obstacles
from portal import formats
from portal.access import staff_only
from portal.contact import thread
from portal.templatetags.words import page_language

GREEN_BP, AMBER_BP = 5_000, 7_000  # of what is left: comfortable, and the most one person may agree to (S04)
AS_ASKED = "asked"
NOTES = [
    gettext_lazy("You asked for this amount. We can start a month later, so that the first payment comes easier."),
    gettext_lazy("A smaller amount each time leaves you more for daily costs. It takes longer."),
    gettext_lazy("You can pause first, and then pay the amount you asked for."),
]


class SuggestForm(forms.Form):
    """Which of the computed terms, and why in words. The version says which state of the ask was on the screen."""

    choice = forms.CharField(max_length=64)  # AS_ASKED, or the hash of the terms suggested
    version = forms.IntegerField(min_value=1)
    note = forms.CharField(label=gettext_lazy("Reason, as the person will read it"), max_length=500, required=False)


class QuestionForm(forms.Form):
    body = forms.CharField(label=gettext_lazy("Your question"), max_length=thread.LONGEST, widget=forms.Textarea)


@dataclass(frozen=True)
class Share:
    """A plan as a share of what is left each month."""

    bp: int

    @property
    def percent(self) -> int:
        return -(-self.bp // 100)

    @property
    def band(self) -> str:
        return "green" if self.bp <= GREEN_BP else "amber" if self.bp <= AMBER_BP else "red"


def share_of(terms: Terms | None, left_minor: int | None) -> Share | None:
    """How much of what is left each month the plan takes; None where either is unknown or nothing is left."""
    if terms is None or left_minor is None or left_minor <= 0:
        return None
    monthly = per_month(terms.instalment, terms.frequency).minor if terms.count > 1 else terms.total.minor
    return Share(-(-monthly * 10_000 // left_minor))


def _ask(pk: uuid.UUID) -> Offer:
    asked = Offer.objects.filter(proposer=Offer.Proposer.DEBTOR, needs_person=True)
    return get_object_or_404(asked.select_related("debt__creditor", "debt__debtor", "policy"), pk=pk)


@staff_only
@require_safe
@permission_required("plans.view_offer", raise_exception=True)
def review(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    ask = _ask(pk)
    with transaction.atomic():
        history.record(by=request.user, act="case.opened", on=ask, debtor=ask.debt.debtor, now=request.now)
    return TemplateResponse(request, "desk/review.html", _context(request, ask))


def _context(request: HttpRequest, ask: Offer) -> dict:
    debt, today = ask.debt, days.today_in(ask.debt.debtor.time_zone, request.now)
    policy = policies.in_force(creditor=debt.creditor, currency=debt.currency, on=today)
    case = offers.case_for_staff(ask, debt, policy=policy, today=today, now=request.now)
    request_asked = situation.request_of(ask.ask, debt.currency)
    terms = offers.terms_of(ask)
    suggestions = offers.three_suggestions(ask, today=today, now=request.now)
    answered = ask.answered_by.select_related("staff").order_by("-created_at").first()
    return {
        **admin.site.each_context(request),
        "title": _("Plan review"),
        "ask": ask,
        "debt": debt,
        "asked": request_asked,
        "terms": terms,
        "against": [_sentence(reason, debt) for reason in obstacles(request_asked, case)],
        "said": [_sentence(Reason.from_data(data), debt) for data in ask.reasons],
        "left": Money(ask.left_minor, debt.currency) if ask.left_minor is not None else None,
        "share": share_of(terms, ask.left_minor),
        "affordable": case.most_affordable(request_asked),
        "policy": policy,
        "smallest": case.smallest,
        "longest_months": case.longest_months,
        "suggestions": [
            (number, one, share_of(one.terms, ask.left_minor), _note_for(one.request, request_asked, ask))
            for number, one in enumerate(suggestions)
        ],
        "answered": answered,
        "answered_terms": offers.terms_of(answered) if answered else None,
        "open": ask.state == Offer.State.PROPOSED,
        "below_zero": ask.left_minor is not None and ask.left_minor < 0,
    }


def _sentence(reason: Reason, debt) -> str:
    return reason_sentence(reason, language=page_language(), region=debt.creditor.region, day=formats.day)


def _note_for(suggested: Request, asked: Request, ask: Offer) -> str:
    """The reason sentence of a suggestion in the person's own language; staff may change it."""
    same = suggested.instalment == asked.instalment
    kind = 1 if not same else 2 if suggested.anchor_day is None and suggested.first_on > asked.first_on else 0
    with translation.override(ask.debt.debtor.language):
        return str(NOTES[kind])


@staff_only
@require_POST
@permission_required("plans.add_offer", raise_exception=True)
def suggest(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Agree with the ask, or send one of the computed suggestions. The second of two at once sees both."""
    ask, form = _ask(pk), SuggestForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose what to answer."))
        return redirect("admin:review", pk=pk)
    try:
        _answer(request, ask, form.cleaned_data)
    except NotOpen:
        mine = {"choice": form.cleaned_data["choice"], "note": form.cleaned_data["note"]}
        return TemplateResponse(request, "desk/conflict.html", {**_context(request, _ask(pk)), "mine": mine}, status=409)
    except NotPossible as refusal:
        why = " ".join(_sentence(reason, ask.debt) for reason in refusal.reasons)
        messages.error(request, _("The law or the policy does not allow this: %(why)s") % {"why": why})
        return redirect("admin:review", pk=pk)
    except (Refusal, NoTerms, ValueError) as refusal:
        messages.error(request, getattr(refusal, "sentence", _("This ask comes to no schedule. Suggest one instead.")))
        return redirect("admin:review", pk=pk)
    messages.success(request, _("Your answer is sent. It stays open for the person to sign."))
    return redirect("admin:case", pk=ask.debt.debtor_id)


def _answer(request: HttpRequest, ask: Offer, given: dict) -> None:
    act = {"staff": request.user, "now": request.now, "note": given["note"], "version": given["version"]}
    if given["choice"] == AS_ASKED:
        offers.agree_with(ask=ask, **act)
        return
    today = days.today_in(ask.debt.debtor.time_zone, request.now)
    one = _chosen(offers.three_suggestions(ask, today=today, now=request.now), given["choice"])
    offers.suggest(answers=ask, terms=one.terms, request=one.request, **act)


def _chosen(suggestions: tuple[Suggestion, ...], choice: str) -> Suggestion:
    """The suggestion whose terms have this hash: a number could mean another one by the time it arrives."""
    for one in suggestions:
        if one.terms.sha256 == choice:
            return one
    raise ValueError("no such suggestion")


@staff_only
@require_POST
@permission_required("contact.add_threadmessage", raise_exception=True)
def ask(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask the person one question in their thread; the ask stays open."""
    found, form = _ask(pk), QuestionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write your question."))
        return redirect("admin:review", pk=pk)
    thread.answer(debtor=found.debt.debtor, staff=request.user, body=form.cleaned_data["body"], now=request.now)
    offers.ask_question(ask=found, staff=request.user, now=request.now)
    messages.success(request, _("Your question is sent."))
    return redirect("admin:review", pk=pk)
