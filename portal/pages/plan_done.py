"""P20: the plan is set, or it is with us. Back from here shows this page again, never the form."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from plans import situation
from plans.models import Plan
from portal import formats
from portal.access import needs_level_1
from portal.contact.models import Wish
from portal.forms import bound
from portal.pages.preference_forms import InstalmentsForm
from portal.pages.preferences import flow
from portal.payments import transfer
from portal.templatetags.words import page_language


@require_safe
@needs_level_1
def finished(request: HttpRequest, debt_id: uuid.UUID) -> HttpResponse:
    debt = situation.one_seen_by(request.debtor, debt_id, request.now)
    if debt is None:
        raise Http404
    language, region = page_language(), debt.creditor.region
    context = {"here": "home", "debt": debt, "region": region, "pay": transfer.details(debt)}
    if debt.running_id is not None:
        plan = Plan.objects.prefetch_related("instalments").get(pk=debt.running_id)
        first = plan.instalments.all()[0]
        context |= {"plan": plan, "first": formats.day(first.due_on, language, region), **_reminders(request)}
        return render(request, "pages/plan_done.html", context)
    if debt.reply_by_on is not None:
        context |= {"reply_by": formats.day(debt.reply_by_on, language, region), "days": debt.creditor.reply_days}
        return render(request, "pages/plan_in_review.html", context)
    return redirect("plan_shape", debt.pk)


def _reminders(request: HttpRequest) -> dict:
    """Whether the person wants to be reminded of the payments: asked here once, and changed under Settings."""
    wish = Wish.objects.filter(debtor=request.debtor).first()
    if wish is not None:
        return {"reminded": wish.instalment_texts}
    return {"form": bound(request, InstalmentsForm, flow("instalments"))}
