"""A case: one person with everything that bears on them. Every opening is an event."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import days, history, limitation, rules, together
from accounts.models import CheckTask, Debt, Debtor, Helper, Hold, Need, User
from accounts.once import KeyUsedOtherwise
from accounts.screens import language_shown
from plans.models import Offer, Plan
from portal.access import staff_only
from portal.contact import hold_words, presence, standing, thread, uploads
from portal.contact.models import SuggestedReply, ThreadMessage, Upload
from portal.contact.standing import Standing
from portal.contact.uploads import words
from portal.desk import answering, gauge, inbox
from portal.desk.hold_form import EndHoldForm
from portal.desk.second_look import SecondLook
from portal.forms import SENT_ALREADY
from portal.pages.needs import hours_wished, hours_words
from portal.pages.uploads import FileBox, ask_again, offered

THREAD_SHOWN = 10
CONFLICT = 409
MAY_ANSWER = uploads.MAY_SEND


class AnswerForm(SecondLook):
    looked_at = "body"
    seen = forms.UUIDField(required=False, widget=forms.HiddenInput)  # the newest message that was on the page
    body = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=thread.LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Facts and next steps, in the person's language. They can ask for a copy of all of it."),
    )
    file = FileBox(label=gettext_lazy("Add files (optional)"), several=True)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not uploads.taking():
            del self.fields["file"]


@staff_only
@require_safe
@permission_required("accounts.view_debtor", raise_exception=True)
def case(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debts = debts_of(pk)
    opened(request, debts[0].debtor, debts[0].debtor)
    return page(request, debts, form=_begun(request, debts[0].debtor))


@staff_only
@require_safe
@permission_required("accounts.view_debtor", raise_exception=True)
def of_debtor(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The address that lists link to: a person's page is the case."""
    return redirect("admin:case", pk=pk)


def debts_of(pk: uuid.UUID) -> list[Debt]:
    """A person's debts, with the person. One query; Http404 for a person who has none."""
    debts = list(_debts(pk))
    if not debts:
        raise Http404
    return debts


def _debts(pk: uuid.UUID) -> QuerySet[Debt]:
    return Debt.objects.filter(debtor=pk).select_related("creditor", "debtor").order_by("creditor__name", "debt_ref")


def too_old(debts: list[Debt], now: datetime) -> list[tuple[Debt, int]]:
    """One person's debts that may be too old to be enforced, each with the law's years. At most one query."""
    today = days.today_in(debts[0].debtor.time_zone, now)
    old = limitation.too_old(debts, today)
    laws = [(debt, rules.law_for(debt.creditor.region, today)) for debt in debts if debt.pk in old]
    return [(debt, law.limitation.guard_after_years) for debt, law in laws]


def barred(pk: uuid.UUID, now: datetime) -> bool:
    """Whether words to this person that speak of a court need a second look: they read them of all their debts."""
    debts = list(_debts(pk))
    return bool(debts) and limitation.no_suit_threat(debts, days.today_in(debts[0].debtor.time_zone, now))


def opened(request: HttpRequest, debtor: Debtor, on) -> None:
    """Nothing about a person is shown before its showing is on record."""
    with transaction.atomic():
        history.record(by=request.user, act="case.opened", on=on, debtor=debtor, now=request.now)


def page(
    request: HttpRequest,
    debts: list[Debt],
    *,
    form: AnswerForm | None = None,
    ending: tuple[Hold, EndHoldForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The case page: `form` and `ending` hold what was typed when it could not be taken."""
    debtor = debts[0].debtor
    made = Offer.objects.filter(Q(state=Offer.State.PROPOSED) | Q(plan__isnull=False), debt__in=debts)
    made = list(made.select_related("debt", "plan").order_by("created_at"))
    talk = _talk(request, debts)
    form = form or AnswerForm()
    form.initial["seen"] = talk["newest"]
    as_things_stand = standing.of(debtor, request.now, debts=debts)
    gauges, held = gauge.lines(as_things_stand, request.now), _held(as_things_stand, debts, request.now)
    context = {
        **admin.site.each_context(request),
        "title": _("Case"),
        "gauges": gauges,
        "several": len(gauges) > 1,
        "person": debtor,
        "needs": _needs(as_things_stand),
        "called": as_things_stand.wish.called if as_things_stand.wish else "",
        "person_language": language_shown(debtor.language),
        "debts": debts,
        "old": too_old(debts, request.now),
        "plans": [_with_debt(offer) for offer in reversed(made) if hasattr(offer, "plan")],
        "offers": [offer for offer in made if offer.state == Offer.State.PROPOSED],
        "holds": [(hold, _end_form(hold, ending), _said_of(hold), _by_law(hold)) for hold in held],
        "form": form,
        "conflict": status == CONFLICT,
        **talk,
    }
    return TemplateResponse(request, "desk/case.html", context, status=status)


def _needs(found: Standing) -> list[tuple[str, str]]:
    """What makes it easier for the person, in words, with what they wrote themselves."""
    kept = sorted(found.needs, key=lambda need: list(Need.Kind).index(Need.Kind(need.kind)))
    told = [(str(Need.Kind(need.kind).label), need.text) for need in kept]
    if found.wish is not None and hours_wished(found.wish):
        told.append((_("Only at these hours"), hours_words(found.wish)))
    return told


def _talk(request: HttpRequest, debts: list[Debt]) -> dict[str, Any]:
    """The thread, how its promise stands, words to begin an answer with, and who else is in the case. One query."""
    debtor = debts[0].debtor
    found = together.fetch(
        {
            "said": ThreadMessage.objects.filter(debtor=debtor).order_by("-at", "-id")[:THREAD_SHOWN],
            "files": Upload.objects.filter(debtor=debtor, message__isnull=False),
            "suggested": SuggestedReply.objects.filter(in_use=True),
            "openings": presence.openings([debtor.pk], me=request.user, now=request.now),
            "helpers": Helper.objects.filter(debtor=debtor),
            "tasks": CheckTask.objects.filter(hold__debtor=debtor, done_at=None),
            "staff": User.objects.filter(is_staff=True).only("first_name", "role_title", "email"),
        }
    )
    staff, by_id = {str(one.pk): one for one in found["staff"]}, {debt.pk: debt for debt in debts}
    helpers = {one.pk: one for one in found["helpers"]}
    said = sorted(found["said"], key=lambda one: (one.at, one.pk), reverse=True)
    for message in said:
        message.staff = staff.get(str(message.staff_id))
        message.helper = helpers.get(message.helper_id)
        message.debt = by_id.get(message.debt_id)
        message.files = [(file, _why_not(file)) for file in found["files"] if file.message_id == message.pk]
    other = staff.get(presence.who(found["openings"]).get(debtor.pk, ""))
    may = request.user.has_perm(MAY_ANSWER)
    return {
        "thread": said[::-1],
        "newest": said[0].pk if said else None,
        "due": _due(said, debtor, request.now),
        "danger": [debts[0].creditor] if any(_endangered(message) for message in said) else [],
        "suggested": sorted(found["suggested"], key=lambda one: one.name) if may else [],
        "tasks": sorted(found["tasks"], key=lambda one: one.kind),
        "colleague": presence.called(other) if other else "",
    }


def _why_not(file: Upload) -> str:
    """Why it was not kept, in words; empty for one that was."""
    return words.said(file.reason) if file.state == Upload.State.REFUSED else ""


def _begun(request: HttpRequest, debtor: Debtor) -> AnswerForm | None:
    """The form with a suggested reply in its box, in the person's language: nothing is sent by that."""
    try:
        chosen = SuggestedReply.objects.filter(in_use=True, pk=uuid.UUID(request.GET.get("suggest", ""))).first()
    except ValueError:
        return None
    return AnswerForm(initial={"body": chosen.words(debtor.language)}) if chosen else None


def _due(said: list[ThreadMessage], debtor: Debtor, now: datetime) -> str:
    """How the promise of an answer stands, in words; empty where nothing waits for one."""
    waiting = [one.reply_by_on for one in said if _waits(one) and one.reply_by_on]
    return inbox.due_words(min(waiting, default=None), days.today_in(debtor.time_zone, now))


def _waits(message: ThreadMessage) -> bool:
    return message.staff_id is None and message.answered_at is None


def _endangered(message: ThreadMessage) -> bool:
    return message.safety and _waits(message)


def _held(found: Standing, debts: list[Debt], now: datetime) -> list[Hold]:
    """The holds that are open, the oldest first, each with its debt."""
    by_id = {debt.pk: debt for debt in debts}
    held = sorted((hold for hold in found.holds if hold.from_at <= now), key=lambda hold: (hold.from_at, hold.pk))
    for hold in held:
        hold.debt = by_id[hold.debt_id] if hold.debt_id else None
    return held


def _by_law(hold: Hold) -> bool:
    """Whether a notice began it, which has a page of its own."""
    return hold.kind == Hold.Kind.BREATHING_SPACE and hold.reason not in hold_words.REASONS


def _said_of(hold: Hold) -> list[str]:
    """Why it holds, what happened, and what would help after it, in words."""
    happened = [str(hold_words.HAPPENED[code]) for code in hold.happened.split()]
    said = [str((hold_words.REASONS | hold_words.TRIGGERS).get(hold.reason, hold.reason)), ", ".join(happened)]
    if hold.wanted:
        said.append(_("would help after it: %(what)s") % {"what": hold_words.WANTED[hold.wanted]})
    return [words for words in said if words]


def _with_debt(offer: Offer) -> Plan:
    offer.plan.debt = offer.debt
    return offer.plan


def _end_form(hold: Hold, ending: tuple[Hold, EndHoldForm] | None) -> EndHoldForm:
    return ending[1] if ending and ending[0].pk == hold.pk else EndHoldForm(hold=hold)


@uploads.takes_files
@staff_only
@require_POST
@permission_required(MAY_ANSWER, raise_exception=True)
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer; 409 where a colleague has answered since the page was opened, with what was typed still in the box."""
    debtor = get_object_or_404(Debtor, pk=pk)
    form = AnswerForm(request.POST, barred=barred(pk, request.now))
    try:
        if form.is_valid():
            _send(request, debtor, form)
    except thread.AnsweredMeanwhile:
        again = AnswerForm(initial={"body": form.cleaned_data["body"]})
        return page(request, debts_of(pk), form=again, status=CONFLICT)
    if form.errors:
        ask_again(request, form)
        return page(request, debts_of(pk), form=form, status=422)
    messages.success(request, _("Your answer is sent."))
    return redirect("admin:case", pk=pk)


def _send(request: HttpRequest, debtor: Debtor, form: AnswerForm) -> None:
    files = offered(request, form) if "file" in form.fields else []
    if form.errors:
        return
    seen = ThreadMessage.objects.filter(debtor=debtor, pk=form.cleaned_data["seen"]).first()
    act = {"body": form.cleaned_data["body"], "files": files, "seen": seen, "key": form.key, "despite": form.despite}
    try:
        answering.answer(debtor=debtor, by=request.user, now=request.now, **act)
    except KeyUsedOtherwise:
        form.refuse(None, SENT_ALREADY)
    except uploads.NotTaken as problem:
        form.refuse("file", words.said(problem.code))
