"""The forms about pauses of the law: the notice that begins one, and the steps that the law knows after it."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Debt
from accounts.rules import Law
from portal.contact import hold_words
from portal.desk.hold_form import ALL
from portal.forms import PageForm

LONGEST_AGO = timedelta(days=366)


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"placeholder": "2026-12-31", "inputmode": "numeric"}),
        error_messages={"invalid": gettext_lazy("Write the day as 2026-12-31.")},
    )


class NoticeForm(PageForm):
    trigger = forms.ChoiceField(label=gettext_lazy("What the notice says"))
    told_by = forms.CharField(
        label=gettext_lazy("Who told us"), max_length=200, help_text=gettext_lazy("The adviser, or the office.")
    )
    reference = forms.CharField(label=gettext_lazy("Their reference"), max_length=100, required=False)
    received_on = _day(gettext_lazy("Received on"))
    started_on = _day(
        gettext_lazy("Begins on"), gettext_lazy("The day the notice names. The law's days count from it.")
    )
    debt = forms.ChoiceField(label=gettext_lazy("On which debt"))

    def __init__(self, *args: Any, debts: list[Debt], law: Law, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.debts, self.today = {str(debt.pk): debt for debt in debts}, today
        self.fields["trigger"].choices = [
            (pause.trigger, hold_words.TRIGGERS.get(pause.trigger, pause.trigger)) for pause in law.hardship.pauses
        ]
        named = [(key, f"{debt.debt_ref} · {debt.creditor.name}") for key, debt in self.debts.items()]
        self.fields["debt"].choices = [(ALL, _("All of them")), *named]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        received, started = values.get("received_on"), values.get("started_on")
        if received and not self.today - LONGEST_AGO < received <= self.today:
            self.add_error("received_on", _("A day up to today, at most a year ago."))
        if started and not self.today - LONGEST_AGO < started <= self.today + timedelta(days=31):
            self.add_error("started_on", _("A day at most a year ago, or in the month to come."))
        return values

    @property
    def chosen(self) -> Debt | None:
        """The debt it is on; None for all of them."""
        return self.debts.get(self.cleaned_data["debt"])


class StepForm(PageForm):
    """The day on which something the law counts from happened."""

    on = _day(gettext_lazy("On which day"))
