"""P23: a suggestion from staff beside what was asked. Accept, suggest something else, ask, not now: all equal."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.days import today_in
from accounts.money import Money
from plans import offers, situation
from plans.models import Offer
from plans.refusals import Refusal
from plans.terms import Terms
from portal import drafts, formats
from portal.access import helper_may, needs_level_1
from portal.forms import PageForm, bound, done, forget, refused
from portal.pages.plan_flow import PLAN, agreeing, clicked, url
from portal.pages.plan_words import facts, rows, suggestion_url
from portal.templatetags.words import page_language

MOST = 1000  # suggestions for one debt that have an address


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("agree")
def plan_offer(request: HttpRequest, debt_id: uuid.UUID, number: int) -> HttpResponse:
    mine = Offer.objects.filter(debt=debt_id, debt__debtor=request.debtor, proposer=Offer.Proposer.STAFF)
    known = mine.select_related("debt__creditor", "debt__debtor", "staff", "answers").order_by("created_at", "pk")
    offer = next(iter(known[number - 1 : number]), None) if 0 < number <= MOST else None
    if offer is None:
        raise Http404
    if request.method == "POST":
        return _answer(request, offer)
    if offer.state == Offer.State.ACCEPTED:
        return redirect(url(offer.debt_id, "done"))
    region, language = offer.debt.creditor.region, page_language()
    is_open = offer.state == Offer.State.PROPOSED and offer.expires_at > request.now
    latest = None if is_open else offers.latest_of_staff(offer.debt, request.now)
    context = {
        "here": "home",
        "offer": offer,
        "form": bound(request, PageForm, f"plan-offer-{offer.pk}"),
        "open": is_open,
        "latest": suggestion_url(latest) if latest and latest.pk != offer.pk else "",
        "other": url(offer.debt_id, "shape"),
        "sides": sides(offer),
        "rows": rows(Terms.from_json(offer.terms), region),
        "signed": " · ".join(filter(None, (offer.staff.first_name, offer.staff.role_title))),
        "until": formats.day(today_in(request.debtor.time_zone, offer.expires_at), language, region),
    }
    return render(request, "pages/plan_offer.html", context)


def sides(offer: Offer) -> list[tuple[str, str, str]]:
    """The same rows for what was asked and what is suggested: label, asked, suggested."""
    region = offer.debt.creditor.region
    suggested = facts(Terms.from_json(offer.terms), region)
    asked = dict(_asked(offer.answers, region)) if offer.answers else {}
    return [(label, asked.get(label, "–"), value) for label, value in suggested]


def _asked(ask: Offer, region: str) -> list[tuple[str, str]]:
    if ask.terms:
        return facts(Terms.from_json(ask.terms), region)
    request = situation.request_of(ask.ask, ask.debt.currency)
    amount: Money | None = request.instalment
    return [(_("Each time"), amount.format(page_language(), region))] if amount else []


def _answer(request: HttpRequest, offer: Offer) -> HttpResponse:
    if clicked(request, "accept"):
        draft = drafts.read(debtor=request.debtor, flow=PLAN, debt=offer.debt, now=request.now)
        draft = {name: value for name, value in draft.items() if name != "person"}
        draft |= {"offer": str(offer.pk), "at": "check"}
        drafts.keep(debtor=request.debtor, flow=PLAN, debt=offer.debt, data=draft, now=request.now)
        forget(request, agreeing(offer.debt_id))
        return done(request, url(offer.debt_id, "check"))
    form = PageForm(request.POST)
    form.full_clean()
    try:
        offers.decline(offer=offer, by=request.actor, now=request.now)
    except Refusal as refusal:
        form.refuse(None, refusal.sentence)
        return refused(request, form, f"plan-offer-{offer.pk}", url=request.path)
    return done(request, reverse("account", args=[offer.debt_id]))
