"""The guard before a plan or a payment for something that may be too old (W108): read it, then choose. It is logged."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import days, limitation, rules
from accounts.models import Debt
from plans.models import Plan
from portal.access import helper_may, needs_level_1, rights_of
from portal.forms import see_other
from portal.pages.account import own_debt
from portal.templatetags.words import page_language

TO = {"plan": "plan_shape", "check": "plan_check", "pay": "pay", "change": "plan_done"}


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
        context = {"here": "home", "debt": debt, "to": to, "advice": advice, "back": _back(request, debt)}
        return render(request, "pages/old.html", context)
    go_on = request.POST.get("choice") == "go_on"
    about = {"debtor": request.debtor, "by": request.actor, "law": law, "now": request.now}
    limitation.choose(debt=debt, go_on=go_on, to=to, language=page_language(), **about)
    return see_other(_where(debt, to) if go_on else _back(request, debt))


def _back(request: HttpRequest, debt: Debt) -> str:
    """The account, for who may see it; home leads a helper who may not to what they may do."""
    return reverse("account", args=[debt.pk]) if "see" in rights_of(request) else reverse("home")


def _where(debt: Debt, to: str) -> str:
    """What was asked for before the warning stood there."""
    running = Plan.objects.filter(debt=debt, state=Plan.State.RUNNING).first() if to == "change" else None
    return reverse("plan_change", args=[running.pk]) if running else reverse(TO[to], query={"debt": debt.pk})
