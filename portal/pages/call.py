"""P33: ask us to call. An hour within three working days, a number, what it is about; taken back at will."""

from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import addresses
from accounts.models import ContactPoint
from accounts.once import KeyUsedOtherwise
from portal import formats
from portal.access import helper_may, needs_level_1
from portal.contact import calls
from portal.contact import standing as contact_standing
from portal.contact.models import Call
from portal.forms import SENT_ALREADY, Choice, PageForm, bound, done, refused, see_other
from portal.pages import safety
from portal.templatetags.words import page_language

FLOW = "call"
OTHER = "other"
LEVEL_FOR_ANOTHER_NUMBER = 2


class CallForm(PageForm):
    slot = Choice(label=gettext_lazy("When may we call?"))
    number = Choice(label=gettext_lazy("On which number?"))
    other = forms.CharField(
        label=gettext_lazy("Another number"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
        help_text=gettext_lazy("For this call alone. It is not kept and does not let anybody in"),
    )
    interpreter = Choice(
        label=gettext_lazy("An interpreter or sign language"),
        help_text=gettext_lazy("Please write below which language, or which sign language"),
        choices=[("yes", gettext_lazy("Yes, please arrange it")), ("no", gettext_lazy("Not for this call"))],
    )
    topic = forms.CharField(
        label=gettext_lazy("What is it about? (optional)"),
        required=False,
        max_length=calls.LONGEST_TOPIC,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": gettext_lazy("This is too long. Please shorten it to 200 characters")},
    )

    def __init__(
        self, *args, slots: list, numbers: list[ContactPoint], other: bool, zone: str, interpreter: bool, **kwargs
    ):
        super().__init__(*args, **kwargs)
        if not interpreter:
            del self.fields["interpreter"]
        self.zone, self.offered, self.fields["slot"].choices = zone, slots, slots
        choices = [(str(one.pk), _("The number ending %(last4)s") % {"last4": one.ending}) for one in numbers]
        if other:
            choices.append((OTHER, _("Another number")))
        else:
            del self.fields["other"]
        self.fields["number"].choices = choices
        if len(choices) == 1:
            self.initial.setdefault("number", choices[0][0])

    def days(self) -> list[dict]:
        """The hours, folded by day: the first day stands open, and the one of which an hour is chosen."""
        hours = iter(self["slot"])
        found = [{"name": name, "hours": [next(hours) for _hour in of_day]} for name, of_day in self.offered]
        chosen = [day for day in found if any(hour.data["selected"] for hour in day["hours"])]
        for day in chosen or found[:1]:
            day["open"] = True
        return found

    def clean(self) -> dict:
        values = super().clean() or {}
        if values.get("number") == OTHER:
            try:
                values["typed"] = addresses.phone(values.get("other", ""), self.zone)
            except addresses.NotAnAddress:
                self.add_error("other", _("Write the whole number, with the country code if it is abroad"))
        return values


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("talk")
def call(request: HttpRequest) -> HttpResponse:
    last = calls.last_call(request.debtor, request.now)
    if last is not None and last.state == Call.State.ASKED:
        if request.method == "POST":
            return done(request, reverse("call"))  # a second tap, or another tab: the page says what is promised
        return render(request, "pages/call.html", {"here": "talk", "call": shown(last, request)})
    offered = _offered(request)
    if request.method != "POST":
        form = bound(request, CallForm, FLOW, **offered)
        context = {"here": "talk", "call": shown(last, request), "form": form, "none": not offered["slots"]}
        return render(request, "pages/call.html", context)
    form = CallForm(request.POST, **offered)
    if form.is_valid():
        try:
            _ask(request, form, offered["numbers"])
            return done(request, reverse("call"))
        except calls.AskedAlready:
            return done(request, reverse("call"))
        except calls.NotFree:
            form.refuse("slot", _("This hour has just been taken. Please choose another"))
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
    return refused(request, form, FLOW, url=reverse("call"))


@require_POST
@needs_level_1
@helper_may("talk")
def cancel(request: HttpRequest) -> HttpResponse:
    """Take the call back: no reason is asked."""
    with suppress(calls.NotTheirs):
        calls.cancel(debtor=request.debtor, by=request.actor, now=request.now)
    return see_other(reverse("call"))


def shown(last: Call | None, request: HttpRequest) -> dict | None:
    """A call as the pages say it: when, on which number, what became of it; of another's that it is to come."""
    if last is None or last.state in {Call.State.DONE, Call.State.CANCELLED}:
        return None
    mine = last.helper == request.helper
    if not mine and last.state != Call.State.ASKED:
        return None
    zone, language = request.debtor.time_zone, page_language()
    return {
        "state": last.state,
        "when": formats.hours(last.starts_at, last.until_at, language, zone, request.region),
        "ending": last.ending if mine else "",
        "whose": "" if mine else _whose(last),
        "removable": mine or request.helper is None,
        "interpreter": mine and last.interpreter,
    }


def _whose(last: Call) -> str:
    """Whom a call goes to that somebody else asked for."""
    if last.helper is None:
        return _("The person you help")
    return _("%(name)s, helper") % {"name": last.helper.first_name}


def _offered(request: HttpRequest) -> dict:
    """What the form may choose from. Hours are those of the number on file; another's are looked at when it is sent."""
    debtor, creditor = request.debtor, request.link.creditor
    numbers = calls.numbers(debtor, request.helper)
    found = contact_standing.of(debtor, request.now)
    found = found if request.helper is None else found.for_helper()
    free = calls.slots(found=found, creditor=creditor, number=numbers[0] if numbers else None, now=request.now)
    return {
        "slots": _by_day(free, request),
        "numbers": numbers,
        "other": request.level >= LEVEL_FOR_ANOTHER_NUMBER,
        "zone": debtor.time_zone,
        "interpreter": calls.needs_interpreter(found.needs),
    }


def _by_day(free: list[calls.Slot], request: HttpRequest) -> list:
    """The hours as choices, in groups of one day where the person is."""
    zone, language = ZoneInfo(request.debtor.time_zone), page_language()

    def day(slot: calls.Slot) -> str:
        return formats.day(slot.starts_at.astimezone(zone).date(), language, request.region)

    def hours(slot: calls.Slot) -> str:
        begin, end = (formats.clock(at.astimezone(zone).time(), language) for at in (slot.starts_at, slot.until_at))
        return _("%(begin)s to %(end)s") % {"begin": begin, "end": end}

    return [
        (name, [(slot.starts_at.astimezone(UTC).isoformat(), hours(slot)) for slot in of_day])
        for name, of_day in groupby(free, key=day)
    ]


def _ask(request: HttpRequest, form: CallForm, numbers: list[ContactPoint]) -> None:
    given = form.cleaned_data
    safety.heed(request, given["topic"], key=form.key)
    calls.ask(
        debtor=request.debtor,
        creditor=request.link.creditor,
        starts_at=datetime.fromisoformat(given["slot"]),
        contact=next((one for one in numbers if str(one.pk) == given["number"]), None),
        number=given.get("typed", ""),
        topic=given["topic"],
        language=page_language(),
        interpreter=given.get("interpreter") == "yes",
        by=request.actor,
        key=form.key,
        now=request.now,
    )
