"""The small forms of P36, each saved by itself: what they ask, and what they keep."""

from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.rules.contact_law import Weekday
from portal.contact.models import Wish
from portal.forms import Choice, PageForm
from portal.pages.language import LARGE

ANY_TIME = ("", _("Any time"))
HOURS = [f"{hour:02}:00" for hour in range(6, 24)]
DAYS = [
    (Weekday.MON.value, _("Monday")),
    (Weekday.TUE.value, _("Tuesday")),
    (Weekday.WED.value, _("Wednesday")),
    (Weekday.THU.value, _("Thursday")),
    (Weekday.FRI.value, _("Friday")),
    (Weekday.SAT.value, _("Saturday")),
    (Weekday.SUN.value, _("Sunday")),
]
WAYS = [
    (Wish.Channel.SMS.value, _("By text")),
    (Wish.Channel.EMAIL.value, _("By email")),
    (Wish.Channel.WECHAT.value, _("By WeChat")),
    (Wish.Channel.POST.value, _("By letter")),
    (Wish.Channel.NONE.value, _("Not at all, except for what the law asks for")),
]
ALWAYS = {Wish.Channel.POST.value, Wish.Channel.NONE.value}


class PagesForm(PageForm):
    language = Choice(label=_("Language of these pages"), choices=settings.LANGUAGES)


class TextsForm(PageForm):
    texts = Choice(label=_("Language of texts and emails"), choices=settings.LANGUAGES)


class SizeForm(PageForm):
    size = Choice(label=_("Text size"), choices=[("normal", _("Normal")), (LARGE, _("Large"))])


class AmountsForm(PageForm):
    amounts = Choice(
        label=_("Amounts on the pages"), choices=[("show", _("Show amounts")), ("hide", _("Hide amounts"))]
    )


class ChannelForm(PageForm):
    """How to be reached; what is on file decides which ways there are."""

    channel = Choice(
        label=_("How may we remind you?"),
        help_text=_("We then use this way alone. Answers to what you do here still reach you."),
    )

    def __init__(self, *args, on_file: set[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [way for way in WAYS if way[0] in on_file | ALWAYS]


class HoursForm(PageForm):
    hours_from = forms.ChoiceField(
        label=_("Not before"), choices=[ANY_TIME, *((hour, hour) for hour in HOURS)], required=False
    )
    hours_until = forms.ChoiceField(
        label=_("Not after"),
        choices=[ANY_TIME, *((hour, hour) for hour in HOURS[1:]), ("23:59", "24:00")],
        required=False,
    )
    days = forms.MultipleChoiceField(
        label=_("On these days"),
        help_text=_("No day chosen means every day. All times are those where you live."),
        choices=DAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("hours_from", ""), cleaned.get("hours_until", "")
        if first and last and first >= last:
            self.add_error("hours_until", _("Choose a time that is later than the first one"))
        return cleaned

    def chosen(self) -> dict[str, Any]:
        """As `wishes.wish` wants it: both times or none, days in the week's order, and none for all of them."""
        first, last = self.cleaned_data["hours_from"], self.cleaned_data["hours_until"]
        days = [day for day, _words in DAYS if day in self.cleaned_data["days"]]
        return {
            "hours_from": time.fromisoformat(first or "00:00") if first or last else None,
            "hours_until": time.fromisoformat(last or "23:59") if first or last else None,
            "days": days if len(days) < len(DAYS) else [],
        }


class CalledForm(PageForm):
    called = forms.CharField(
        label=_("How should we address you?"),
        help_text=_("Our team sees this and uses it when they write to you. Leave it empty for your name as on file."),
        required=False,
        max_length=60,
        error_messages={"max_length": _("This is too long. Please shorten it to 60 characters")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class InstalmentsForm(PageForm):
    instalments = Choice(
        label=_("Reminders of the payments of a plan"),
        help_text=_("Before a payment, when one has not arrived, and when it has. They name a day and no amount."),
        choices=[("yes", _("Yes, remind me")), ("no", _("No reminders"))],
    )


FORMS: dict[str, type[PageForm]] = {
    "channel": ChannelForm,
    "hours": HoursForm,
    "instalments": InstalmentsForm,
    "called": CalledForm,
    "texts": TextsForm,
    "language": PagesForm,
    "size": SizeForm,
    "amounts": AmountsForm,
}


def shown_time(kept: time | None) -> str:
    """A kept time as its box shows it; midnight, the day's first instant, is any time."""
    words = kept.strftime("%H:%M") if kept else ""
    return "" if words == "00:00" else words
