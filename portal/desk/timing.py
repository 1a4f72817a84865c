"""What was learned of when people answer, for everyone at the desk to see; and the switch that lets it be used."""

import uuid
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import ContactPoint, Creditor
from portal.access import staff_only
from portal.contact import learning
from portal.contact.learning import Arm, Belief
from portal.desk.charts import FEW, Chart, bars, shown

HOURS: Final = range(7, 22)  # hours beyond these are shown where something was sent in them
CHANNELS: Final = dict(ContactPoint.Channel.choices)


class TimingForm(forms.Form):
    """Whose people. A value that does not fit counts as none."""

    use_required_attribute = False
    creditor = forms.ChoiceField(label=gettext_lazy("creditor"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("language"), choices=settings.LANGUAGES, required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.creditors = {str(one.pk): one for one in Creditor.objects.only("name").order_by("name")}
        self.fields["creditor"].choices = [(pk, one.name) for pk, one in self.creditors.items()]

    def chosen(self) -> tuple[Creditor | None, str]:
        self.is_valid()
        first = next(iter(self.creditors), "")
        creditor = self.creditors.get(self.cleaned_data.get("creditor") or first)
        return creditor, self.cleaned_data.get("language") or settings.LANGUAGES[0][0]


@staff_only
@require_safe
@permission_required("contact.view_reach", raise_exception=True)
def timing(request: HttpRequest) -> HttpResponse:
    form = TimingForm(request.GET.dict())
    creditor, language = form.chosen()
    context = {**admin.site.each_context(request), "title": _("When people answer"), "form": form}
    context |= {"creditor": creditor, "charts": []}
    if creditor is not None:
        found = learning.learned(creditor, request.now)
        context |= {"on": found.on, "charts": [_chart(found, language, channel) for channel in _channels(found)]}
    return TemplateResponse(request, "desk/timing.html", context)


@staff_only
@require_POST
@permission_required("contact.change_reach", raise_exception=True)
def switch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    creditor = get_object_or_404(Creditor, pk=pk)
    on = request.POST.get("on") == "yes"
    if learning.switch(creditor=creditor, on=on, by=request.user, now=request.now):
        said = _("Campaigns now choose by what was learned.") if on else _("Campaigns no longer choose by it.")
        messages.success(request, said)
    return redirect(f"{reverse('admin:timing')}?creditor={creditor.pk}")


def _channels(found: learning.Learned) -> list[str]:
    seen = {arm.channel for arms in found.by_language.values() for arm in arms}
    return [channel for channel in CHANNELS if channel in seen] or [ContactPoint.Channel.SMS.value]


def _chart(found: learning.Learned, language: str, channel: str) -> Chart:
    seen = {arm.hour for arms in found.by_language.values() for arm in arms if arm.channel == channel}
    arms = [Arm(channel, hour) for hour in sorted({*HOURS, *seen})]
    believed = found.beliefs(language, arms)
    best = max(arms, key=lambda arm: believed[arm].mean)
    given = {"hours": _hours(best), "share": _percent(believed[best].mean)}
    reading = _("Nothing is known yet: every hour is believed to be alike.")
    if seen:
        reading = _("Answered most, as far as is known: %(hours)s, by %(share)s of people.") % given
    drawn = bars([(_hours(arm), round(10_000 * believed[arm].mean), _percent(believed[arm].mean)) for arm in arms])
    heads = (_("Hour where the person is"), _("Sent out"), _("Acted"), _("Believed"), _("95 % between"))
    rows = tuple(_row(arm, believed[arm]) for arm in arms)
    return Chart(f"timing-{channel}", CHANNELS.get(channel, channel), reading, drawn, heads, rows)


def _row(arm: Arm, belief: Belief) -> tuple[str, ...]:
    low, high = (_percent(end) for end in belief.interval())
    few = 0 < belief.seen.sent < FEW  # of a handful, not even how many acted
    acted = shown(belief.seen.acted) if not few else "–"
    return _hours(arm), shown(belief.seen.sent), acted, _percent(belief.mean), f"{low} – {high}"


def _hours(arm: Arm) -> str:
    return f"{arm.hour:02}:00–{arm.hour + 1:02}:00"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
