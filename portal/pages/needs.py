"""P29: what would make it easier. Each thing is listed with what it changes, who sees it, and a way to take it back."""

import uuid
from datetime import time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import contacts, days, needs
from accounts.models import ContactPoint, Need
from portal import formats
from portal.access import needs_level_1
from portal.contact import needs as needs_and_hours
from portal.contact import wishes
from portal.contact.models import Wish
from portal.contact.safety import suggests_harm
from portal.forms import bound, done, forget, refused, see_other
from portal.pages import safety
from portal.pages.language import follow_account
from portal.pages.preference_forms import HoursForm, shown_time
from portal.templatetags.words import page_language

Kind = Need.Kind
HOURS = "hours"  # kept as the wish for hours, where the rules of contact read it
# What each of them changes, as the person reads it.
CHANGES = {
    Kind.LARGE_TEXT: gettext_lazy(
        "These pages are large on every device you sign in on, and emails and new PDFs are in large print."
    ),
    Kind.SIMPLE_WORDS: gettext_lazy("Our team writes to you in short and plain sentences."),
    Kind.MORE_TIME: gettext_lazy("What we suggest stays open twice as long, 28 days or more."),
    Kind.WRITE: gettext_lazy("We do not call you."),
    Kind.CALL: gettext_lazy("We send no reminders in writing. Answers to what you do here still reach you."),
    Kind.NOT_AT_WORK: gettext_lazy(
        "We ask for nothing at a number or email that you mark as one at work. From Monday to Friday we call before "
        "9:00 or after 18:00 only. You can also choose hours below."
    ),
    Kind.INTERPRETER: gettext_lazy("We write, and call only when you ask us to: then we arrange it first."),
    Kind.OTHER: gettext_lazy("Our team asks you in a message what would help."),
}


def _reached(point: ContactPoint) -> str:
    if point.channel == ContactPoint.Channel.SMS:
        return _("The number ending %(last4)s") % {"last4": point.ending}
    return point.ending if point.channel == ContactPoint.Channel.EMAIL else point.get_channel_display()


class NeedsForm(HoursForm):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Tick any that would help"),
        choices=[(kind.value, kind.label) for kind in CHANGES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("Choose one")},
    )
    at_work = forms.MultipleChoiceField(
        label=gettext_lazy("Which of these reach you at work? (optional)"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("Choose one")},
    )
    text = forms.CharField(
        label=gettext_lazy("Anything you want us to know about your health or situation (optional)"),
        max_length=needs.LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        error_messages={"max_length": gettext_lazy("This is too long. Please shorten it to 1,000 characters")},
    )
    consent = forms.BooleanField(
        label=gettext_lazy("Yes, you may keep what I wrote here"),
        help_text=gettext_lazy(
            "We use this only to adapt how we help you. It never adds to what you owe. You can delete it at any time"
        ),
        required=False,
    )
    field_order = ("kinds", "at_work", "hours_from", "hours_until", "text", "consent")

    def __init__(self, *args: Any, kept: str, reached_by: list[ContactPoint], **kwargs: Any):
        super().__init__(*args, **kwargs)
        del self.fields["days"]
        self.fields["at_work"].choices = [(str(one.pk), _reached(one)) for one in reached_by]
        if not reached_by:
            del self.fields["at_work"]
        self.kept = kept

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if {Kind.WRITE, Kind.CALL} <= set(cleaned.get("kinds", ())):
            self.add_error("kinds", _("Choose one of the two: that we write, or that we call"))
        text = cleaned.get("text", "").strip()
        if text and text != self.kept and not cleaned.get("consent"):
            self.add_error("consent", _("Tick this so that we may keep what you wrote, or leave the box above empty"))
        return cleaned

    def hours(self) -> tuple[time | None, time | None]:
        """From when until when the person wants to hear from us; none for any time."""
        first, last = self.cleaned_data["hours_from"], self.cleaned_data["hours_until"]
        if not first and not last:
            return None, None
        return time.fromisoformat(first or "00:00"), time.fromisoformat(last or "23:59")


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
def support(request: HttpRequest) -> HttpResponse:
    debtor = request.debtor
    mine, wish = needs.open_for(debtor), Wish.objects.filter(debtor=debtor).first()
    kept = next((need.text for need in mine if need.kind == Kind.WORDS), "")
    reached_by = list(contacts.current(debtor))
    if request.method != "POST":
        initial = _initial(mine, wish, kept) | {"at_work": [str(one.pk) for one in reached_by if one.at_work]}
        form = bound(request, NeedsForm, "needs", kept=kept, reached_by=reached_by, initial=initial)
        context = {"form": form, "saved": _saved(request, mine, wish), "here": "preferences", "leave_quickly": True}
        return render(request, "pages/needs.html", context)
    form = NeedsForm(request.POST, kept=kept, reached_by=reached_by)
    if not form.is_valid():
        return refused(request, form, "needs", url=reverse("needs"))
    kinds = form.cleaned_data["kinds"]
    if suggests_harm(form.cleaned_data["text"]):
        safety.say_whom_to_call(request)  # the words stay here alone, so that they can be taken back
    needs_and_hours.keep(
        debtor=debtor,
        kinds=kinds,
        words=form.cleaned_data["text"].strip(),
        hours=form.hours(),
        at_work=[uuid.UUID(pk) for pk in form.cleaned_data.get("at_work", ())],
        by=request.actor,
        now=request.now,
    )
    messages.success(request, _("Saved."))
    response = done(request, reverse("needs"))
    if Kind.LARGE_TEXT in kinds:
        follow_account(response)
    return response


@require_POST
@needs_level_1
def remove(request: HttpRequest) -> HttpResponse:
    """Take one back: it holds no longer, and words that went with it are gone."""
    kind, act = request.POST.get("kind", ""), {"debtor": request.debtor, "by": request.actor, "now": request.now}
    if kind == HOURS and Wish.objects.filter(debtor=request.debtor).exists():
        wishes.wish(hours_from=None, hours_until=None, days=[], **act)
    elif kind in Kind.values:
        needs.remove(kind=kind, **act)
    forget(request, "needs")
    return see_other(reverse("needs"))


def _initial(mine: list[Need], wish: Wish | None, kept: str) -> dict[str, Any]:
    """What stands in the form: what the person has chosen before, and nothing else."""
    kinds = [need.kind for need in mine if need.kind != Kind.WORDS]
    hours = {name: shown_time(getattr(wish, name)) if wish else "" for name in ("hours_from", "hours_until")}
    return {"kinds": kinds, "text": kept} | hours


def _saved(request: HttpRequest, mine: list[Need], wish: Wish | None) -> list[dict[str, Any]]:
    """What is kept, each with what it changes and since when."""
    saved = [
        {
            "kind": need.kind,
            "name": need.get_kind_display(),
            "changes": CHANGES.get(Kind(need.kind), ""),
            "text": need.text,
            "on": _day(request, need.saved_at),
        }
        for need in mine
    ]
    if wish is not None and hours_wished(wish):
        changes = hours_words(wish)
        saved.append({"kind": HOURS, "name": _("Only at these hours"), "changes": changes, "text": "", "on": ""})
    return saved


def hours_wished(wish: Wish) -> bool:
    return bool(wish.hours_from or wish.hours_until or wish.days)


def hours_words(wish: Wish) -> str:
    """The hours somebody wants to hear from us in, where they live."""
    first = wish.hours_from.strftime("%H:%M") if wish.hours_from else "00:00"
    last = wish.hours_until.strftime("%H:%M") if wish.hours_until else "24:00"
    hours = f"{first}–{'24:00' if last == '23:59' else last}"
    if wish.days:
        return _("%(hours)s, on the days you chose in the settings") % {"hours": hours}
    return hours


def _day(request: HttpRequest, at) -> str:
    return formats.day(days.today_in(request.debtor.time_zone, at), page_language(), request.region)
