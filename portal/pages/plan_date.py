"""P16: how often and on which day, which one press says, and when the first payment is.

Near dates to choose from, or another in three boxes.
"""

from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.days import next_working_day
from plans.reasons import Code, Reason
from plans.refusals import Refusal
from plans.schedule import FREQUENCY_WORDS, Frequency
from plans.terms import Shape
from portal import day_boxes
from portal.access import helper_may, needs_level_1
from portal.forms import Choice, PageForm, bound, done, refused
from portal.pages.plan_flow import Flow, in_flow

OTHER = "other"
NEAR_DAYS = ("1", "5", "10", "15", "20", "25", "last")
NEAREST = 3


class RhythmForm(PageForm):
    """One press says how often: a day of the month, which means once a month, or so many weeks."""

    frequency = Choice(label=gettext_lazy("How often?"), required=False)
    day = Choice(label=gettext_lazy("Which day of the month suits you?"), required=False)
    other_day = forms.CharField(
        label=gettext_lazy("Another day of the month"), required=False, widget=forms.TextInput({"inputmode": "numeric"})
    )

    def __init__(self, *args, made: Flow, **kwargs):
        super().__init__(*args, **kwargs)
        offered = {one.value: FREQUENCY_WORDS[one] for one in made.policy.frequencies}
        self.monthly = offered.get(Frequency.MONTHLY, "")
        self.by_weeks = [one for one in offered.items() if one[0] != Frequency.MONTHLY]
        self.near = [(day, day_words(day)) for day in NEAR_DAYS]
        self.fields["frequency"].choices = self.by_weeks
        self.fields["day"].choices = [*self.near, (OTHER, "")] if self.monthly else []

    def clean(self) -> dict:
        found = super().clean()
        if self.errors:
            return found
        if found.get("frequency"):
            return found | {"day": None}
        day = found.get("day") or (OTHER if found.get("other_day") else "")
        if not day:
            self.add_error("day" if self.monthly else "frequency", _("Choose one"))
        elif day == OTHER:
            day = day_boxes.number(found.get("other_day", ""))
            if day is None or not 1 <= day <= 31:
                self.add_error("other_day", _("Enter a day of the month, from 1 to 31"))
        return found | {"frequency": Frequency.MONTHLY, "day": day}


class FirstForm(PageForm):
    first_on = Choice(label=gettext_lazy("When would you like to start?"))
    year = forms.CharField(label=gettext_lazy("Year"), required=False, widget=forms.TextInput({"inputmode": "numeric"}))
    month = forms.CharField(
        label=gettext_lazy("Month"), required=False, widget=forms.TextInput({"inputmode": "numeric"})
    )
    date = forms.CharField(label=gettext_lazy("Day"), required=False, widget=forms.TextInput({"inputmode": "numeric"}))

    def __init__(self, *args, made: Flow, **kwargs):
        super().__init__(*args, **kwargs)
        self.flow = made
        near = [(day.isoformat(), _words(made, day)) for day in nearest(made)]
        self.fields["first_on"].choices = [*near, (OTHER, _("Another date"))]

    def clean(self) -> dict:
        found = super().clean()
        chosen = found.get("first_on")
        if not chosen:
            return found
        if chosen != OTHER:
            found["on"] = date.fromisoformat(chosen)
            return found
        on = day_boxes.read(*(found.get(name, "") for name in ("year", "month", "date")))
        if on is None:
            self.add_error("year", _("This day does not exist. Enter year, month and day"))
        elif sentence := _too_early_or_late(self.flow, on):
            self.add_error("year", sentence)
        found["on"] = on
        return found


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("agree")
@in_flow
def when(request: HttpRequest, flow: Flow) -> HttpResponse:
    if flow.missing() in {"shape", "amount"}:
        return redirect(flow.url(flow.missing()))
    if request.method == "POST":
        return _first(request, flow) if "first" in request.POST else _rhythm(request, flow)
    asks_rhythm = not flow.single and ("change" in request.GET or not flow.draft.get("frequency"))
    context: dict[str, Any] = {"here": "home", "asks_rhythm": asks_rhythm}
    context["back"] = flow.url("shape" if flow.shape is Shape.FULL else "amount")
    context |= {"action": flow.url("date"), "change": flow.url("date", change=1)}
    if asks_rhythm:
        initial = {"frequency": flow.draft.get("frequency")} | _day_chosen(flow)
        context["form"] = bound(request, RhythmForm, f"plan-rhythm-{flow.debt.pk}", made=flow, initial=initial)
    else:
        terms = flow.sketch()
        context["form"] = bound(
            request, FirstForm, f"plan-first-{flow.debt.pk}", made=flow, initial=_first_chosen(flow)
        )
        context |= {"preview": flow.preview_line(terms) if terms else "", "rhythm": rhythm_words(flow)}
        context["boxes"] = [context["form"][name] for name in ("year", "month", "date")]
    return render(request, "pages/plan_date.html", context)


def _rhythm(request: HttpRequest, flow: Flow) -> HttpResponse:
    form = RhythmForm(request.POST, made=flow)
    if not form.is_valid():
        return refused(request, form, f"plan-rhythm-{flow.debt.pk}", url=flow.url("date", change=1))
    chosen = {name: form.cleaned_data[name] for name in ("frequency", "day")}
    flow.keep(**chosen, first_on=None, anchor_day=None, last_day=None, at="date")
    return done(request, flow.url("date"))


def _first(request: HttpRequest, flow: Flow) -> HttpResponse:
    form, where = FirstForm(request.POST, made=flow), f"plan-first-{flow.debt.pk}"
    if not form.is_valid():
        return refused(request, form, where, url=flow.url("date"))
    on, near = form.cleaned_data["on"], form.cleaned_data["first_on"] != OTHER
    day = flow.draft.get("day") if near and not flow.single else None
    anchor = int(day) if day and day != "last" else None
    flow.keep(first_on=on.isoformat(), anchor_day=anchor, last_day=(day == "last") or None, at="offers")
    try:
        return done(request, flow.work_out(form.key))
    except Refusal as refusal:
        form.refuse(None, refusal.sentence)
        return refused(request, form, where, url=flow.url("date"))


def nearest(flow: Flow) -> list[date]:
    """The three nearest first days: of the chosen day of the month, or a week, two and three from today."""
    latest = flow.today + timedelta(days=max(1, flow.policy.latest_start_days))
    day = flow.draft.get("day")
    if flow.single or not day:
        found = [flow.today + timedelta(days=7 * weeks) for weeks in range(1, NEAREST + 1)]
    else:
        number = 31 if day == "last" else int(day)
        months = (flow.today + relativedelta(months=k, day=number) for k in range(NEAREST + 1))
        found = [one for one in months if one > flow.today]
    return [one for one in found if one <= latest][:NEAREST]


def rhythm_words(flow: Flow) -> str:
    """The rhythm chosen, in words: every month on the 5th."""
    if flow.single or not flow.draft.get("frequency"):
        return ""
    words, day = str(FREQUENCY_WORDS[Frequency(flow.draft["frequency"])]), flow.draft.get("day")
    if not day:
        return words
    return f"{words} · {day_words(day)}"


def day_words(day: str | int) -> str:
    """A day of the month, in words."""
    return _("The last day") if day == "last" else _("Day %(n)s") % {"n": day}


def _words(flow: Flow, day: date) -> str:
    """A day to choose, with its weekday; where banks are closed, the working day after it."""
    works = next_working_day(day, flow.region)
    if works == day:
        return flow.day(day)
    return _("%(day)s (moved, banks are closed on %(closed)s)") % {
        "day": flow.day(works),
        "closed": flow.short_day(day),
    }


def _too_early_or_late(flow: Flow, on: date) -> str:
    earliest = flow.today + timedelta(days=1)
    latest = flow.today + timedelta(days=max(1, flow.policy.latest_start_days))
    if on < earliest:
        return flow.say([Reason.of(Code.FIRST_TOO_SOON, day=earliest)])[0]
    return flow.say([Reason.of(Code.FIRST_TOO_LATE, day=latest)])[0] if on > latest else ""


def _day_chosen(flow: Flow) -> dict:
    day = flow.draft.get("day")
    if day is None or str(day) in NEAR_DAYS:
        return {"day": day}
    return {"other_day": day}


def _first_chosen(flow: Flow) -> dict:
    chosen = flow.draft.get("first_on")
    if not chosen:
        return {}
    if chosen in {day.isoformat() for day in nearest(flow)}:
        return {"first_on": chosen}
    on = date.fromisoformat(chosen)
    return {"first_on": OTHER, "year": on.year, "month": on.month, "date": on.day}
