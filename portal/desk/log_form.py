"""The form for a call, letter or visit that staff made, or that the person began."""

from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import rules
from accounts.models import Creditor, Debt
from accounts.rules import ContactLaw
from portal.contact import logged
from portal.contact.models import LoggedContact
from portal.forms import PageForm

LONGEST_AGO: Final = timedelta(days=31)
# Words that judge. A copy of the note goes to the person who asks for one.
JUDGING: Final = (
    "aggressive annoying careless dishonest excuse excuses hopeless irresponsible lazy liar lied lying rude scammer "
    "stupid unreliable unreasonable useless whining "
    "老赖 老賴 撒谎 說謊 说谎 骗子 騙子 懒 懶 无赖 無賴 恶意 惡意 狡猾 借口 藉口 态度恶劣 態度惡劣 不讲理 不講理"
).split()
# What the rule sets call their notices, in words.
NOTICES: Final = {
    "validation": gettext_lazy("Validation notice: what is owed, and how to say that it is not right"),
    "transfer": gettext_lazy("Notice that the account was passed on"),
    "before_agency": gettext_lazy("Notice before an agency takes over"),
    "before_bureau_report": gettext_lazy("Notice before a credit bureau is told"),
    "card_demand_letter": gettext_lazy("Formal letter of the card issuer"),
    "cca_86b": gettext_lazy("Notice of sums in arrears"),
    "cca_87": gettext_lazy("Default notice"),
}


class LogForm(PageForm):
    channel = forms.ChoiceField(label=gettext_lazy("How"), choices=LoggedContact.Channel.choices)
    about = forms.ChoiceField(label=gettext_lazy("About which debt"))
    inbound = forms.BooleanField(label=gettext_lazy("The person began it"), required=False)
    complaint = forms.BooleanField(label=gettext_lazy("It is a complaint about us"), required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("What came of it"), choices=LoggedContact.Outcome.choices)
    notice = forms.ChoiceField(
        label=gettext_lazy("If a letter was a notice that the law asks for: which"),
        required=False,
    )
    at = forms.DateTimeField(
        label=gettext_lazy("When, where the person is"),
        required=False,
        input_formats=["%Y-%m-%d %H:%M"],
        widget=forms.TextInput(attrs={"placeholder": "2026-12-31 14:05"}),
        help_text=gettext_lazy("Leave it empty for now."),
        error_messages={"invalid": gettext_lazy("Write day and time as 2026-12-31 14:05.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=logged.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "What was said and agreed, and what happens next. Facts, not opinions: the person can ask for a copy."
        ),
    )
    as_written = forms.BooleanField(label=gettext_lazy("Keep the note as it is written"), required=False)

    def __init__(self, *args: Any, debts: list[Debt], now: datetime, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.debts, self.now = {str(debt.pk): debt for debt in debts}, now
        self.creditors: dict[str, Creditor] = {f"all:{debt.creditor_id}": debt.creditor for debt in debts}
        of_each = [(key, f"{debt.debt_ref} · {debt.creditor.name}") for key, debt in self.debts.items()]
        of_all = [(key, _("All of %(creditor)s") % {"creditor": one.name}) for key, one in self.creditors.items()]
        self.fields["about"].choices = of_each if len(debts) == 1 else [*of_all, *of_each]
        self.judging: list[str] = []
        known = {notice.id for debt in debts for law in _laws(debt) for notice in law.notices}
        self.fields["notice"].choices = [("", _("No notice")), *((id, NOTICES[id]) for id in NOTICES if id in known)]
        if not known:
            del self.fields["notice"]

    def clean_at(self) -> datetime:
        typed = self.cleaned_data["at"]
        if typed is None:
            return self.now
        zone = ZoneInfo(next(iter(self.debts.values())).debtor.time_zone)
        at = typed.replace(tzinfo=None).replace(tzinfo=zone)
        if not self.now - LONGEST_AGO <= at <= self.now:
            raise forms.ValidationError(_("A time in the last 31 days, not one to come."))
        return at

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        channel, outcome = values.get("channel"), values.get("outcome")
        if channel and outcome and outcome not in logged.OUTCOMES[LoggedContact.Channel(channel)]:
            self.add_error("outcome", _("This does not come of that kind of contact."))
        by_letter = (channel, outcome) == (LoggedContact.Channel.POST, LoggedContact.Outcome.SENT)
        if values.get("notice") and (not by_letter or values.get("inbound")):
            self.add_error("notice", _("A notice is a letter that was sent."))
        words = "".join(sign if sign.isalpha() else " " for sign in values.get("note", "").casefold())
        ascii_words = set(words.split())
        self.judging = [one for one in JUDGING if (one in ascii_words if one.isascii() else one in words)]
        if self.judging and not values.get("as_written"):
            sentence = _("These words judge: %(words)s. Say what happened instead, or keep the note as it is.")
            self.add_error("note", sentence % {"words": ", ".join(self.judging)})
        return values

    @property
    def debt(self) -> Debt | None:
        """The debt it was about; None for all of the creditor's."""
        return self.debts.get(self.cleaned_data["about"])

    @property
    def creditor(self) -> Creditor:
        return self.debt.creditor if self.debt else self.creditors[self.cleaned_data["about"]]


def _laws(debt: Debt) -> tuple[ContactLaw, ...]:
    """The rule sets that bind the debt's creditor towards this person."""
    who, zones = {"actor": debt.creditor.actor, "creditor": debt.creditor.name}, [debt.debtor.time_zone]
    return rules.contact_laws(debt.creditor.region, **who, zones=zones, product=debt.product)
