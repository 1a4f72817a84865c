"""Measures of kindness, beside money: nine charts, each with its sentence, its numbers and its share of the file.

People are counted and never told apart, staff are named only where somebody approved more than a person can spare, and
nobody is ranked. Every filter stands in the address.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import Creditor, User
from portal.access import staff_only
from portal.contact import kindness as measures
from portal.contact.models import Feedback, KindnessDay, PlanStep, Reach
from portal.desk.charts import FEW, Chart, as_csv, bars, of_people, share, shown
from portal.desk.funnel import DOORS, PERIODS, USUAL, WHY_NOT, rows_of

VISIT_DOORS: Final = {name: words for name, words in DOORS.items() if name not in {"not_me", "stop"}}
TIMES: Final = {
    "day": gettext_lazy("Within a day"),
    "two_days": gettext_lazy("Within two days"),
    "week": gettext_lazy("Within a week"),
    measures.LATER: gettext_lazy("Later"),
    measures.NONE: gettext_lazy("Not yet"),
}
ENDS: Final = {
    "plan:completed": gettext_lazy("Paid to the end"),
    "plan:broken": gettext_lazy("Ended by missed payments"),
    "plan:stopped": gettext_lazy("Stopped by the person"),
    "move:before": gettext_lazy("Dates moved before the day"),
    "move:after": gettext_lazy("Dates moved after the day"),
}
GIVEN: Final = {answer.value: answer.label for answer in Feedback.Answer}
Rows = list[tuple[str | Promise, int, int]]  # label, how many, of how many


class KindnessForm(forms.Form):
    """What is counted. A value that does not fit counts as none."""

    use_required_attribute = False
    days = forms.ChoiceField(label=gettext_lazy("Days"), choices=PERIODS, required=False)
    creditor = forms.ChoiceField(label=gettext_lazy("creditor"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("language"), required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        every = [("", _("All"))]
        self.fields["creditor"].choices = every + [(str(one.pk), one.name) for one in Creditor.objects.order_by("name")]
        self.fields["language"].choices = every + list(settings.LANGUAGES)

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name in self.fields if (value := self.cleaned_data.get(name))}


@staff_only
@require_safe
@permission_required("contact.view_kindnessday", raise_exception=True)
def kindness(request: HttpRequest) -> HttpResponse:
    form = KindnessForm({"days": USUAL, **request.GET.dict()})
    wanted = rows_of(form.chosen(), request.now)
    context = {**admin.site.each_context(request), "title": _("How people fare"), "form": form}
    context |= {"charts": _charts(wanted), "query": request.GET.urlencode()}
    context["said"] = _said(wanted)
    return TemplateResponse(request, "desk/kindness.html", context)


@staff_only
@require_safe
@permission_required("contact.view_kindnessday", raise_exception=True)
def kindness_csv(request: HttpRequest) -> HttpResponse:
    form = KindnessForm({"days": USUAL, **request.GET.dict()})
    charts = _charts(rows_of(form.chosen(), request.now))
    rows: list[list[str]] = [[_("Chart"), *charts[0].heads]]
    for one in charts:
        rows += [[str(one.title), *row] for row in one.rows]
    return as_csv("kindness", rows)


def _charts(wanted: Q) -> list[Chart]:
    """At most five queries, whatever the number of people."""
    counts, accounts = Counter[str](), dict[tuple, int]()
    rows = KindnessDay.objects.filter(wanted).order_by("day").values_list("creditor", "language", "counts")
    for creditor, language, one in rows.iterator():
        if number := one.pop(measures.ACCOUNTS, 0):
            accounts[creditor, language] = number  # the newest stays
        counts.update(one)
    return [
        _visits(counts),
        _clearer(Feedback.objects.filter(wanted)),
        _replies(counts),
        _plans(counts),
        _shares(counts),
        _sends(counts),
        _stops(Reach.objects.filter(wanted)),
        _complaints(counts, sum(accounts.values())),
        _gaps(PlanStep.objects.filter(wanted)),
    ]


def _said(wanted: Q) -> list[dict[str, Any]]:
    """The newest words of feedback, without anything that tells who wrote them; none while few have written."""
    rows = Feedback.objects.filter(wanted).exclude(words="").order_by("-day", "pk")
    newest = list(rows.values_list("answer", "words")[:20])
    return [{"answer": GIVEN[answer], "words": words} for answer, words in newest] if len(newest) >= FEW else []


def _of(counts: Counter, measure: str) -> dict[str, int]:
    return {name.partition(":")[2]: number for name, number in counts.items() if name.startswith(f"{measure}:")}


def _visits(counts: Counter) -> Chart:
    done = _of(counts, "visit")
    every, looked = sum(done.values()), done.get(measures.LOOKED, 0)
    reading = _("Of %(n)s visits, %(done)s ended with something done within the hour.") % {
        "n": shown(every),
        "done": shown(every - looked),
    }
    counted = [(label, done.get(door, 0)) for door, label in VISIT_DOORS.items()]
    return of_people("visits", _("What a visit led to"), reading, [*counted, (_("Just looked"), looked)], of=every)


def _clearer(rows: QuerySet[Feedback]) -> Chart:
    counted: Counter = Counter()
    for answer, language, device, number in (
        rows.order_by().values_list("answer", "language", "device").annotate(number=Count("pk"))
    ):
        for group in ("", language, device):
            counted[group, answer] += number
    every = sum(counted["", answer] for answer in GIVEN)
    reading = _("%(n)s people answered; %(clear)s say that things are clearer now.") % {
        "n": shown(every),
        "clear": shown(counted["", "yes"]),
    }
    said: Rows = [(label, counted["", answer], every) for answer, label in GIVEN.items()]
    groups = [*settings.LANGUAGES, *Feedback.Device.choices]
    for code, name in groups:
        mine = sum(counted[code, answer] for answer in GIVEN)
        said.append((f"{name}{_(':')} {GIVEN['yes']}", counted[code, "yes"], mine))
    return _chart("clearer", _("Do things feel clearer now?"), reading, said)


def _replies(counts: Counter) -> Chart:
    soon, promised = _of(counts, "reply"), _of(counts, "promise")
    due = promised.get("kept", 0) + promised.get("broken", 0)
    reading = _("From a pause or a check to the first answer by a person. Answered by the promised day: %(share)s.")
    counted = [(label, soon.get(name, 0)) for name, label in TIMES.items()]
    words = reading % {"share": share(promised.get("kept", 0), due)}
    return of_people("replies", _("How soon a person answers"), words, counted, of=sum(soon.values()))


def _plans(counts: Counter) -> Chart:
    ended, moved = sum(_of(counts, "plan").values()), sum(_of(counts, "move").values())
    reading = _("Of plans that ended, how many were paid to the end; of moved dates, how many were moved in time.")
    said: Rows = [(words, counts[name], ended if name.startswith("plan") else moved) for name, words in ENDS.items()]
    return _chart("plans", _("Plans kept and changed"), reading, said)


def _shares(counts: Counter) -> Chart:
    by = _of(counts, "share")
    every = sum(by.values())
    above = {name: number for name, number in by.items() if name != measures.WITHIN}
    staff = (
        {str(one.pk): one for one in User.objects.filter(pk__in=above.keys() - {measures.BY_RULES})} if above else {}
    )
    reading = _("Plans that take more than the policy's share of what is left each month, and who approved them.")
    said: Rows = [
        (_("Within the share"), by.get(measures.WITHIN, 0), every),
        (_("Above it"), sum(above.values()), every),
    ]
    for name in sorted(above):  # in the order they came to the desk, not by how many
        if name in staff:
            words = _("Above it, approved by %(name)s") % {"name": staff[name].first_name or staff[name].email}
        else:
            words = _("Above it, by the rules")
        said.append((words, above[name], every))
    return _chart("shares", _("Plans above what can be spared"), reading, said)


def _sends(counts: Counter) -> Chart:
    by = {int(number): people for number, people in _of(counts, "sends").items()}
    every = sum(by.values())
    reading = _("Reminders to one person in a week; 95 of 100 got at most %(n)s.") % {"n": _percentile(by, 95)}
    most = measures.MOST_SENDS
    counted = [(f"{number}+" if number == most else str(number), by.get(number, 0)) for number in range(1, most + 1)]
    return of_people("sends", _("Reminders per person and week"), reading, counted, of=every)


def _percentile(by: dict[int, int], percent: int) -> int:
    """The number that so many of a hundred do not exceed; 0 where nobody is."""
    every, so_far = sum(by.values()), 0
    for number in sorted(by):
        so_far += by[number]
        if so_far * 100 >= every * percent:
            return number
    return 0


def _stops(rows: QuerySet[Reach]) -> Chart:
    """What rules held back, and who said “not me” or stop, beside what was sent."""
    said: Counter = Counter()
    for one, acts, why_not in rows.values_list("sent", "acts", "why_not").iterator(chunk_size=5_000):
        said["sent"] += one
        said.update(not_me=acts.get("not_me", 0), stop=acts.get("stop", 0))
        said["rule"] += sum(number for why, number in why_not.items() if why not in WHY_NOT)
    sent = said["sent"]
    reading = _("For each 1,000 texts sent: “not me” %(not_me)s, stop %(stop)s. The share is of what was sent.") % {
        name: _per_thousand(said[name], sent) for name in ("not_me", "stop")
    }
    counted: Rows = [(DOORS["not_me"], said["not_me"], sent), (DOORS["stop"], said["stop"], sent)]
    counted += [(_("Held back by a rule"), said["rule"], sent + said["rule"])]
    return _chart("stops", _("Stopped, and asked to stop"), reading, counted)


def _complaints(counts: Counter, accounts: int) -> Chart:
    reading = _(
        "For each 1,000 accounts: complaints %(complaints)s, checks that found the person right %(upheld)s."
    ) % {
        "complaints": _per_thousand(counts["complaint"], accounts),
        "upheld": _per_thousand(counts["upheld"], accounts),
    }
    said: Rows = [(_("Complaints"), counts["complaint"], accounts)]
    said.append((_("Checks that found the person right"), counts["upheld"], accounts))
    return _chart("complaints", _("Complaints and corrections"), reading, said)


def _per_thousand(people: int, of: int) -> str:
    return f"{1000 * people / of:.1f}" if of >= FEW and (people >= FEW or not people) else "–"


def _gaps(rows: QuerySet[PlanStep]) -> Chart:
    begun: Counter = Counter()
    finished: Counter = Counter()
    for language, large, done, number in (
        rows.order_by().values_list("language", "large_text", "finished").annotate(number=Count("pk"))
    ):
        for group in (language, "large" if large else "usual"):
            (finished if done else begun)[group] += number
    groups = [*settings.LANGUAGES, ("large", _("Large text")), ("usual", _("Usual text"))]
    reading = _("Of those who began a plan, how many agreed to one or sent one; those who read differently, apart.")
    said: Rows = [(name, min(finished[code], begun[code]), begun[code]) for code, name in groups]
    return _chart("gaps", _("Who comes to the end of a plan"), reading, said)


def _chart(name: str, title: str, reading: str, said: Iterable[tuple[str | Promise, int, int]]) -> Chart:
    """A chart whose bars are each a share of something of their own."""
    rows = list(said)
    drawn = bars([(label, FEW if 0 < people < FEW else people, shown(people)) for label, people, _all in rows])
    table = tuple((str(label), shown(people), share(people, of)) for label, people, of in rows)
    return Chart(name, title, reading, drawn, (_("What"), _("How many"), _("Share")), table)
