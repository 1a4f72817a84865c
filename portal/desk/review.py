"""Plan review (S04): what the person asked, what they can afford, what policy allows. Nothing is declined without an
answer that the person can take up: their own terms, one of the suggestions, a pause, or a question.
"""

import uuid

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.once import KeyUsedOtherwise
from plans import pausing
from plans.models import Offer
from plans.refusals import NotOpen, NotPossible, Refusal
from plans.weighing import NoTerms
from portal.access import staff_only
from portal.desk import answering, case
from portal.desk.review_form import AS_ASKED, PauseForm, QuestionForm, SuggestForm
from portal.desk.weighed import EXCEED, Review, sentence
from portal.forms import SENT_ALREADY


def _ask(pk: uuid.UUID) -> Offer:
    asked = Offer.objects.filter(proposer=Offer.Proposer.DEBTOR, needs_person=True)
    return get_object_or_404(asked.select_related("debt__creditor", "debt__debtor"), pk=pk)


@staff_only
@require_safe
@permission_required("plans.view_offer", raise_exception=True)
def review(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    ask = _ask(pk)
    case.opened(request, ask.debt.debtor, ask)
    return _page(request, ask)


def _page(request: HttpRequest, ask: Offer, *, status: int = 200, **typed) -> HttpResponse:
    """The page; `typed` are the forms that could not be taken, so that nothing anybody wrote is lost."""
    seen = Review.of(ask, user=request.user, now=request.now, typed=typed.get("suggest"))
    context = {
        **admin.site.each_context(request),
        "title": _("Plan review"),
        "ask": ask,
        "debt": ask.debt,
        "old": case.too_old([ask.debt], request.now),
        "review": seen,
        "question": typed.get("question") or QuestionForm(),
        "pause": typed.get("pause") or PauseForm(lengths=seen.pause_days, version=ask.version),
        "conflict": status == 409,
        "mine": typed.get("suggest") or typed.get("pause"),
    }
    return TemplateResponse(request, "desk/review.html", context, status=status)


def _barred(request: HttpRequest, ask: Offer) -> bool:
    return case.barred(ask.debt.debtor_id, request.now)


@staff_only
@require_POST
@permission_required("plans.add_offer", raise_exception=True)
def suggest(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Agree with the ask, or send one of the computed suggestions. The second of two at once sees both."""
    ask = _ask(pk)
    form = SuggestForm(request.POST, barred=_barred(request, ask))
    if not form.is_valid():
        return _page(request, ask, status=422, suggest=form)
    try:
        _send(request, ask, form)
    except NotOpen:
        return _page(request, _ask(pk), status=409, suggest=form)
    except NotPossible as refusal:
        form.refuse(None, _outside(ask, refusal))
    except Refusal as refusal:
        form.refuse(None, refusal.sentence)
    except (NoTerms, ValueError):
        form.refuse(None, _("Today's figures no longer give these terms. Choose again below."))
    if form.errors:
        return _page(request, ask, status=422, suggest=form)
    messages.success(request, _("Your answer is sent. It stays open for the person to sign."))
    return redirect("admin:case", pk=ask.debt.debtor_id)


def _send(request: HttpRequest, ask: Offer, form: SuggestForm) -> None:
    given, as_asked = form.cleaned_data, form.cleaned_data["choice"] == AS_ASKED
    answering.suggest(
        ask=ask,
        one=None if as_asked else Review.of(ask, user=request.user, now=request.now).suggestion(given["choice"]),
        beyond_policy=request.user.has_perm(EXCEED),
        note=given["note"],
        by=request.user,
        version=given["version"],
        now=request.now,
        despite=form.despite,
    )


def _outside(ask: Offer, refusal: NotPossible) -> str:
    why = " ".join(sentence(reason, ask.debt) for reason in refusal.reasons)
    return _("This is outside the law, or outside the policy, and needs a supervisor: %(why)s") % {"why": why}


@staff_only
@require_POST
@permission_required("plans.add_offer", raise_exception=True)
def pause(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer with a pause where no payment is possible at the moment."""
    ask = _ask(pk)
    lengths = Review.of(ask, user=request.user, now=request.now).pause_days
    form = PauseForm(request.POST, lengths=lengths, version=ask.version, barred=_barred(request, ask))
    if not form.is_valid():
        return _page(request, ask, status=422, pause=form)
    given, act = form.cleaned_data, {"by": request.user, "key": form.key, "now": request.now}
    try:
        answering.pause_instead(
            ask=ask,
            days_paused=int(given["days"]),
            body=given["note"],
            version=given["version"],
            despite=form.despite,
            **act,
        )
    except NotOpen:
        return _page(request, _ask(pk), status=409, pause=form)
    except (pausing.NotOffered, KeyUsedOtherwise):
        form.refuse("days", _("This was sent already, or the policies no longer have this length."))
        return _page(request, ask, status=422, pause=form)
    messages.success(request, _("The pause is in force, and the person reads why."))
    return redirect("admin:case", pk=ask.debt.debtor_id)


@staff_only
@require_POST
@permission_required("contact.add_threadmessage", raise_exception=True)
def ask(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask the person one question in their thread; the ask stays open."""
    found = _ask(pk)
    form = QuestionForm(request.POST, barred=_barred(request, found))
    if form.is_valid():
        try:
            said = {"body": form.cleaned_data["body"], "despite": form.despite}
            answering.ask_question(ask=found, by=request.user, key=form.key, now=request.now, **said)
            messages.success(request, _("Your question is sent."))
            return redirect("admin:review", pk=pk)
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
    return _page(request, found, status=422, question=form)
