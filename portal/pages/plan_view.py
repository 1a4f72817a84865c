"""P21: my plan. What is done, what comes next, what is paid and left, and every payment with its state in words."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import days, holds, limitation
from accounts.money import Money
from plans import receipts
from plans.models import Plan
from plans.progress import Line, Progress, State
from portal import formats
from portal.access import helper_may, needs_level_1
from portal.pages.plan_flow import url
from portal.pages.standing import paused_until
from portal.payments import transfer
from portal.templatetags.words import page_language


@require_safe
@needs_level_1
@helper_may("see", "agree")
def plan_view(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    mine = Plan.objects.filter(debt__debtor=request.debtor).prefetch_related("instalments")
    plan = get_object_or_404(mine.select_related("debt__creditor", "policy", "agreed_by_helper"), pk=plan_id)
    debt, region, zone = plan.debt, plan.debt.creditor.region, request.debtor.time_zone
    standing = receipts.of(plan, now=request.now)
    running = plan.state == Plan.State.RUNNING

    def money(minor: int) -> str:
        return Money(minor, debt.currency).format(page_language(), region)

    context = {
        "here": "home",
        "plan": plan,
        "debt": debt,
        "count": len(standing.lines),
        "done": standing.done,
        "sentences": sentences(plan, standing, money) if running else [],
        "paid": money(standing.paid_minor),
        "left": money(standing.left_minor),
        "checked": money(standing.checked_minor) if running and standing.checked_minor else "",
        "rows": rows(plan, standing, money),
        "missed": standing.missed if running else 0,
        "held": held(request, plan) if running else "",
        "pay": transfer.details(debt) if running else None,
        "warn": running and limitation.must_warn(debt, by=request.actor, today=days.today_in(zone, request.now)),
        "again": url(debt.pk, "shape"),
        "ended": formats.day(days.today_in(zone, plan.ended_at), page_language(), region) if plan.ended_at else "",
        "discount": money(plan.discount_minor) if plan.discount_minor else "",
    }
    return render(request, "pages/plan_view.html", context)


def sentences(plan: Plan, standing: Progress, money) -> list[str]:
    """Where the plan stands, in one or two sentences."""
    said = []
    if standing.ahead:
        said.append(_("You are ahead of your plan"))
    late = standing.oldest_late
    if standing.missed == 1 and late:
        said.append(_("Payment %(n)s not received yet") % {"n": late.number})
    elif standing.missed > 1:
        said.append(_("%(n)s payments not received yet. Let us look at it together") % {"n": standing.missed})
    if standing.next:
        day = formats.day(standing.next.due_on, page_language(), plan.debt.creditor.region)
        said.append(_("Next: %(amount)s on %(date)s") % {"amount": money(standing.next.left_minor), "date": day})
    return said


def rows(plan: Plan, standing: Progress, money) -> list[dict]:
    agreed = {one.number: one.due_on for one in plan.instalments.all()}
    return [
        {
            "number": line.number,
            "day": formats.short_day(line.due_on, page_language()),
            "amount": money(line.amount_minor),
            "state": state_words(
                line, moved=line.due_on != agreed[line.number], ended=plan.ended_at is not None, money=money
            ),
        }
        for line in standing.lines
    ]


def state_words(line: Line, *, moved: bool, ended: bool, money) -> str:
    """The state of one payment in words, never by colour alone."""
    if line.state is State.RECEIVED:
        return _("Received")
    if ended:
        return ""
    said = [_("%(amount)s received") % {"amount": money(line.paid_minor)}] if line.paid_minor else []
    if line.state is State.CHECKED:
        said.append(_("Being checked"))
    elif line.checked_minor:
        said.append(_("%(amount)s of it is being checked") % {"amount": money(line.checked_minor)})
    if line.left_minor and not line.paid_minor:
        words = {State.LATE: _("Not received yet"), State.NEXT: _("Next")}.get(line.state, "")
        said = [words, *said] if words else said
    return " · ".join(said) or (_("Moved") if moved else "")


def held(request: HttpRequest, plan: Plan) -> str:
    """That payments are paused or being checked, while they are."""
    on_it = [
        hold for hold in holds.on_debt(holds.open_for(request.debtor, request.now), plan.debt) if hold.stops_payments
    ]
    if not on_it:
        return ""
    until = paused_until(on_it, request.debtor.time_zone)
    if until is None:
        return _("Nothing falls due at the moment.")
    return _("Paused until %(date)s") % {"date": formats.day(until, page_language(), plan.debt.creditor.region)}
