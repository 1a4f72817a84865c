"""What a person types on the pages of papers."""

import datetime as dt

from dateutil.relativedelta import relativedelta
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Debt
from portal.forms import Choice, PageForm

DAY_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%d %b %Y", "%d %B %Y"]
MONTHS = {"3": 3, "12": 12}


def _day(label) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=DAY_FORMATS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a day, for example 2026-03-05")},
    )


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
    start = _day(_("First day"))
    end = _day(_("Last day"))

    def __init__(self, *args, debts: list[Debt], **kwargs):
        super().__init__(*args, **kwargs)
        which: Choice = self.fields["debt"]
        which.choices = [(str(debt.pk), f"{debt.creditor.name}, {debt.product}") for debt in debts]
        if len(debts) == 1:
            which.required = False
            which.widget = forms.HiddenInput()  # type: ignore[assignment]
            self.initial["debt"] = str(debts[0].pk)
        self.debts = {str(debt.pk): debt for debt in debts}

    def clean(self):
        super().clean()
        answers = self.cleaned_data
        if answers.get("period") == "days":
            for name in ("start", "end"):
                if answers.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Enter a day, for example 2026-03-05"))
            if answers.get("start") and answers.get("end") and answers["start"] > answers["end"]:
                self.add_error("end", _("The last day comes before the first. Please check both"))
        return answers

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
