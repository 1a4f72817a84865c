"""The two forms about holds: place one, and end one."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Debt, Hold
from portal.contact import hold_words
from portal.forms import PageForm

ALL = "all"
LONGEST = timedelta(days=366)
NEEDS_AN_END = {Hold.Kind.PAUSE, Hold.Kind.BREATHING_SPACE}
REASONS = [*hold_words.BY_STAFF.items()]


class HoldForm(PageForm):
    kind = forms.ChoiceField(label=gettext_lazy("What kind of hold"), choices=Hold.Kind.choices)
    debt = forms.ChoiceField(label=gettext_lazy("On which debt"))
    reason = forms.ChoiceField(label=gettext_lazy("How we know"), choices=REASONS)
    until_on = forms.DateField(
        label=gettext_lazy("Until the morning of"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"placeholder": "2026-12-31", "inputmode": "numeric"}),
        help_text=gettext_lazy(
            "A pause and a breathing space have an end. The others may stay open until someone ends them."
        ),
        error_messages={"invalid": gettext_lazy("Write the day as 2026-12-31.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Facts, not opinions: the person can ask for a copy."),
    )

    def __init__(self, *args: Any, debts: list[Debt], today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.debts, self.today = {str(debt.pk): debt for debt in debts}, today
        named = [(key, f"{debt.debt_ref} · {debt.creditor.name}") for key, debt in self.debts.items()]
        self.fields["debt"].choices = [(ALL, _("All of them")), *named]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        until = values.get("until_on")
        if until is None and values.get("kind") in NEEDS_AN_END and "until_on" not in self.errors:
            self.add_error("until_on", _("Say until when."))
        if until is not None and values.get("kind") == Hold.Kind.DISPUTE:
            self.add_error("until_on", _("A check ends only with its outcome. Leave this empty."))
        elif until is not None and not self.today < until <= self.today + LONGEST:
            self.add_error("until_on", _("A day after today, at most a year ahead."))
        return values

    @property
    def chosen(self) -> Debt | None:
        """The debt it is on; None for all of them."""
        return self.debts.get(self.cleaned_data["debt"])


class EndHoldForm(PageForm):
    """Why a hold ends. A check has no such end: it has an outcome (`portal.desk.checks`)."""

    reason = forms.CharField(label=gettext_lazy("Why it ends, for the record"), max_length=200)

    def __init__(self, *args: Any, hold: Hold, **kwargs: Any):
        super().__init__(*args, auto_id=f"id_%s_{hold.pk.hex[:8]}", **kwargs)
