"""P39: do things feel clearer now? Offered once in a visit, after something was done, and never after a failure."""

import uuid
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import days, rules
from accounts.models import Creditor
from accounts.once import KeyUsedOtherwise
from portal.access import needs_level_1
from portal.contact import feedback as kept
from portal.contact.models import Feedback
from portal.forms import SENT_ALREADY, Choice, PageForm, bound, done, refused
from portal.pages.frame import GIVEN, OFFERED, large
from portal.templatetags.words import page_language

DANGER: Final = "danger"
PLAN, SENT, MOVED, SETTINGS = "plan", "sent", "moved", "settings"


class FeedbackForm(PageForm):
    answer = Choice(
        label=_("Do things feel clearer now?"),
        choices=[
            (Feedback.Answer.YES.value, pgettext_lazy("clearer", "Yes")),
            (Feedback.Answer.SOMEWHAT.value, pgettext_lazy("clearer", "Somewhat")),
            (Feedback.Answer.NO.value, pgettext_lazy("clearer", "No")),
        ],
    )
    words = forms.CharField(
        label=_("Anything you want to tell us (optional)"),
        help_text=_("Staff read this without your name, unless it sounds as if you are in danger."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=kept.LONGEST,
        required=False,
        error_messages={"max_length": _("This is too long. Please shorten it to 1,000 characters")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
def feedback(request: HttpRequest) -> HttpResponse:
    asked = request.session.get(OFFERED, {})
    if GIVEN in asked and request.method == "POST":
        return done(request, reverse("feedback"))
    if request.method != "POST":
        if GIVEN in asked:
            return render(request, "pages/feedback_done.html", {"crisis": _crisis(request) if asked[DANGER] else []})
        return render(request, "pages/feedback.html", {"form": bound(request, FeedbackForm, "feedback")})
    form = FeedbackForm(request.POST)
    if form.is_valid():
        try:
            _row, danger = kept.give(
                debtor=request.debtor, creditor=request.link.creditor, answer=form.cleaned_data["answer"],
                words=form.cleaned_data["words"], after=asked.get("after", ""), setting=setting_of(request),
                key=form.key, by=request.actor, now=request.now,
            )  # fmt: skip
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
        else:
            request.session[OFFERED] = asked | {GIVEN: True, DANGER: danger}
            return done(request, reverse("feedback"))
    return refused(request, form, "feedback", url=reverse("feedback"))


def offer(request: HttpRequest, after: str) -> None:
    """Something was done: the page that follows may ask how it went, unless this visit was asked before.

    A helper is not asked how it went for the person.
    """
    if request.helper is None:
        request.session.setdefault(OFFERED, {"after": after})


def setting_of(request: HttpRequest) -> kept.Setting:
    """How this visitor reads."""
    return kept.Setting(
        language=page_language(),
        device=kept.device_of(request.headers.get("User-Agent", "")),
        large_text=large(request),
    )


def plan_begun(request: HttpRequest, creditor: Creditor, key: uuid.UUID) -> None:
    kept.plan_step(creditor=creditor, setting=setting_of(request), finished=False, key=key, now=request.now)


def plan_finished(request: HttpRequest, creditor: Creditor, key: uuid.UUID, after: str) -> None:
    """A plan was agreed or sent: it is counted, and the next page may ask how that went."""
    kept.plan_step(creditor=creditor, setting=setting_of(request), finished=True, key=key, now=request.now)
    offer(request, after)


def _crisis(request: HttpRequest) -> list[rules.Signpost]:
    creditor = request.link.creditor
    law = rules.law_for(creditor.region, days.today_in(creditor.time_zone, request.now))
    return list(law.signposts_of("crisis"))
