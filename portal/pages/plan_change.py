"""P22: move a payment of my plan to a later day. Done at once; nobody has to allow it."""

import uuid
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import days, limitation
from accounts.money import Money
from plans import moving
from plans.models import Plan
from plans.refusals import Refusal
from portal import formats
from portal.access import helper_may, needs_level_1
from portal.forms import Choice, PageForm, bound, done, refused, see_other
from portal.pages import amounts, feedback
from portal.templatetags.words import page_language


class MoveForm(PageForm):
    day = Choice(label=gettext_lazy("Which day suits you?"))

    def __init__(self, *args, days: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["day"].choices = days


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("agree")
def plan_change(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    mine = Plan.objects.filter(pk=plan_id, debt__debtor=request.debtor)
    plan = mine.select_related("debt__creditor", "debt__debtor", "policy").prefetch_related("instalments").first()
    if plan is None:
        raise Http404
    today = days.today_in(request.debtor.time_zone, request.now)
    if plan.state == Plan.State.RUNNING and limitation.must_warn(plan.debt, by=request.actor, today=today):
        return see_other(reverse("old", args=[plan.debt_id], query={"to": "change"}))
    may = moving.options(plan, now=request.now)
    choices = [(day.isoformat(), formats.day(day, page_language(), plan.debt.creditor.region)) for day in may.days]
    flow = f"plan_change {plan.pk}"
    if request.method != "POST":
        form = bound(request, MoveForm, flow, days=choices)
        return render(request, "pages/plan_change.html", {"form": form, **_about(request, plan, may)})
    if any(made.to_on.isoformat() == request.POST.get("day") for made in plan.moves.all()):
        return done(request, reverse("plan_view", args=[plan.pk]))  # a second tap
    form = MoveForm(request.POST, days=choices)
    if form.is_valid():
        try:
            return _move(request, plan, may, date.fromisoformat(form.cleaned_data["day"]))
        except Refusal as refusal:
            form.refuse(None, refusal.sentence)
    return refused(request, form, flow, url=reverse("plan_change", args=[plan.pk]))


def _move(request: HttpRequest, plan: Plan, may: moving.Options, to_on: date) -> HttpResponse:
    if may.line is None:
        raise moving.NotMovable
    moving.move(plan=plan, number=may.line.number, to_on=to_on, by=request.actor, now=request.now)
    day = formats.day(to_on, page_language(), plan.debt.creditor.region)
    messages.success(request, _("Payment %(n)s is now on %(date)s.") % {"n": may.line.number, "date": day})
    feedback.offer(request, feedback.MOVED)
    return done(request, reverse("plan_view", args=[plan.pk]))


def _about(request: HttpRequest, plan: Plan, may: moving.Options) -> dict:
    about = {"here": "home", "plan": plan, "left": may.left, "line": may.line}
    if may.line is None:
        return about
    region = plan.debt.creditor.region
    left = Money(may.line.left_minor, plan.debt.currency)
    return about | {
        "day": formats.day(may.line.due_on, page_language(), region),
        "amount": amounts.plain(left, hidden=request.debtor.hide_amounts, region=region),
    }
