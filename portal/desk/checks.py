"""S07, checks: what people say is not right, by the day an answer is promised by; papers, and an outcome."""

import json
import uuid
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import days, disputes, outcomes, rules
from accounts.models import CheckTask, Debt, Event, Hold, LedgerEntry, Outcome
from accounts.money import Money
from accounts.once import KeyUsedOtherwise
from accounts.rules import Law
from portal.access import staff_only
from portal.contact.models import Upload
from portal.desk import answering, case
from portal.desk.check_form import OutcomeForm, entry_words
from portal.forms import SENT_ALREADY
from portal.pages.problem_form import FOLLOW_UPS, REASONS, MoreForm
from portal.pages.uploads import rows
from portal.templatetags.words import day

AT_ONCE = 100
UNTIL = {
    "verified": gettext_lazy("Until proof is sent, by law nothing may be asked for"),
    "outcome_sent": gettext_lazy("Until the outcome is sent, nothing may be asked for"),
}
ENDED = gettext_lazy("This check has ended, or an outcome waits for approval.")
TOO_MUCH = gettext_lazy("That is more than is on this account.")
TAKEN_BACK = gettext_lazy("This entry was taken back meanwhile.")
PROVES = {
    "creditor": gettext_lazy("The creditor has to prove it"),
    "firm": gettext_lazy("We have to prove it"),
}


@staff_only
@require_safe
@permission_required("accounts.view_hold", raise_exception=True)
def checks(request: HttpRequest) -> HttpResponse:
    """The queue: what is promised soonest stands first."""
    held = Hold.objects.open(request.now).filter(kind=Hold.Kind.DISPUTE).select_related("debtor", "debt")
    found = list(held.prefetch_related("outcomes").order_by("reply_by_on", "from_at", "pk")[:AT_ONCE])
    said = dict(REASONS)
    lines = [
        {
            "hold": hold,
            "reference": disputes.reference(hold),
            "reason": said.get(hold.reason, hold.reason),
            "late": bool(hold.reply_by_on and hold.reply_by_on < days.today_in(hold.debtor.time_zone, request.now)),
            "waits": any(one.dropped_at is None for one in hold.outcomes.all()),
        }
        for hold in found
    ]
    left = CheckTask.objects.filter(done_at=None).select_related("hold__debt")
    context = {**admin.site.each_context(request), "title": _("Checks"), "lines": lines}
    context["tasks"] = [
        (task, disputes.reference(task.hold)) for task in left.order_by("hold__ended_at", "pk")[:AT_ONCE]
    ]
    return TemplateResponse(request, "desk/checks.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("accounts.view_hold", raise_exception=True)
def check(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One check: what was said, papers, the clock, and the outcome to propose."""
    hold = _hold(pk)
    debts = case.debts_of(hold.debtor_id)
    debts = [debt for debt in debts if hold.debt_id in {None, debt.pk}]
    typed = request.POST if request.method == "POST" else None
    clock = disputes.clock(hold, debts)
    barred = typed is not None and case.barred(hold.debtor_id, request.now)
    form = OutcomeForm(typed, debts=debts, entries=_entries(hold, debts), clock=clock, barred=barred)
    if request.method != "POST":
        case.opened(request, hold.debtor, hold)
    elif not request.user.has_perm("accounts.change_hold"):
        return HttpResponse(status=403)
    elif form.is_valid() and _propose(request, form, hold):
        return redirect("admin:check", pk=hold.pk)
    return TemplateResponse(
        request, "desk/check.html", _context(request, hold, debts, form, clock), status=_status(form)
    )


def _status(form: OutcomeForm) -> int:
    return 422 if form.is_bound else 200


def _propose(request: HttpRequest, form: OutcomeForm, hold: Hold) -> bool:
    given = form.cleaned_data
    try:
        outcome = answering.propose_outcome(
            hold=hold,
            result=given["result"],
            debt=given["chosen"],
            corrected=given["minus"],
            why=given["why"],
            reverses=given["reverses"],
            proof=given.get("proof", False),
            despite=form.despite,
            by=request.user,
            key=form.key,
            now=request.now,
        )
    except outcomes.TooMuch:
        form.refuse("corrected", TOO_MUCH)
    except outcomes.TakenBack:
        form.refuse("entry", TAKEN_BACK)
    except outcomes.ProofOwed:
        form.refuse("proof", _("By law the answer has to bring proof of what stands."))
    except outcomes.NoLongerOpen:
        form.refuse(None, ENDED)
    except KeyUsedOtherwise:
        form.refuse(None, SENT_ALREADY)
    else:
        done = outcome is not None and outcome.decided_at
        messages.success(request, _("The answer is sent.") if done else _("It waits for a second person."))
        return True
    return False


@staff_only
@require_POST
@permission_required("accounts.approve_outcome", raise_exception=True)
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    outcome = get_object_or_404(Outcome.objects.select_related("hold__debtor"), pk=pk)
    try:
        answering.approve_outcome(outcome=outcome, by=request.user, now=request.now)
        messages.success(request, _("Corrected, and the answer is sent."))
    except outcomes.OwnProposal:
        messages.error(request, _("Somebody else has to approve what you proposed."))
    except outcomes.TooMuch:
        messages.error(request, TOO_MUCH)
    except outcomes.TakenBack:
        messages.error(request, TAKEN_BACK)
    except outcomes.NoLongerOpen:
        messages.error(request, ENDED)
    return redirect("admin:check", pk=outcome.hold_id)


@staff_only
@require_POST
@permission_required("accounts.change_hold", raise_exception=True)
def drop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    outcome = get_object_or_404(Outcome.objects.select_related("hold__debtor"), pk=pk)
    try:
        outcomes.drop(outcome=outcome, by=request.user, now=request.now)
        messages.success(request, _("The proposal is gone; the check goes on."))
    except outcomes.NoLongerOpen:
        messages.error(request, ENDED)
    return redirect("admin:check", pk=outcome.hold_id)


@staff_only
@require_POST
@permission_required("accounts.change_hold", raise_exception=True)
def tick(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Tick what had to be done outside this system once the person was found right."""
    task = get_object_or_404(CheckTask.objects.select_related("hold__debtor"), pk=pk)
    outcomes.tick(task=task, by=request.user, now=request.now)
    messages.success(request, _("Noted as done."))
    return redirect("admin:check", pk=task.hold_id)


def _entries(hold: Hold, debts: list[Debt]) -> list[LedgerEntry]:
    """What may be taken back, while there is an outcome to propose."""
    if hold.ended_at is not None:
        return []
    by_id, found = {debt.pk: debt for debt in debts}, list(outcomes.to_take_back(debts)[:AT_ONCE])
    for entry in found:
        entry.debt = by_id[entry.debt_id]
    return found


def _hold(pk: uuid.UUID) -> Hold:
    held = Hold.objects.filter(kind=Hold.Kind.DISPUTE).select_related("debtor", "debt__creditor")
    return get_object_or_404(held, pk=pk)


def _clock_words(clock: disputes.Clock, law: Law) -> list[str]:
    """What the law sets for this check, in sentences."""
    if not clock.by_law and clock.period_ended_on:
        ended = day(clock.period_ended_on)
        late = _("It was asked for after the validation period, which ended on %(day)s: the law sets no clock for it.")
        return [late % {"day": ended}, _("Our own promise of an answer counts.")]
    said = [str(words) for words in (UNTIL.get(clock.until), PROVES.get(law.dispute.proof_by)) if words]
    if clock.period_ended_on:
        within = _("It was asked for within the validation period, which ends on %(day)s.")
        return [within % {"day": day(clock.period_ended_on)}, *said]
    if clock.proof_is_owed:
        return [*said, _("No validation notice is on record, so its period counts as not over.")]
    return said


def _question() -> case.AnswerForm:
    form = case.AnswerForm()
    form.fields["body"].label = _("Your question")
    return form


def _added_since(hold: Hold, outcome: Outcome) -> bool:
    """Whether the person said more after the outcome was proposed."""
    return Event.objects.filter(act=disputes.ADDED, on=f"hold:{hold.pk}", at__gte=outcome.proposed_at).exists()


def _context(
    request: HttpRequest, hold: Hold, debts: list[Debt], form: OutcomeForm, clock: disputes.Clock
) -> dict[str, Any]:
    outcome = Outcome.objects.filter(hold=hold, dropped_at=None).select_related("debt", "reverses__debt").first()
    law = rules.law_for(debts[0].creditor.region, days.today_in(debts[0].creditor.time_zone, hold.from_at))
    labels = {name: MoreForm.base_fields[name].label for names in FOLLOW_UPS.values() for name in names}
    answers = json.loads(hold.answers) if hold.answers else {}
    currency = debts[0].currency
    return {
        **admin.site.each_context(request),
        "title": _("Check %(reference)s") % {"reference": disputes.reference(hold)},
        "person": hold.debtor,
        "hold": hold,
        "open": hold.ended_at is None,
        "withdrawn": hold.ended_reason == disputes.WITHDRAWN,
        "debts": debts,
        "reference": disputes.reference(hold),
        "reason": dict(REASONS).get(hold.reason, hold.reason),
        "part": Money(hold.disputed_minor, currency) if hold.disputed_minor else None,
        "answers": [(labels[name], text) for name, text in answers.items() if name in labels],
        "clock": _clock_words(clock, law),
        "files": list(rows(Upload.objects.filter(hold=hold).order_by("at", "pk"))),
        "outcome": outcome,
        "taken_back": entry_words(outcome.reverses) if outcome and outcome.reverses else "",
        "added": outcome is not None and outcome.decided_at is None and _added_since(hold, outcome),
        "tasks": hold.tasks.select_related("done_by").order_by("kind"),
        "minus": Money(outcome.corrected_minor, outcome.debt.currency) if outcome and outcome.corrected_minor else None,
        "form": form,
        "question": _question(),
    }
