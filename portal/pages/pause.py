"""P28 in its first form: I cannot pay right now. Choosing a length pauses at once; nobody has to approve it."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import days, rules
from accounts.models import Hold
from plans import pausing
from portal import formats
from portal.access import needs_level_1
from portal.contact import thread
from portal.forms import Choice, PageForm, bound, done, refused, see_other
from portal.pages import standing
from portal.templatetags.words import page_language

TOLD = "told"  # until the person says so


class PauseForm(PageForm):
    days = Choice(label=gettext_lazy("How long would help?"))

    def __init__(self, *args, lengths: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = lengths


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
def pause(request: HttpRequest) -> HttpResponse:
    debtor = request.debtor
    debts = [debt for debt in standing.debts_of(debtor) if debt.balance_minor > 0]
    today = days.today_in(debtor.time_zone, request.now)
    may = pausing.options(debtor=debtor, debts=debts, today=today, now=request.now)
    lengths = [
        (str(count), length_words(count, today + timedelta(days=count), request.region)) for count in may.lengths
    ]
    if may.lengths:
        lengths.append((TOLD, told_words(today + timedelta(days=may.lengths[-1]), request.region)))
    if request.method != "POST":
        form = bound(request, PauseForm, "pause", lengths=lengths)
        return render(request, "pages/pause.html", {"form": form, "left": may.left, **_about(request, lengths)})
    form = PauseForm(request.POST, lengths=lengths)
    if not form.is_valid():
        return refused(request, form, "pause", url=reverse("pause"))
    try:
        chosen = form.cleaned_data["days"]
        _pause(request, debts, None if chosen == TOLD else int(chosen), today)
    except pausing.NotOffered:  # the policy changed between the look and the act
        form.refuse("days", gettext_lazy("Choose one"))
        return refused(request, form, "pause", url=reverse("pause"))
    return done(request, reverse("pause"))


@require_POST
@needs_level_1
def resume(request: HttpRequest) -> HttpResponse:
    """End the pause early: reminders and plan payments go on from now."""
    pausing.resume(debtor=request.debtor, by=request.actor, now=request.now)
    return see_other(reverse("pause"))


@transaction.atomic
def _pause(request: HttpRequest, debts: list, count: int | None, today) -> None:
    """Pause now; where the year's pauses are used up, tell staff in the thread, once for each such hold."""
    paused = pausing.pause(
        debtor=request.debtor,
        debts=debts,
        days=count,
        law=_law(request, today),
        by=request.actor,
        today=today,
        now=request.now,
        came_by=request.link.contact,
    )
    if paused.needs_person:
        words = _("I cannot pay right now. I would like a pause of %(n)s days.") % {"n": count}
        if count is None:
            words = _("I cannot pay right now. I would like a pause until I tell you.")
        key = uuid.uuid5(paused.hold.pk, words)
        thread.write(debtor=request.debtor, body=words, key=key, by=request.actor, now=request.now)


def _law(request: HttpRequest, today) -> rules.Law:
    return rules.law_for(request.link.creditor.region, today)


def _about(request: HttpRequest, lengths: list) -> dict:
    """What the page says beside the form: the pause in force, what goes on, whom to turn to."""
    today = days.today_in(request.debtor.time_zone, request.now)
    law = _law(request, today)
    now_open = pausing.open_pause(request.debtor, request.now)
    until = standing.paused_until([now_open], request.debtor.time_zone) if now_open else None
    return {
        "here": "home",
        "leave_quickly": True,
        "lengths": lengths,
        "until": formats.day(until, page_language(), request.region) if until else "",
        "until_told": now_open is not None and now_open.reason == pausing.UNTIL_TOLD,
        "with_a_person": now_open is not None and now_open.reason == pausing.ASKED_AGAIN,
        "interest_stops": "interest" in law.hold(Hold.Kind.PAUSE).stops,
        "advice": law.signposts_of("advice"),
        "crisis": law.signposts_of("crisis"),
    }


def length_words(count: int, until, region: str) -> str:
    """A length of pause with the day it lasts to."""
    named = {14: _("Two weeks"), 30: _("One month"), 60: _("Two months"), 90: _("Three months")}
    length = named.get(count) or _("Days: %(n)s") % {"n": count}
    return _("%(length)s, until %(date)s") % {"length": length, "date": formats.day(until, page_language(), region)}


def told_words(until, region: str) -> str:
    """The pause without a day of the person's own, with the day it ends at the latest."""
    return _("Until I tell you, at most until %(date)s") % {"date": formats.day(until, page_language(), region)}
