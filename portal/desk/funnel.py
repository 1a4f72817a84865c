"""How far reminders come and why not: counted people, never a single one. Every filter stands in the address."""

from collections import Counter
from datetime import datetime
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import ContactPoint, Creditor
from portal.access import staff_only
from portal.contact import reach, reasons
from portal.contact.models import Reach
from portal.desk.charts import Chart, as_csv, lately, of_people, shown

PERIODS: Final = (("7", "7"), ("30", "30"), ("90", "90"), ("366", "366"))
USUAL: Final = "30"
MOST_REASONS: Final = 12  # bars of the second chart; the rest is added up
STAGES: Final = {
    "sent": gettext_lazy("Sent: accepted by the operator"),
    "delivered": gettext_lazy("Delivered, as the operator says"),
    "opened": gettext_lazy("Opened: first press on the page"),
    "verified": gettext_lazy("Came in with two facts"),
    "acted": gettext_lazy("Did something within 7 days"),
}
DOORS: Final = {
    "plan": gettext_lazy("Plan"),
    "pay": gettext_lazy("Payment"),
    "pause": gettext_lazy("Pause"),
    "check": gettext_lazy("Check asked for"),
    "message": gettext_lazy("Message"),
    "not_me": gettext_lazy("Said: this is not me"),
    "stop": gettext_lazy("Stop"),
}
WHY_NOT: Final = {
    reach.BOUNCED: gettext_lazy("Did not arrive"),
    reach.EXPIRED_LINK: gettext_lazy("The link ran out unopened"),
    reach.WRONG_FACT: gettext_lazy("A fact did not fit"),
    reach.WRONG_CODE: gettext_lazy("The code did not fit"),
    reach.LEFT: gettext_lazy("Came in, looked and left"),
    reach.OTHER: gettext_lazy("Cancelled for another reason"),
}


class FunnelForm(forms.Form):
    """What is counted. A value that does not fit counts as none."""

    use_required_attribute = False
    days = forms.ChoiceField(label=gettext_lazy("Days"), choices=PERIODS, required=False)
    creditor = forms.ChoiceField(label=gettext_lazy("creditor"), required=False)
    channel = forms.ChoiceField(label=gettext_lazy("channel"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("language"), required=False)
    template = forms.ChoiceField(label=gettext_lazy("template"), required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        every = [("", _("All"))]
        creditors = [(str(pk), name) for pk, name in Creditor.objects.order_by("name").values_list("pk", "name")]
        templates = Reach.objects.order_by("template").values_list("template", flat=True).distinct()
        self.fields["creditor"].choices = every + creditors
        self.fields["channel"].choices = every + list(ContactPoint.Channel.choices)
        self.fields["language"].choices = every + list(settings.LANGUAGES)
        self.fields["template"].choices = every + [(name, name) for name in templates]

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name in self.fields if (value := self.cleaned_data.get(name))}


@staff_only
@require_safe
@permission_required("contact.view_reach", raise_exception=True)
def funnel(request: HttpRequest) -> HttpResponse:
    form = FunnelForm({"days": USUAL, **request.GET.dict()})
    chosen = form.chosen()
    counted, doors, why_not = _counted(chosen, request)
    charts = [_stages(counted), _doors(counted, doors), _why_not(why_not)]
    query = request.GET.urlencode()
    context = {**admin.site.each_context(request), "title": _("Reminders: how far they come"), "form": form}
    context |= {"charts": charts, "query": query, "days": chosen.get("days", USUAL)}
    return TemplateResponse(request, "desk/funnel.html", context)


@staff_only
@require_safe
@permission_required("contact.view_reach", raise_exception=True)
def funnel_csv(request: HttpRequest) -> HttpResponse:
    counted, doors, why_not = _counted(FunnelForm({"days": USUAL, **request.GET.dict()}).chosen(), request)
    charts = (_stages(counted), _doors(counted, doors), _why_not(why_not))
    rows: list[list[str]] = [[_("Chart"), *charts[0].heads]]
    for one in charts:
        rows += [[str(one.title), *row] for row in one.rows]
    return as_csv("reminders", rows)


def _counted(chosen: dict[str, str], request: HttpRequest) -> tuple[dict[str, int], Counter, Counter]:
    """The sums of the stages, the doors and the reasons. Three queries, whatever the number of messages."""
    rows = Reach.objects.filter(rows_of(chosen, request.now))
    sums = rows.aggregate(**{stage: Sum(stage, default=0) for stage in STAGES})
    doors, why_not = _added_up(rows.exclude(Q(acts={}) & Q(why_not={})))
    return sums, doors, why_not


def rows_of(chosen: dict[str, str], now: datetime) -> Q:
    """Which rows of counted people a form asks for, by its days and its other fields. One query."""
    rest = {name: value for name, value in chosen.items() if name != "days"}
    return lately(int(chosen.get("days", USUAL)), now) & Q(**rest)


def _added_up(rows: QuerySet[Reach]) -> tuple[Counter, Counter]:
    doors: Counter = Counter()
    why_not: Counter = Counter()
    for acts, whys in rows.values_list("acts", "why_not").iterator(chunk_size=5_000):
        doors.update(acts)
        why_not.update(whys)
    return doors, why_not


def _stages(counted: dict[str, int]) -> Chart:
    words = _("Of %(sent)s reminders sent, %(opened)s were opened, and after %(acted)s the person did something.")
    reading = words % {stage: shown(people) for stage, people in counted.items()}
    return of_people(
        "funnel",
        gettext_lazy("From sent to done"),
        reading,
        [(label, counted[stage]) for stage, label in STAGES.items()],
        of=counted["sent"],
    )


def _doors(counted: dict[str, int], doors: Counter) -> Chart:
    most = max(DOORS, key=lambda door: doors[door])
    reading = _("Nobody has done anything yet.")
    if doors[most]:
        reading = _("What people did first, most often: %(door)s.") % {"door": DOORS[most]}
    bars = [(label, doors[door]) for door, label in DOORS.items()]
    return of_people("doors", gettext_lazy("What they did"), reading, bars, of=counted["acted"])


def _why_not(why_not: Counter) -> Chart:
    by = why_not.most_common()
    bars: list[tuple[str, int]] = [(_why(code), people) for code, people in by[:MOST_REASONS]]
    if by[MOST_REASONS:]:
        bars.append((_("Everything else"), sum(people for _code, people in by[MOST_REASONS:])))
    reading = _("Nothing was held back or lost.")
    if by:
        reading = _("Most often: %(why)s %(people)s times.") % {"why": bars[0][0], "people": shown(by[0][1])}
    return of_people("why-not", gettext_lazy("Why not"), reading, bars, of=why_not.total())


def _why(code: str) -> str:
    return str(WHY_NOT[code]) if code in WHY_NOT else reasons.sentence(code)
