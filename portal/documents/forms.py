"""What a person types on the pages of papers."""

import datetime as dt

from dateutil.relativedelta import relativedelta
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import products
from accounts.models import Debt
from portal import day_boxes
from portal.forms import Choice, PageForm

MONTHS = {"3": 3, "12": 12}


class PeriodForm(PageForm):
    """Which account, and which period."""

    debt = Choice(label=_("Which account?"))
    period = Choice(
        label=_("Which period?"),
        choices=[
            ("3", _("The last 3 months")),
            ("12", _("The last 12 months")),
            ("all", _("Everything from the start")),
            ("days", _("From one day to another, as typed below")),
        ],
    )

    def __init__(self, *args, debts: list[Debt], **kwargs):
        super().__init__(*args, **kwargs)
        which: Choice = self.fields["debt"]
        which.choices = [(str(debt.pk), f"{debt.creditor.name}, {products.shown(debt.product)}") for debt in debts]
        if len(debts) == 1:
            which.required = False
            which.widget = forms.HiddenInput()  # type: ignore[assignment]
            self.initial["debt"] = str(debts[0].pk)
        self.debts = {str(debt.pk): debt for debt in debts}
        self.fields |= day_boxes.boxes("start") | day_boxes.boxes("end")

    def clean(self):
        super().clean()
        answers = self.cleaned_data
        if answers.get("period") == "days":
            for name in ("start", "end"):
                typed = [answers.get(f"{name}_{part}", "") for part in ("year", "month", "day")]
                answers[name] = day_boxes.read(*typed)
                if answers[name] is None:
                    self.add_error(f"{name}_year", _("This day does not exist. Enter year, month and day"))
            if answers["start"] and answers["end"] and answers["start"] > answers["end"]:
                self.add_error("end_year", _("The last day comes before the first. Please check both"))
        return answers

    def days(self) -> list[tuple]:
        """The first and the last day, each with its three boxes."""
        named = (("start", _("First day")), ("end", _("Last day")))
        return [(words, [self[f"{name}_{part}"] for part in ("year", "month", "day")]) for name, words in named]

    @property
    def chosen(self) -> Debt:
        return self.debts.get(self.cleaned_data.get("debt") or "") or next(iter(self.debts.values()))

    def bounds(self, today: dt.date) -> tuple[dt.date | None, dt.date]:
        """First and last day of the chosen period; the first is None for everything."""
        period = self.cleaned_data["period"]
        if period == "days":
            return self.cleaned_data["start"], self.cleaned_data["end"]
        if period == "all":
            return None, today
        return today - relativedelta(months=MONTHS[period]) + dt.timedelta(days=1), today


class CheckForm(PageForm):
    """The code that stands on a paper."""

    code = forms.CharField(
        label=_("Check code on the paper"),
        help_text=_("12 letters and digits, for example 7K4M 9QXR 2HTA"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
    )
