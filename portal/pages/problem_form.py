"""The forms of P30 and P31: what is not right, which one press says; and afterwards, at most two questions about it and
room for words, none of which has to be answered.
"""

from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Debt, Hold
from accounts.money import Money
from portal.contact import hold_words
from portal.forms import Choice, PageForm
from portal.pages import money_box
from portal.pages.accounts import named
from portal.pages.money_box import MoneyBox

ALL: Final = "all"
REASONS: Final = [*hold_words.CHECKS.items()]
FOLLOW_UPS: Final = {
    "wrong_amount": ("right",),
    "paid": ("paid", "paid_how"),
    "fraud": ("known_since", "police"),
    "too_old": ("last_paid",),
    "died": ("name", "reach"),
}
AMOUNTS: Final = ("right", "paid")
LESS: Final = gettext_lazy("Enter less than the whole amount")


def _line(label, **kwargs: Any) -> forms.CharField:
    kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
    return forms.CharField(label=label, required=False, max_length=200, **kwargs)


def _words() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Anything that helps us check (optional)"),
        help_text=gettext_lazy("You do not need papers for this"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=1000,
        required=False,
        error_messages={"max_length": gettext_lazy("This is too long. Please shorten it to 1,000 characters")},
    )


def accounts_of(debts: list[Debt], *, sees: bool) -> dict[str, str]:
    """Each account in words, by its id, and all of them. Whoever may not know the accounts is told nothing of them but
    an order that those who have them can tell.
    """
    if sees:
        found = {str(debt.pk): named(debt) for debt in debts}
    else:
        in_order = sorted(debts, key=lambda debt: (debt.opened_on is None, debt.opened_on or date.max))
        found = {str(debt.pk): _("Account %(n)s") % {"n": number} for number, debt in enumerate(in_order, 1)}
    return found | {ALL: _("All of them")}


class ProblemForm(PageForm):
    """One press on a reason. `note` is asked for where the same was answered before."""

    debt = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = Choice(
        label=gettext_lazy("What is not right?"),
        help_text=gettext_lazy("One press sends this. After that you can say more, or take it back."),
        choices=REASONS,
    )
    note = _words()

    def __init__(self, *args: Any, debts: list[Debt], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.debts = debts
        if len(debts) < 2:
            del self.fields["debt"]

    @property
    def chosen(self) -> Debt | None:
        """The account it is about; None for all of them, as where the person has died."""
        if self.cleaned_data["reason"] == "died":
            return None
        if len(self.debts) == 1:
            return self.debts[0]
        return next((debt for debt in self.debts if str(debt.pk) == self.cleaned_data.get("debt")), None)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        known = {str(debt.pk) for debt in self.debts} | {ALL}
        if "debt" in self.fields and values.get("reason") != "died" and values.get("debt") not in known:
            self.add_error(None, _("Choose which account it is about"))
        return values


class MoreForm(PageForm):
    """What may be said to a check that goes on: the questions of its reason, and words."""

    right = MoneyBox(
        label=gettext_lazy("How much of it is right? (optional)"),
        help_text=gettext_lazy(
            "We then check only the rest. What is right can be paid meanwhile, and we may write to you about it."
        ),
    )
    paid = MoneyBox(
        label=gettext_lazy("How much have you paid? (optional)"),
        help_text=gettext_lazy(
            "Leave it empty if it was all of it. Otherwise we check only this much. The rest can be paid meanwhile, "
            "and we may write to you about it."
        ),
    )
    paid_how = _line(gettext_lazy("When and how, as far as you know? (optional)"))
    known_since = _line(gettext_lazy("Since when do you know about it? (optional)"))
    police = _line(gettext_lazy("If you told the police: where, and under what number? (optional)"))
    last_paid = _line(gettext_lazy("When was the last payment, roughly? (optional)"))
    name = _line(gettext_lazy("Your name (optional)"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    reach = _line(gettext_lazy("How can we reach you? (optional)"))
    note = _words()

    def __init__(self, *args: Any, hold: Hold, lessens: bool, **kwargs: Any):
        """`lessens`: whether whoever fills it in may have a part checked only. An amount is one of one account."""
        super().__init__(*args, **kwargs)
        self.debt = hold.debt
        asked = FOLLOW_UPS.get(hold.reason, ())
        for name in [*self.fields]:
            if name not in {"once", "note", *asked} or (name in AMOUNTS and not (lessens and hold.debt)):
                del self.fields[name]

    @property
    def answers(self) -> dict[str, str]:
        """What was said to the questions of this reason."""
        given = {name: self.cleaned_data.get(name) for name in self.fields if name not in {"once", "note"}}
        return {name: text for name, text in given.items() if text}

    @property
    def part(self) -> Money | None:
        """How much of the account is not right; None where that was not said."""
        return self.cleaned_data.get("part")

    @property
    def words(self) -> str:
        """All that was typed in words, also where it does not pass."""
        typed = [self.data.get(name, "") for name in self.fields if name not in {"once", *AMOUNTS}]
        return "\n".join(filter(None, (text.strip() for text in typed)))

    def refuse_amount(self) -> None:
        """What was typed is no part of the account as it stands by now."""
        self.refuse(next((name for name in AMOUNTS if name in self.fields), None), LESS)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name in AMOUNTS:
            if values.get(name) and self.debt:
                values["part"] = self._part(name, values[name], self.debt)
        if not self.errors and not (values.get("note") or self.answers):
            self.add_error("note", _("There is nothing to send yet. The check goes on without it."))
        return values

    def _part(self, name: str, text: str, debt: Debt) -> Money | None:
        try:
            amount = money_box.read(text, debt.currency, allow_zero=name == "right")
        except forms.ValidationError as problem:
            self.add_error(name, problem)
            return None
        if amount > debt.balance or (name == "right" and amount == debt.balance):
            self.add_error(name, LESS)
            return None
        return debt.balance - amount if name == "right" else amount
