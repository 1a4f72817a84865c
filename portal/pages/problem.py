"""P30 and P31: not mine, or the amount is wrong. Contact about it stops at once; a person checks and answers."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import days, disputes, outcomes, rules
from accounts.models import Debt, Hold, Outcome
from accounts.money import Money
from accounts.once import KeyUsedOtherwise
from portal import formats
from portal.access import helper_may, needs_level_1, rights_of
from portal.contact.uploads import GONE
from portal.documents import sheets
from portal.forms import SENT_ALREADY, bound, done, refused
from portal.pages import amounts, safety, standing
from portal.pages.problem_form import NOT_MINE, REASONS, ProblemForm
from portal.pages.uploads import open_to
from portal.templatetags.words import page_language


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("talk")
def problem(request: HttpRequest) -> HttpResponse:
    debts, sees = standing.debts_of(request.debtor), "see" in rights_of(request)
    if request.method != "POST":
        form = bound(request, ProblemForm, "problem", debts=debts, sees=sees)
        if "debt" in form.fields and not form.is_bound:
            form.initial["debt"] = request.GET.get("debt")  # the account whose door was just opened
        held = Hold.objects.open(request.now).filter(debtor=request.debtor, kind=Hold.Kind.DISPUTE)
        checks = [(hold, dict(REASONS).get(hold.reason, "")) for hold in held.order_by("from_at", "pk")]
        context = {"form": form, "checks": checks, "not_mine": NOT_MINE, "here": "home", "leave_quickly": True}
        return render(request, "pages/problem.html", context)
    form = ProblemForm(request.POST, debts=debts, sees=sees)
    if form.is_valid():
        try:
            safety.heed(request, "\n".join([*form.answers.values(), form.cleaned_data["note"]]), key=form.key)
            hold = _open(request, form)
            return done(request, reverse("check_progress", args=[hold.pk]))
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
        except disputes.AnsweredBefore as before:
            day = formats.day(
                days.today_in(request.debtor.time_zone, before.hold.from_at), page_language(), request.region
            )
            form.refuse(
                "note",
                _("We have answered this before, when you asked on %(day)s. If something is new, please write it here")
                % {"day": day},
            )
    return refused(request, form, "problem", url=reverse("problem"))


def _open(request: HttpRequest, form: ProblemForm) -> Hold:
    debt = form.chosen
    creditor = debt.creditor if debt else request.link.creditor
    today = days.today_in(creditor.time_zone, request.now)
    return disputes.dispute(
        debtor=request.debtor,
        creditor=creditor,
        debt=debt,
        reason=form.cleaned_data["reason"],
        note=form.cleaned_data["note"],
        answers=form.answers,
        part=form.part,
        key=form.key,
        law=rules.law_for(creditor.region, today),
        by=request.actor,
        today=today,
        now=request.now,
        came_by=request.link.contact,
    )


@require_safe
@needs_level_1
@helper_may("see", "talk")
def check_progress(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """P31: received, being checked, answer; then what it came to and why, what was put right first."""
    mine = Hold.objects.filter(debtor=request.debtor, kind=Hold.Kind.DISPUTE).select_related("debt__creditor")
    hold = get_object_or_404(mine, pk=hold_id)
    hold.debtor = request.debtor
    outcome = outcomes.decided(hold) if hold.ended_at else None
    language, region = page_language(), request.region
    received = days.today_in(request.debtor.time_zone, hold.from_at)
    context = {
        "here": "home",
        "leave_quickly": True,
        "hold": hold,
        "reference": disputes.reference(hold),
        "reason": dict(REASONS).get(hold.reason, ""),
        "received": formats.day(received, language, region),
        "reply_by": formats.day(hold.reply_by_on, language, region) if hold.reply_by_on else "",
        "ended": hold.ended_at is not None,
        "part": _shown(request, hold.debt, hold.disputed_minor),
        "proof_first": hold.ended_at is None and disputes.clock(hold, _checked(hold)).proof_is_owed,
        "outcome": outcome,
        "letter": _letter(outcome) if outcome else None,
        "right": outcome is not None and outcome.result in outcomes.RIGHT,
        "complaint": rules.law_for(request.region, received).signposts_of("complaint") if outcome else (),
        "papers": open_to(request).filter(hold=hold).exclude(state__in=GONE).count(),
    } | (_put_right(request, outcome) if outcome else {})
    return render(request, "pages/check_progress.html", context)


def _letter(outcome: Outcome) -> uuid.UUID | None:
    """The answer as a letter, while it still says something."""
    made = outcome.documents.exclude(content="").order_by("requested_at")
    return made.values_list("pk", flat=True).first()


def _put_right(request: HttpRequest, outcome: Outcome) -> dict[str, Any]:
    """What an outcome changed in the account, and what is owed now."""
    off, entry = outcome.taken_off_minor or 0, outcome.reverses
    return {
        "corrected": _shown(request, outcome.debt, off) if off > 0 else "",
        "put_back": _shown(request, outcome.debt, -off) if off < 0 else "",
        "entry": entry,
        "entry_kind": str(sheets.KINDS[entry.kind]) if entry else "",
        "now": _shown(request, outcome.debt, outcome.debt.balance_minor) if outcome.debt else "",
    }


def _checked(hold: Hold) -> list[Debt]:
    """What is being checked: one account, or all of this person's."""
    return [hold.debt] if hold.debt else standing.debts_of(hold.debtor)


def _shown(request: HttpRequest, debt: Debt | None, minor: int | None) -> str:
    """An amount of this debt, in figures or hidden; nothing where there is none, or for a helper who may not see it."""
    if debt is None or minor is None or "see" not in rights_of(request):
        return ""
    return amounts.shown(Money(minor, debt.currency), hidden=request.debtor.hide_amounts, region=request.region)
