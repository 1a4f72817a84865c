"""P19: everything once more, and then the agreement (level 2) or the plan that is sent to a person. P20 follows."""

import uuid
from urllib.parse import quote

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.money import Money
from accounts.once import KeyUsedOtherwise
from plans import agreements, asks
from plans.models import Offer
from plans.refusals import MayBeTooOld, NotOpen, Refusal
from plans.terms import SHAPE_WORDS, Shape, Terms
from portal import drafts
from portal.access import helper_may, needs_level_1, needs_level_2
from portal.documents import issue
from portal.forms import PageForm, bound, done, refused
from portal.pages import feedback, safety
from portal.pages.plan_budget import given_on
from portal.pages.plan_flow import PLAN, Flow, agreeing, clicked, in_flow
from portal.pages.plan_words import facts, rows, suggestion_url
from portal.templatetags.words import page_language


class AgreeForm(PageForm):
    """What is signed: the offer, its version and the balance as they were shown. Nothing else is read."""

    offer = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=32_767)
    balance = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    agree = forms.BooleanField(
        label=gettext_lazy("I have read this and agree to the plan"),
        error_messages={"required": gettext_lazy("Tick this if you agree to the plan")},
    )


class SendForm(PageForm):
    note = forms.CharField(
        label=gettext_lazy("Anything you would like us to know"),
        help_text=gettext_lazy("You can leave this empty."),
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 5}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("agree")
@in_flow
def check(request: HttpRequest, flow: Flow) -> HttpResponse:
    if request.method == "POST":
        return _again(request, flow) if clicked(request, "again") else _send(request, flow)
    offer = None if flow.draft.get("person") else chosen(flow)
    if offer is not None:
        return _show_to_sign(request, flow, offer)
    if flow.draft.get("person") or flow.shape is Shape.PERSON:
        return _show_to_send(request, flow)
    return redirect(flow.url(flow.missing() or "offers"))


def _show_to_sign(request: HttpRequest, flow: Flow, offer: Offer) -> HttpResponse:
    """All of the plan, and the signature where it can be given. A changed amount shows both, old and new."""
    still = offer.state == Offer.State.PROPOSED and offer.expires_at > request.now
    terms, current = Terms.from_json(offer.terms), flow.debt.payable
    before = Money(offer.balance_minor, flow.debt.currency)
    first_passed = terms.first_on < flow.today
    initial = {"offer": offer.pk, "version": offer.version, "balance": current.minor}
    context = {
        "here": "home",
        "action": flow.url("check"),
        "back": back(flow, offer),
        "agree": flow.url("agree"),
        "date": flow.url("date"),
        "form": as_shown(bound(request, AgreeForm, agreeing(flow.debt.pk), initial=initial)),
        "signs": still and before == current and not first_passed,
        "open": still,
        "changed": None if before == current else (flow.money(before), flow.money(current)),
        "first_passed": first_passed,
        "facts": facts(terms, flow.region),
        "changes": changes(flow) if offer.proposer == Offer.Proposer.RULES else [],
        "rows": rows(terms, flow.region),
        "policy": offer.policy,
        "discount": flow.money(terms.discount) if terms.discount.minor else "",
        "code_url": f"{reverse('code')}?then={quote(flow.url('check'))}",
    }
    return render(request, "pages/plan_check.html", context)


@require_POST
@needs_level_2
@helper_may("agree")
@in_flow
def agree(request: HttpRequest, flow: Flow) -> HttpResponse:
    form, where, here = AgreeForm(request.POST), agreeing(flow.debt.pk), flow.url("check")
    if not form.is_valid():
        return refused(request, form, where, url=here)
    signed = form.cleaned_data
    offer = Offer.objects.select_related("debt").filter(pk=signed["offer"], debt=flow.debt).first()
    try:
        if offer is None:
            raise NotOpen
        plan = agreements.accept(
            offer=offer,
            version=signed["version"],
            balance_seen=Money(signed["balance"], flow.debt.currency),
            by=request.actor,
            key=form.key,
            language=page_language(),
            now=request.now,
            today=flow.today,
        )
    except MayBeTooOld:
        return done(request, reverse("old", args=[flow.debt.pk], query={"to": "check"}))
    except (Refusal, KeyUsedOtherwise) as refusal:
        form.refuse(None, getattr(refusal, "sentence", _("This changed while you were away. Here is the latest")))
        return refused(request, form, where, url=here)
    drafts.drop(debtor=request.debtor, flow=PLAN, debt=flow.debt)
    feedback.plan_finished(request, flow.debt.creditor, form.key, feedback.PLAN)
    issue.ask_for_agreement(plan=plan, language=page_language(), by=request.actor, now=request.now)
    return done(request, flow.url("done"))


def as_shown(form: AgreeForm) -> AgreeForm:
    """The form as it stands under these terms: after a try that did not pass, what it signs is what the page shows.

    Another offer may have been chosen in another tab meanwhile. The tick is for the person to set again.
    """
    if form.is_bound:
        form.errors  # noqa: B018  found in what was sent, before it is replaced
        form.data = {**form.initial, "once": form.data["once"]}
    return form


def chosen(flow: Flow) -> Offer | None:
    """The offer the person chose, of the rules or of staff. One query."""
    try:
        pk = uuid.UUID(flow.draft.get("offer", ""))
    except ValueError:
        return None
    signed = Offer.objects.filter(pk=pk, debt=flow.debt).exclude(proposer=Offer.Proposer.DEBTOR)
    return signed.select_related("policy").first()


def back(flow: Flow, offer: Offer) -> str:
    """The page before: the offers, or staff's suggestion."""
    by_staff = offer.proposer == Offer.Proposer.STAFF
    return suggestion_url(offer) if by_staff else flow.url("offers")


def changes(flow: Flow) -> list[tuple[str, str, str]]:
    """What the person chose and where to change it: words, value, address."""
    found = [(_("How you would like to pay"), str(SHAPE_WORDS[flow.shape]), flow.url("shape"))] if flow.shape else []
    if flow.instalment:
        found.append((_("What you can manage each time"), flow.money(flow.instalment), flow.url("amount")))
    request = flow.request()
    if request is not None and flow.draft.get("first_on"):
        found.append((_("When you would like to start"), flow.day(request.first_on), flow.url("date", change=1)))
    if flow.budget is not None:
        found.append((_("Your figures"), given_on(flow), flow.url("budget", 1)))
    return found


def _show_to_send(request: HttpRequest, flow: Flow) -> HttpResponse:
    missing = flow.missing() if flow.shape is not Shape.PERSON else ""
    if missing:
        return redirect(flow.url(missing))
    terms = flow.sketch()
    context = {
        "here": "home",
        "action": flow.url("check"),
        "back": flow.url("date" if flow.draft.get("first_on") else "amount"),
        "form": bound(request, SendForm, f"plan-send-{flow.debt.pk}", initial={"note": flow.draft.get("note", "")}),
        "changes": changes(flow),
        "preview": flow.preview_line(terms) if terms else "",
        "reasons": flow.say(flow.draft.get("reasons", [])),
        "days": flow.debt.creditor.reply_days,
    }
    return render(request, "pages/plan_send.html", context)


def _send(request: HttpRequest, flow: Flow) -> HttpResponse:
    form, where = SendForm(request.POST), f"plan-send-{flow.debt.pk}"
    wanted = flow.request()
    if wanted is None:
        return done(request, flow.url(flow.missing()))
    if form.is_valid():
        try:
            safety.heed(request, form.cleaned_data["note"], key=form.key)
            asks.send(
                debt=flow.debt, request=wanted, budget=flow.budget, note=form.cleaned_data["note"], by=request.actor,
                key=form.key, now=request.now, today=flow.today,
            )  # fmt: skip
        except (Refusal, KeyUsedOtherwise) as refusal:
            form.refuse(None, getattr(refusal, "sentence", _("This changed while you were away. Here is the latest")))
        else:
            drafts.drop(debtor=request.debtor, flow=PLAN, debt=flow.debt)
            feedback.plan_finished(request, flow.debt.creditor, form.key, feedback.SENT)
            return done(request, flow.url("done"))
    return refused(request, form, where, url=flow.url("check"))


def _again(request: HttpRequest, flow: Flow) -> HttpResponse:
    """The same answers weighed anew, after the amount changed or the offer lapsed."""
    form = PageForm(request.POST)
    form.full_clean()
    try:
        return done(request, flow.work_out(form.key))
    except Refusal as refusal:
        form.refuse(None, refusal.sentence)
        return refused(request, form, agreeing(flow.debt.pk), url=flow.url("check"))
