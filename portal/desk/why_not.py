"""Why was this not sent? What was planned for a person on a day and what became of it; and hour by hour, what the rules
say of that day where nothing was planned.
"""

import copy
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts import together
from accounts.days import today_in
from accounts.models import Creditor, Debt, Debtor, Hold, Message
from accounts.rules.contact_law import Channel
from portal.access import staff_only
from portal.contact import content, hours, reminders, standing, wordings
from portal.contact.decide import Defer, Never
from portal.contact.facts import Stopped
from portal.contact.models import Recipient, Stop
from portal.contact.record_words import CHANNELS, channel_name, in_words, of_list, sentences
from portal.contact.standing import Standing
from portal.desk import case, gauge

FARTHEST: Final = timedelta(days=31)  # of a day to come: what holds then is guessed from what is known now
HOUR: Final = timedelta(hours=1)
JUDGED: Final = "first_contact"  # whose words are judged beside the hours


class DayForm(forms.Form):
    """Which day, by which channel. What does not fit is today, by text message."""

    use_required_attribute = False
    day = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.TextInput(attrs={"placeholder": "2026-12-31", "inputmode": "numeric"}),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("channel"), required=False, choices=[(str(one), CHANNELS[one]) for one in gauge.SHOWN]
    )

    def chosen(self, today: date) -> tuple[date, Channel]:
        self.is_valid()
        day = self.cleaned_data.get("day")
        if day is None or not date(2000, 1, 1) <= day <= today + FARTHEST:
            day = today
        return day, Channel(self.cleaned_data.get("channel") or Channel.SMS)


@dataclass(frozen=True)
class Planned:
    """One thing that was to be said on the day: what, and what became of it, in words."""

    at: datetime
    what: str
    state: str
    why: list[str]


@dataclass(frozen=True)
class AsOf:
    """A person as they stood on one day: holds, stops and what was said are those of the day, the rest is today's."""

    now: Standing
    stops: list[tuple[Stopped, datetime | None]]  # each with the instant at which it ended, if it did
    messages: list[Message]  # that were made, due or sent on the day

    def at(self, instant: datetime) -> Standing:
        then = copy.copy(self.now)
        then.stops = [stop for stop, ended in self.stops if stop.at <= instant and (ended is None or instant < ended)]
        then.history = [past for past in self.now.history if past.at < instant]
        return then


@dataclass(frozen=True)
class Span:
    """Hours of the day for which the rules give one answer."""

    begins: datetime
    ends: datetime
    state: str
    why: list[str]

    @property
    def word(self) -> str:
        return str(gauge.WORDS[self.state])

    @property
    def shape(self) -> str:
        return gauge.SHAPES[self.state]


@staff_only
@require_safe
@permission_required("accounts.view_debtor", raise_exception=True)
def why_not(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debts = case.debts_of(pk)
    debtor = debts[0].debtor
    case.opened(request, debtor, debtor)
    today = today_in(debtor.time_zone, request.now)
    given = {"day": today.isoformat(), "channel": "sms", **request.GET.dict()}
    day, channel = DayForm(given).chosen(today)
    found = as_of(debtor, day, debts=debts)
    planned = planned_on(debtor, day, found.messages)
    context: dict[str, Any] = {**admin.site.each_context(request), "title": _("Why was this not sent?")}
    context |= {"person": debtor, "planned": planned, "day": day, "is_past": day < today, "is_ahead": day > today}
    context["form"] = DayForm(initial={"day": day.isoformat(), "channel": channel})
    context["answers"] = [
        (one, spans(found, one, channel, day), not_sayable(found.now, one, channel, request.now))
        for one in found.now.creditors()
    ]
    context["wording"] = wordings.NAMES[JUDGED].title
    return TemplateResponse(request, "desk/why_not.html", context)


def planned_on(debtor: Debtor, day: date, messages: Iterable[Message] | None = None) -> list[Planned]:
    """Messages that were made, due or sent on that day where the person is, and campaigns that looked at them."""
    begin, end = hours.day_in(debtor.time_zone, day)
    looked = Q(at__gte=begin, at__lt=end) | Q(again_at__gte=begin, again_at__lt=end)
    people = Recipient.objects.filter(looked, debtor=debtor, message=None).select_related("campaign")
    found = [_message(one) for one in (_messages(debtor, begin, end) if messages is None else messages)]
    return sorted(found + [_recipient(one) for one in people], key=lambda one: one.at)


def _messages(debtor: Debtor, begin: datetime, end: datetime) -> QuerySet[Message]:
    due = Q()
    for name in ("created_at", "not_before_at", "sent_at"):
        due |= Q(**{f"{name}__gte": begin, f"{name}__lt": end})
    said = Message.objects.filter(due, debtor=debtor).exclude(purpose=Message.Purpose.CODE)
    return said.only(*_FIELDS)


_FIELDS = ("channel", "template", "purpose", "state", "reason", "receipt", "created_at", "not_before_at", "sent_at")


def _message(one: Message) -> Planned:
    what = f"{one.get_purpose_display()} · {channel_name(one.channel)} · {one.template}"
    state = one.get_state_display() + (f", {one.get_receipt_display()}" if one.receipt else "")
    return Planned(one.sent_at or one.not_before_at, what, state, in_words(one.reason))


def _recipient(one: Recipient) -> Planned:
    what = _("Campaign %(name)s") % {"name": one.campaign.name}
    return Planned(
        one.at or one.again_at or one.campaign.starts_at, what, one.get_state_display(), of_list(one.reasons)
    )


def as_of(debtor: Debtor, day: date, *, debts: list[Debt] | None = None) -> AsOf:
    """How the person stood on that day. What was open on it counts, also where it has ended since."""
    begin, end = hours.day_in(debtor.time_zone, day)
    found = standing.of(debtor, end, debts=debts)
    lasted = Q(ended_at=None) | Q(ended_at__gt=begin)
    open_then = {
        "holds": Hold.objects.filter(lasted, debtor=debtor, from_at__lt=end),
        "stops": Stop.objects.filter(lasted, debtor=debtor, at__lt=end),
        "messages": _messages(debtor, begin, end),
    }
    rows = together.fetch(open_then)
    found.holds = rows["holds"]
    for hold in found.holds:
        hold.until_at = min(filter(None, (hold.until_at, hold.ended_at)), default=None)
    return AsOf(found, [_said(stop) for stop in rows["stops"]], rows["messages"])


def _said(stop: Stop) -> tuple[Stopped, datetime | None]:
    return Stopped(at=stop.at, channel=Channel(stop.channel), address=str(stop.contact_id or "")), stop.ended_at


def spans(found: AsOf, creditor: Creditor, channel: Channel, day: date) -> list[Span]:
    """What the rules say at each hour of the day; neighbours with the same answer are one."""
    at, end = hours.day_in(found.now.debtor.time_zone, day)
    spans: list[Span] = []
    while at < end:
        then = found.at(at)
        contact = gauge.contact_of(then, channel)
        decision = standing.ask(
            then, creditor=creditor, channel=gauge.KEPT_AS.get(channel, channel), contact=contact, now=at
        )
        why = sentences(decision.reasons) if isinstance(decision, Defer | Never) else []
        one = Span(at, min(at + HOUR, end), gauge.state_of(decision), why)
        if spans and (spans[-1].state, spans[-1].why) == (one.state, one.why):
            one = Span(spans.pop().begins, one.ends, one.state, one.why)
        spans.append(one)
        at += HOUR
    return spans


def not_sayable(found: Standing, creditor: Creditor, channel: Channel, now: datetime) -> list[str]:
    """Why the words of a first contact may go out at no hour at all, as they are said now; none where nothing is wrong
    with them, and where the channel has none.
    """
    contact = gauge.contact_of(found, channel) if channel in gauge.KEPT_AS else None
    if contact is None:
        return []
    seen = reminders.preview(standing=found, creditor=creditor, wording=JUDGED, contact=contact, now=now)
    reasons = seen.decision.reasons if isinstance(seen.decision, Never) else ()
    return sentences([reason for reason in reasons if reason.code in content.CODES])
