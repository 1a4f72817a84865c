"""P20: the plan is set, or it is with us. Back from here shows this page again, never the form."""

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts import days, limitation
from accounts.models import Debt
from plans import situation
from plans.models import Offer, Plan
from portal import formats
from portal.access import helper_may, needs_level_1
from portal.contact.models import Wish
from portal.forms import bound
from portal.pages.plan_flow import named, url
from portal.pages.preference_forms import InstalmentsForm
from portal.pages.preferences import flow
from portal.payments import transfer
from portal.templatetags.words import page_language


@require_safe
@needs_level_1
@helper_may("agree")
def finished(request: HttpRequest) -> HttpResponse:
    debt = named(request) if request.GET.get("debt") else _last_settled(request)
    if debt is None:
        return redirect("plan_shape")
    language, region = page_language(), debt.creditor.region
    today = days.today_in(request.debtor.time_zone, request.now)
    context = {"here": "home", "debt": debt, "region": region, "pay": transfer.details(debt)}
    context["warn"] = limitation.must_warn(debt, by=request.actor, today=today)
    if debt.running_id is not None:
        plan = Plan.objects.prefetch_related("instalments").get(pk=debt.running_id)
        first = plan.instalments.all()[0]
        context |= {"plan": plan, "first": formats.day(first.due_on, language, region), **_reminders(request)}
        return render(request, "pages/plan_done.html", context)
    if debt.reply_by_on is not None:
        context |= {"reply_by": formats.day(debt.reply_by_on, language, region), "days": debt.creditor.reply_days}
        context["change"] = url(debt.pk, "shape")
        return render(request, "pages/plan_in_review.html", context)
    return redirect(url(debt.pk, "shape"))


def _reminders(request: HttpRequest) -> dict:
    """Whether the person wants to be reminded of the payments: asked here once, of them, and changed under Settings."""
    if request.helper is not None:
        return {}
    wish = Wish.objects.filter(debtor=request.debtor).first()
    if wish is not None:
        return {"reminded": wish.instalment_texts}
    return {"form": bound(request, InstalmentsForm, flow("instalments"))}


def _last_settled(request: HttpRequest) -> Debt | None:
    """The debt whose plan was agreed or sent last; None where there is none."""
    settled = Q(plan__state=Plan.State.RUNNING) | Q(needs_person=True, state=Offer.State.PROPOSED)
    mine = Offer.objects.filter(settled, debt__debtor=request.debtor)
    last = mine.order_by(Coalesce("plan__agreed_at", "created_at").desc(), "pk").values_list("debt", flat=True).first()
    return situation.one_seen_by(request.debtor, last, request.now) if last else None
