"""The guard before a plan or a payment for something that may be too old (W108): read it, then choose. It is logged."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import days, limitation, rules
from portal.access import helper_may, needs_level_1
from portal.forms import see_other
from portal.pages.account import own_debt

TO = {"plan": "plan_shape", "pay": "pay"}


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("agree", "pay")
def old(request: HttpRequest, debt_id: uuid.UUID) -> HttpResponse:
    debt = own_debt(request, debt_id)
    today = days.today_in(debt.creditor.time_zone, request.now)
    law = rules.law_for(debt.creditor.region, today)
    to = request.POST.get("to") or request.GET.get("to")
    to = to if to in TO else "plan"
    if request.method != "POST":
        advice = law.signposts_of("advice")
        return render(request, "pages/old.html", {"here": "home", "debt": debt, "to": to, "advice": advice})
    go_on = request.POST.get("choice") == "go_on"
    limitation.choose(debt=debt, debtor=request.debtor, go_on=go_on, to=to, by=request.actor, law=law, now=request.now)
    return see_other(reverse(TO[to], query={"debt": debt.pk}) if go_on else reverse("account", args=[debt.pk]))
