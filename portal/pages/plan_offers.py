"""P18: up to three offers, smallest instalment first, none selected; each with reasons, and always a person to ask."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.days import today_in
from accounts.money import Money
from plans.affordability import left_per_month
from plans.models import Offer
from plans.terms import Terms
from portal.access import helper_may, needs_level_1
from portal.forms import Choice, PageForm, bound, done, refused
from portal.pages.plan_flow import Flow, clicked, in_flow
from portal.pages.plan_words import card, rows


class OffersForm(PageForm):
    choice = Choice(label=gettext_lazy("Which of these would suit you?"))

    def __init__(self, *args, offers: list[Offer], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["choice"].choices = [(str(offer.pk), str(offer.pk)) for offer in offers]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("agree")
@in_flow
def offers(request: HttpRequest, flow: Flow) -> HttpResponse:
    if flow.below_zero:
        return _below_zero(request, flow)
    found = answers(flow)
    if not found and request.method != "POST":
        return redirect(flow.url(flow.missing() or ("check" if flow.draft.get("person") else "date")))
    if request.method == "POST":
        return _choose(request, flow, found)
    opened = request.GET.get("open", "")
    if request.htmx and opened:
        return _details(request, flow, found, opened)
    ask, form = found[0].answers, bound(request, OffersForm, f"plan-offers-{flow.debt.pk}", offers=found)
    context = {
        "here": "home",
        "action": flow.url("offers"),
        "back": flow.url("date"),
        "amount": flow.url("amount"),
        "budget": flow.url("budget", 1),
        "form": form,
        "cards": [card(flow, offer, opened=str(offer.pk) == opened) for offer in found],
        "chosen": form["choice"].value() or flow.draft.get("offer", ""),
        "fits": ask.state == Offer.State.ACCEPTED,
        "reasons": [] if ask.state == Offer.State.ACCEPTED else flow.say(ask.reasons),
        "left": left_words(flow, ask.left_minor),
        "until": flow.day(today_in(request.debtor.time_zone, found[0].expires_at)),
    }
    return render(request, "pages/plan_offers.html", context)


def answers(flow: Flow) -> list[Offer]:
    """What the rules answered to the ask of this draft and is still open, smallest instalment first. One query."""
    try:
        ask = uuid.UUID(flow.draft.get("ask", ""))
    except ValueError:
        return []
    mine = Offer.objects.filter(
        debt=flow.debt, answers=ask, proposer=Offer.Proposer.RULES, state=Offer.State.PROPOSED,
        expires_at__gt=flow.http.now,
    ).select_related("answers")  # fmt: skip
    return sorted(mine, key=lambda one: _size(Terms.from_json(one.terms)))


def _size(terms: Terms) -> tuple[int, int, int]:
    return terms.instalment.minor, terms.total.minor, terms.count


def _choose(request: HttpRequest, flow: Flow, found: list[Offer]) -> HttpResponse:
    if clicked(request, "person"):
        flow.keep(person=True, offer=None, reasons=None, at="check")
        return done(request, flow.url("check"))
    form = OffersForm(request.POST, offers=found)
    if not form.is_valid():
        if not found:
            form.refuse(None, _("This suggestion is no longer open. Here is the latest."))
        return refused(request, form, f"plan-offers-{flow.debt.pk}", url=flow.url("offers"))
    flow.keep(offer=form.cleaned_data["choice"], person=None, at="check")
    return done(request, flow.url("check"))


def _details(request: HttpRequest, flow: Flow, found: list[Offer], opened: str) -> HttpResponse:
    """The schedule of one offer, as an htmx part; without htmx the whole page shows it."""
    terms = next((Terms.from_json(one.terms) for one in found if str(one.pk) == opened), None)
    shown = rows(terms, flow.region) if terms else []
    return render(request, "pages/plan_offers.html#schedule", {"rows": shown})


def left_words(flow: Flow, left_minor: int | None) -> str:
    if left_minor is None:
        return ""
    return _("By your figures, about %(amount)s is left each month.") % {
        "amount": flow.money(Money(left_minor, flow.debt.currency))
    }


def _below_zero(request: HttpRequest, flow: Flow) -> HttpResponse:
    """W48: the budget does not cover everyday costs. A pause and free advice, and no plan form."""
    if request.method == "POST" and clicked(request, "person"):
        flow.keep(person=True, offer=None, reasons=None, at="check")
        return done(request, flow.url("check"))
    context = {
        "here": "home",
        "action": flow.url("offers"),
        "back": flow.url("budget", 3),
        "budget": flow.url("budget", 1),
        "left": left_words(flow, left_per_month(flow.budget)),
        "advice": flow.law.signposts_of("advice"),
        "token": flow.policy.token_payment_minor
        and flow.money(Money(flow.policy.token_payment_minor, flow.debt.currency)),
    }
    return render(request, "pages/plan_below_zero.html", context)
