"""P28, I cannot pay right now: what happened, if the person wants to say; how long, which pauses at once without
anybody's approval; and what would help after that. The first two stand on one page: one press on how long is enough.
"""

import uuid
from datetime import date, datetime, timedelta

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import days, holds, rules
from accounts.models import Debt, Hold
from plans import pausing
from plans.models import Plan
from portal import formats
from portal.access import helper_may, needs_level_1, rights_of
from portal.contact import hold_words, thread
from portal.forms import Choice, PageForm, bound, done, refused, see_other
from portal.pages import standing
from portal.templatetags.words import page_language

TOLD = "told"  # until the person says so
DEATH = "death"
HAPPENED = [*hold_words.HAPPENED.items()]
WANTED = [*hold_words.WANTED.items()]


class PauseForm(PageForm):
    happened = forms.MultipleChoiceField(
        label=gettext_lazy("What happened? You do not have to say"),
        help_text=gettext_lazy("Tick any. It does not change how long you can pause."),
        choices=HAPPENED,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    days = Choice(
        label=gettext_lazy("How long would help?"),
        help_text=gettext_lazy("One press is enough. You can end the pause at any time."),
    )

    def __init__(self, *args, lengths: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = lengths


class WantedForm(PageForm):
    wanted = Choice(label=gettext_lazy("What would help after that?"), choices=WANTED)

    def __init__(self, *args, talks: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not talks:  # a helper who may not write to us
            self.fields["wanted"].choices = [choice for choice in WANTED if choice[0] != "talk"]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("agree")
def pause(request: HttpRequest) -> HttpResponse:
    debtor = request.debtor
    debts = [debt for debt in standing.debts_of(debtor) if debt.balance_minor > 0]
    today = days.today_in(debtor.time_zone, request.now)
    may = pausing.options(debtor=debtor, debts=debts, today=today, now=request.now)
    lengths = _lengths(may, today, request.region)
    if request.method != "POST":
        how_long = bound(request, PauseForm, "pause", lengths=lengths)
        context = {"how_long": how_long, "left": may.left, "form": how_long, **_about(request, lengths)}
        context["same_until"] = _day_of(may.same_until, request)
        if context["wanted"] is not None and context["wanted"].errors:
            context["form"] = context["wanted"]  # whose errors stand at the top
        return render(request, "pages/pause.html", context)
    form = PauseForm(request.POST, lengths=lengths)
    mourning = DEATH in request.POST.getlist("happened")
    if not form.is_valid():
        if mourning and not request.POST.get("days"):
            return done(request, reverse("loss"))
        return refused(request, form, "pause", url=reverse("pause"))
    try:
        _pause(request, debts, form.cleaned_data, today)
    except pausing.NotOffered:  # the policy changed between the look and the act
        form.refuse("days", gettext_lazy("Choose one"))
        return refused(request, form, "pause", url=reverse("pause"))
    return done(request, reverse("loss" if mourning else "pause"))


@require_POST
@needs_level_1
@helper_may("agree")
def resume(request: HttpRequest) -> HttpResponse:
    """End the pause early: reminders and plan payments go on from now."""
    pausing.resume(debtor=request.debtor, by=request.actor, now=request.now)
    return see_other(reverse("pause"))


@require_POST
@needs_level_1
@helper_may("agree")
def wanted(request: HttpRequest) -> HttpResponse:
    """What would help after the pause: kept for staff, and the person is led to where it is done."""
    form = WantedForm(request.POST, talks="talk" in rights_of(request))
    if not form.is_valid():
        return refused(request, form, "wanted", url=reverse("pause"))
    chosen = form.cleaned_data["wanted"]
    pausing.want(debtor=request.debtor, wanted=chosen, by=request.actor, now=request.now)
    return done(request, _leads_to(chosen, request))


@require_safe
@needs_level_1
@helper_may("agree")
def loss(request: HttpRequest) -> HttpResponse:
    """Somebody has died: no form about money, but who takes it on from here."""
    now_open = pausing.open_pause(request.debtor, request.now)
    until = standing.paused_until([now_open], request.debtor.time_zone) if now_open else None
    shown = formats.day(until, page_language(), request.region) if until else ""
    return render(request, "pages/pause_loss.html", {"here": "home", "leave_quickly": True, "until": shown})


@transaction.atomic
def _pause(request: HttpRequest, debts: list[Debt], given: dict, today: date) -> None:
    """Pause now; where the year's pauses are used up, tell staff in the thread, once for each such hold."""
    count = None if given["days"] == TOLD else int(given["days"])
    paused = pausing.pause(
        debtor=request.debtor,
        debts=debts,
        days=count,
        happened=given["happened"],
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


def _leads_to(chosen: str, request: HttpRequest) -> str:
    """Where what would help is done."""
    if chosen == "talk":
        return reverse("talk")
    if chosen == "advice":
        return reverse("pause") + "#advice"
    if chosen == "nothing":
        return reverse("home")
    running = Plan.objects.filter(debt__debtor=request.debtor, state=Plan.State.RUNNING).order_by("agreed_at").first()
    return reverse("plan_change", args=[running.pk]) if running else reverse("plan_shape")


def _law(request: HttpRequest, today: date) -> rules.Law:
    return rules.law_for(request.link.creditor.region, today)


def _about(request: HttpRequest, lengths: list) -> dict:
    """What the page says beside the form: the pause in force, what stops and what goes on, whom to turn to."""
    today = days.today_in(request.debtor.time_zone, request.now)
    law = _law(request, today)
    ever = standing.holds_of(request.debtor)
    open_ones = [hold for hold in ever if holds.in_force(hold, request.now)]
    now_open = pausing.longest([hold for hold in open_ones if hold.kind == Hold.Kind.PAUSE])
    until = standing.paused_until([now_open], request.debtor.time_zone) if now_open else None
    asking = now_open is not None and now_open.reason != pausing.ASKED_AGAIN and not now_open.wanted
    return {
        "here": "home",
        "leave_quickly": True,
        "lengths": lengths,
        "until": formats.day(until, page_language(), request.region) if until else "",
        "until_told": now_open is not None and now_open.reason == pausing.UNTIL_TOLD,
        "with_a_person": now_open is not None and now_open.reason == pausing.ASKED_AGAIN,
        "by_law": _by_law(open_ones, request),
        "just_over": standing.pause_just_over(ever, request.now),
        "wanted": bound(request, WantedForm, "wanted", talks="talk" in rights_of(request)) if asking else None,
        "interest_stops": "interest" in law.hold(Hold.Kind.PAUSE).stops,
        "advice": law.signposts_of("advice"),
        "crisis": law.signposts_of("crisis"),
    }


def _by_law(open_ones: list[Hold], request: HttpRequest) -> dict | None:
    """The pause that the law gives this person: until when, and whether interest and fees stop."""
    found = [hold for hold in open_ones if hold.kind == Hold.Kind.BREATHING_SPACE]
    if not found:
        return None
    until = standing.paused_until(found, request.debtor.time_zone)
    free = all(hold.stops_interest for hold in found)
    return {"until": formats.day(until, page_language(), request.region) if until else "", "no_interest": free}


def _day_of(instant: datetime | None, request: HttpRequest) -> str:
    """The day of an instant where the person lives; nothing for none."""
    if instant is None:
        return ""
    return formats.day(days.today_in(request.debtor.time_zone, instant), page_language(), request.region)


def _lengths(may: pausing.Options, today: date, region: str) -> list[tuple[str, str]]:
    lengths = [(str(count), length_words(count, today + timedelta(days=count), region)) for count in may.lengths]
    if may.lengths:
        lengths.append((TOLD, told_words(today + timedelta(days=may.lengths[-1]), region)))
    return lengths


def length_words(count: int, until: date, region: str) -> str:
    """A length of pause with the day it lasts to."""
    named = {14: _("Two weeks"), 30: _("One month"), 60: _("Two months"), 90: _("Three months")}
    length = named.get(count) or _("Days: %(n)s") % {"n": count}
    return _("%(length)s, until %(date)s") % {"length": length, "date": formats.day(until, page_language(), region)}


def told_words(until: date, region: str) -> str:
    """The pause without a day of the person's own, with the day it ends at the latest."""
    return _("Until I tell you, at most until %(date)s") % {"date": formats.day(until, page_language(), region)}
