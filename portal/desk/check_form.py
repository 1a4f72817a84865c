"""The form in which staff say what a check came to, and what it corrects in the ledger."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import disputes
from accounts.models import Debt, LedgerEntry, Outcome
from accounts.money import Money
from portal.contact import thread
from portal.desk.second_look import SecondLook
from portal.documents import sheets
from portal.forms import Choice
from portal.pages import money_box
from portal.templatetags.words import day, money


class OutcomeForm(SecondLook):
    looked_at = "why"
    result = Choice(label=gettext_lazy("What the check came to"), choices=Outcome.Result.choices)
    debt = forms.ChoiceField(label=gettext_lazy("Debt"), required=False)
    corrected = money_box.MoneyBox(
        label=gettext_lazy("Take off the balance"),
        help_text=gettext_lazy("In the debt's currency. Empty where nothing has to be corrected in the ledger."),
    )
    entry = forms.ChoiceField(
        label=gettext_lazy("Or take back one entry"),
        required=False,
        help_text=gettext_lazy("One that was booked wrongly. It stays in the ledger, with its reversal beside it."),
    )
    why = forms.CharField(
        label=gettext_lazy("Reason, as the person will read it"),
        max_length=thread.LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("What was checked, what was found, which papers show it, what happens next."),
    )
    proof = forms.BooleanField(
        label=gettext_lazy("Proof of what stands goes to the person with this answer"),
        required=False,
        help_text=gettext_lazy("Write in the reason which papers, and send them before or with it."),
    )

    def __init__(self, *args: Any, debts: list[Debt], entries: list[LedgerEntry], clock: disputes.Clock, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not clock.proof_is_owed:
            del self.fields["proof"]
        self.entries = {str(entry.pk): entry for entry in entries}
        named = [(key, entry_words(entry, several=len(debts) > 1)) for key, entry in self.entries.items()]
        self.fields["entry"].choices = [("", _("No entry")), *named]
        self.debts = {str(debt.pk): debt for debt in debts}
        self.fields["debt"].choices = [
            (key, f"{debt.debt_ref} · {debt.creditor.name}") for key, debt in self.debts.items()
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        entry = values["reverses"] = self.entries.get(values.get("entry", ""))
        chosen = entry.debt if entry else self.debts.get(values.get("debt", ""))
        debt = values["chosen"] = chosen or next(iter(self.debts.values()))
        values["minus"] = None
        if text := values.get("corrected"):
            try:
                values["minus"] = money_box.read(text, debt.currency)
            except forms.ValidationError as problem:
                self.add_error("corrected", problem)
            if entry and "corrected" not in self.errors:
                self.add_error("corrected", _("Take off an amount, or take back an entry: one of the two."))
        if values.get("result") == Outcome.Result.NOT_UPHELD and (text or entry):
            self.add_error("corrected" if text else "entry", _("Where the amount stands, nothing is taken off."))
        return values


def entry_words(entry: LedgerEntry, *, several: bool = False) -> str:
    """An entry in one line: its day, what it is and how much, and where it is one of several debts, of which."""
    said = [
        day(entry.effective_on),
        str(sheets.KINDS[entry.kind]),
        money(Money(entry.amount_minor, entry.debt.currency)),
    ]
    return " · ".join([*said, *filter(None, [entry.description[:40], entry.debt.debt_ref if several else ""])])
