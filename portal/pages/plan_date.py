"""P16: how often, on which day, and when the first payment is. Near dates to choose from, or another in three boxes."""

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

NEAR_DAYS = ("1", "5", "10", "15", "20", "25", "last", "other")
NEAREST = 3


class RhythmForm(PageForm):
    frequency = Choice(label=gettext_lazy("How often?"))
    day = Choice(label=gettext_lazy("Which day of the month suits you?"), required=False)
    other_day = forms.CharField(
        label=gettext_lazy("Another day of the month"), required=False, widget=forms.TextInput({"inputmode": "numeric"})
    )

    def __init__(self, *args, made: Flow, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["frequency"].choices = [(one.value, FREQUENCY_WORDS[one]) for one in made.policy.frequencies]
        words = {"last": _("The last day"), "other": _("Another day")}
        self.fields["day"].choices = [(one, words.get(one) or _("Day %(n)s") % {"n": one}) for one in NEAR_DAYS]

    def clean(self) -> dict:
        found = super().clean()
        if found.get("frequency") != Frequency.MONTHLY:
            return found
        if not found.get("day") and "day" not in self.errors:
            self.add_error("day", _("Choose one"))
        if found.get("day") == "other":
            number = day_boxes.number(found.get("other_day", ""))
            if number is None or not 1 <= number <= 31:
                self.add_error("other_day", _("Enter a day of the month, from 1 to 31"))
            found["day"] = number
        return found


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
        self.fields["first_on"].choices = [*near, ("other", _("Another date"))]

    def clean(self) -> dict:
        found = super().clean()
        chosen = found.get("first_on")
        if not chosen:
            return found
        if chosen != "other":
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
    context: dict[str, Any] = {
        "here": "home",
        "asks_rhythm": asks_rhythm,
        "monthly": Frequency.MONTHLY in flow.policy.frequencies,
    }
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
    monthly = form.cleaned_data["frequency"] == Frequency.MONTHLY
    day = form.cleaned_data["day"] if monthly else None
    flow.keep(
        frequency=form.cleaned_data["frequency"], day=day, first_on=None, anchor_day=None, last_day=None, at="date"
    )
    return done(request, flow.url("date"))


def _first(request: HttpRequest, flow: Flow) -> HttpResponse:
    form, where = FirstForm(request.POST, made=flow), f"plan-first-{flow.debt.pk}"
    if not form.is_valid():
        return refused(request, form, where, url=flow.url("date"))
    on, near = form.cleaned_data["on"], form.cleaned_data["first_on"] != "other"
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
    return f"{words} · " + (_("The last day") if day == "last" else _("Day %(n)s") % {"n": day})


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
    return {"day": "other", "other_day": day}


def _first_chosen(flow: Flow) -> dict:
    chosen = flow.draft.get("first_on")
    if not chosen:
        return {}
    if chosen in {day.isoformat() for day in nearest(flow)}:
        return {"first_on": chosen}
    on = date.fromisoformat(chosen)
    return {"first_on": "other", "year": on.year, "month": on.month, "date": on.day}
