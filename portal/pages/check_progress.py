"""P31: how a check goes. Received, being checked, answer; what more may be said to it, and how to take it back."""

import json
import uuid
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import days, disputes, outcomes, rules
from accounts.models import Debt, Hold, Outcome
from accounts.money import Money
from accounts.once import KeyUsedOtherwise
from portal import formats
from portal.access import helper_may, needs_level_1, rights_of
from portal.contact.uploads import GONE
from portal.documents import sheets
from portal.forms import SENT_ALREADY, bound, done, refused, see_other
from portal.pages import amounts, safety, standing
from portal.pages.problem_form import AMOUNTS, REASONS, MoreForm
from portal.pages.uploads import open_to
from portal.templatetags.words import page_language


@require_safe
@needs_level_1
@helper_may("see", "talk")
def check_progress(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    hold = _mine(request, hold_id)
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
        "taken_back": hold.ended_reason == disputes.WITHDRAWN,
        "part": _shown(request, hold.debt, hold.disputed_minor),
        "said": _said(hold),
        "proof_first": hold.ended_at is None and disputes.clock(hold, _checked(hold)).proof_is_owed,
        "outcome": outcome,
        "letter": _letter(outcome) if outcome else None,
        "right": outcome is not None and outcome.result in outcomes.RIGHT,
        "complaint": rules.law_for(request.region, received).signposts_of("complaint") if outcome else (),
        "papers": open_to(request).filter(hold=hold).exclude(state__in=GONE).count(),
    }
    context |= _put_right(request, outcome) if outcome else {}
    return render(request, "pages/check_progress.html", context | _more(request, hold))


@require_POST
@needs_level_1
@helper_may("talk")
def check_add(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """Words and answers to a check that goes on, and which part of the account it is about."""
    hold = _mine(request, hold_id, reason__in=disputes.REASONS)
    here = reverse("check_progress", args=[hold.pk])
    form = MoreForm(request.POST, hold=hold, lessens=_lessens(request, hold))
    safety.heed(request, form.words, key=hold.pk)
    if form.is_valid():
        try:
            _add(request, form, hold)
            messages.success(request, _("Added. It is with what you told us."))
            return done(request, here)
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
        except disputes.NotAPart:
            form.refuse_amount()
        except disputes.NoLongerOpen:
            form.refuse(None, _("This check has ended meanwhile. You can still write this to us as a message."))
    return refused(request, form, here, url=here)


@require_POST
@needs_level_1
@helper_may("talk")
def check_withdraw(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """The check was asked for by mistake. The page then says how it stands, also where it cannot be taken back."""
    hold = _mine(request, hold_id)
    with suppress(disputes.NotTheirs, disputes.NoLongerOpen):
        disputes.withdraw(hold=hold, by=request.actor, now=request.now)
    return see_other(reverse("check_progress", args=[hold.pk]))


def _mine(request: HttpRequest, hold_id: uuid.UUID, **wanted: Any) -> Hold:
    held = Hold.objects.filter(debtor=request.debtor, kind=Hold.Kind.DISPUTE, **wanted)
    hold = get_object_or_404(held.select_related("debt__creditor"), pk=hold_id)
    hold.debtor = request.debtor
    return hold


def _lessens(request: HttpRequest, hold: Hold) -> bool:
    """Whether whoever is here may say that only a part is not right: an amount would tell what is owed."""
    return "see" in rights_of(request) and disputes.may_lessen(hold, request.actor)


def _more(request: HttpRequest, hold: Hold) -> dict[str, Any]:
    """The form for what more there is to say, and whether the check may be taken back."""
    asked = hold.reason in dict(REASONS) and "talk" in rights_of(request)
    if not asked:
        return {}
    here = reverse("check_progress", args=[hold.pk])
    form = bound(request, MoreForm, here, hold=hold, lessens=_lessens(request, hold))
    if hold.ended_at:
        return {"form": form} if form.is_bound else {}  # what was typed is not lost with the check
    waits = hold.outcomes.filter(dropped_at=None).exists()
    return {
        "form": form,
        "may_take_back": not waits and disputes.may_lessen(hold, request.actor),
        "by_part": any(name in form.fields for name in AMOUNTS),
    }


def _add(request: HttpRequest, form: MoreForm, hold: Hold) -> None:
    creditor = hold.debt.creditor if hold.debt else request.link.creditor
    disputes.add(
        hold=hold,
        note=form.cleaned_data["note"],
        answers=form.answers,
        part=form.part,
        key=form.key,
        law=rules.law_for(creditor.region, days.today_in(creditor.time_zone, request.now)),
        by=request.actor,
        now=request.now,
        came_by=request.link.contact,
    )


def _said(hold: Hold) -> list[str]:
    """What the person said in words. Amounts are not among it: the page says which part is being checked."""
    if hold.reason not in dict(REASONS):
        return []  # staff opened it: the note is theirs
    answers = json.loads(hold.answers) if hold.answers else {}
    return [text for name, text in (answers | {"note": hold.note}).items() if text and name not in AMOUNTS]


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
