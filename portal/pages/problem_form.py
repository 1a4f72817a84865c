"""The form of P30: what is not right, and at most two questions about it, none of which has to be answered."""

from datetime import date
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Debt
from accounts.money import Money
from portal.contact import hold_words
from portal.forms import Choice, PageForm
from portal.pages import money_box
from portal.pages.accounts import named
from portal.pages.money_box import MoneyBox

ALL: Final = "all"
NOT_MINE: Final = ("not_mine", hold_words.CHECKS["not_mine"])
REASONS: Final = [*hold_words.CHECKS.items()]
# What is asked about each reason. The page shows these where their reason is chosen; the others are not read.
FOLLOW_UPS: Final = {
    "wrong_amount": ("right",),
    "paid": ("paid", "paid_how"),
    "fraud": ("known_since", "police"),
    "too_old": ("last_paid",),
    "died": ("name", "reach"),
}
AMOUNTS: Final = ("right", "paid")


def _line(label, **kwargs: Any) -> forms.CharField:
    kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
    return forms.CharField(label=label, required=False, max_length=200, **kwargs)


def _numbered(debts: list[Debt]) -> list[tuple[str, str]]:
    """The accounts as choices that say nothing of them, in an order that whoever has them can tell."""
    in_order = sorted(debts, key=lambda debt: (debt.opened_on is None, debt.opened_on or date.max))
    return [(str(debt.pk), _("Account %(n)s") % {"n": number}) for number, debt in enumerate(in_order, 1)]


class ProblemForm(PageForm):
    debt = Choice(label=gettext_lazy("Which account is it?"))
    reason = Choice(label=gettext_lazy("What is not right?"), choices=REASONS)
    right = MoneyBox(
        label=gettext_lazy("How much of it is right? (optional)"),
        help_text=gettext_lazy("We check the rest. What is right can be paid meanwhile"),
    )
    paid = MoneyBox(
        label=gettext_lazy("How much have you paid? (optional)"),
        help_text=gettext_lazy("Leave it empty if it was all of it"),
    )
    paid_how = _line(gettext_lazy("When and how, as far as you know? (optional)"))
    known_since = _line(gettext_lazy("Since when do you know about it? (optional)"))
    police = _line(gettext_lazy("If you told the police: where, and under what number? (optional)"))
    last_paid = _line(gettext_lazy("When was the last payment, roughly? (optional)"))
    name = _line(gettext_lazy("Your name (optional)"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    reach = _line(gettext_lazy("How can we reach you? (optional)"))
    note = forms.CharField(
        label=gettext_lazy("Anything that helps us check (optional)"),
        help_text=gettext_lazy("You do not need papers for this"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=1000,
        required=False,
        error_messages={"max_length": gettext_lazy("This is too long. Please shorten it to 1,000 characters")},
    )

    def __init__(self, *args: Any, debts: list[Debt], sees: bool, **kwargs: Any):
        """`sees`: whether whoever fills it in may know the accounts. Amounts would tell what is owed, so they may not
        give one either: they can say it in words.
        """
        super().__init__(*args, **kwargs)
        self.debts = debts
        if not sees:
            for name in AMOUNTS:
                del self.fields[name]
        if len(debts) < 2:
            del self.fields["debt"]
            return
        choices = [(str(debt.pk), named(debt)) for debt in debts] if sees else _numbered(debts)
        self.fields["debt"].choices = [*choices, (ALL, _("All of them"))]
        if not sees:
            self.fields["debt"].help_text = _("The account that was opened first is number 1")

    def reasons(self) -> list[dict]:
        """Each choice with the boxes that belong to it, for the page; all but NOT_MINE, which one press says."""
        return [
            {"choice": choice, "boxes": [self[name] for name in self._boxes(choice.data["value"])]}
            for choice in self["reason"]
            if choice.data["value"] != NOT_MINE[0]
        ]

    @property
    def chosen(self) -> Debt | None:
        """The account it is about; None for all of them, as where the person has died."""
        if self.cleaned_data.get("reason") == "died":
            return None
        named = self.cleaned_data.get("debt", "")
        return next(
            (debt for debt in self.debts if str(debt.pk) == named), self.debts[0] if len(self.debts) == 1 else None
        )

    def asked(self) -> list[str]:
        return self._boxes(self.cleaned_data.get("reason", ""))

    def _boxes(self, reason: str) -> list[str]:
        return [name for name in FOLLOW_UPS.get(reason, ()) if name in self.fields]

    @property
    def answers(self) -> dict[str, str]:
        """What was said to the questions of this reason."""
        return {name: self.cleaned_data[name] for name in self.asked() if self.cleaned_data.get(name)}

    @property
    def part(self) -> Money | None:
        """The part of the account that is not right; None for all of it."""
        return self.cleaned_data.get("part")

    def clean_reason(self) -> str:
        """The press on `NOT_MINE` counts, whatever was chosen below it before: a browser sends both."""
        given = self.data.getlist("reason") if isinstance(self.data, QueryDict) else []
        return NOT_MINE[0] if NOT_MINE[0] in given else self.cleaned_data["reason"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name in AMOUNTS:
            if name in self.asked() and values.get(name):
                values["part"] = self._part(name, values[name])
        return values

    def _part(self, name: str, text: str) -> Money | None:
        debt = self.chosen
        if debt is None:
            self.add_error("debt" if "debt" in self.fields else name, _("To give an amount, choose one account"))
            return None
        try:
            amount = money_box.read(text, debt.currency, allow_zero=True)
        except forms.ValidationError as problem:
            self.add_error(name, problem)
            return None
        if amount > debt.balance or (name == "right" and amount == debt.balance):
            self.add_error(name, _("Enter less than the whole amount"))
            return None
        part = debt.balance - amount if name == "right" else amount
        return part if 0 < part.minor < debt.balance.minor else None
