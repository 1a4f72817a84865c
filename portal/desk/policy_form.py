"""The form of a policy's version, as people write it: amounts in units, shares in per cent, lists with commas."""

import hashlib
import json
import uuid
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Creditor
from accounts.money import CURRENCIES, AmountError, Money, parse_typed
from plans.models import PolicyVersion
from plans.schedule import FREQUENCY_WORDS

FREQUENCIES = [(one.value, words) for one, words in FREQUENCY_WORDS.items()]
SAME = (
    "shortest_months longest_months latest_start_days frequencies settlement_ladder budget_over_months"
    " person_over_months rounds offer_days grace_days breaks_after_missed pause_days pauses_per_year interest_runs"
).split()


def _whole(label: Any, least: int, most: int, **values: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, **values)


class PolicyForm(forms.Form):
    use_required_attribute = False

    creditor = forms.ModelChoiceField(Creditor.objects.all(), label=gettext_lazy("creditor"))
    currency = forms.CharField(label=gettext_lazy("currency"), max_length=3)
    starts_on = forms.DateField(
        label=gettext_lazy("starts on"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"placeholder": "2026-12-01"}),
        error_messages={"invalid": gettext_lazy("Write the day as 2026-12-31.")},
    )
    shortest_months = _whole(gettext_lazy("shortest term in months"), 1, 120)
    longest_months = _whole(gettext_lazy("longest term in months"), 1, 120)
    smallest_instalment = forms.CharField(label=gettext_lazy("smallest instalment"), max_length=20)
    down_payment = _whole(gettext_lazy("first payment, per cent of the balance"), 0, 100)
    latest_start_days = _whole(gettext_lazy("latest first payment, in days from today"), 1, 365)
    frequencies = forms.MultipleChoiceField(
        label=gettext_lazy("frequencies"), choices=FREQUENCIES, widget=forms.CheckboxSelectMultiple
    )
    settlement_ladder = forms.CharField(
        label=gettext_lazy("reduced payment: payments at most, per cent off"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("For example 1: 30, 6: 15. Empty where nothing is let go."),
    )
    ask_share = _whole(gettext_lazy("per cent of what is left that may be asked"), 1, 100)
    token_payment = forms.CharField(label=gettext_lazy("token payment"), max_length=20, required=False)
    budget_over_months = _whole(gettext_lazy("ask for a budget when the term is longer than, in months"), 0, 600)
    person_over = forms.CharField(
        label=gettext_lazy("a person decides when the balance is over"), max_length=20, required=False
    )
    person_over_months = _whole(
        gettext_lazy("a person decides when the term is over, in months"), 1, 600, required=False
    )
    rounds = _whole(gettext_lazy("rounds before a person looks"), 1, 20)
    offer_days = _whole(gettext_lazy("days an offer stays open"), 14, 90)
    grace_days = _whole(gettext_lazy("grace days"), 0, 60)
    breaks_after_missed = _whole(gettext_lazy("missed payments that end a plan"), 1, 12)
    pause_days = forms.CharField(
        label=gettext_lazy("pause lengths in days"), max_length=60, help_text=gettext_lazy("For example 14, 30, 60")
    )
    pauses_per_year = _whole(gettext_lazy("pauses in a year"), 0, 12)
    interest_runs = forms.BooleanField(label=gettext_lazy("interest goes on during a plan"), required=False)
    tried = forms.CharField(required=False, widget=forms.HiddenInput)  # the seal of what was shown before

    def clean_currency(self) -> str:
        currency = self.cleaned_data["currency"].strip().upper()
        if currency not in CURRENCIES:
            raise ValidationError(_("Not a currency: write its three letters, for example TWD."))
        return currency

    def clean_pause_days(self) -> list[int]:
        return sorted(set(self._numbers(self.cleaned_data["pause_days"].split(","), most=366)))

    def clean_settlement_ladder(self) -> list[list[int]]:
        ladder = []
        for rung in filter(str.strip, self.cleaned_data["settlement_ladder"].split(",")):
            most, _colon, off = rung.partition(":")
            count, percent = self._numbers([most, off], most=99)
            ladder.append([count, percent * 100])
        counts = [count for count, _off in ladder]
        if len(set(counts)) != len(counts):
            raise ValidationError(_("Each number of payments once."))
        return sorted(ladder)

    @staticmethod
    def _numbers(parts: list[str], *, most: int) -> list[int]:
        found = [part.strip() for part in parts]
        if not all(part.isascii() and part.isdigit() and 0 < int(part[:9]) <= most for part in found):
            raise ValidationError(_("Whole numbers from 1 to %(most)s, with commas between them.") % {"most": most})
        return [int(part) for part in found]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        currency = values.get("currency")
        if currency:
            for name in ("smallest_instalment", "token_payment", "person_over"):
                self._amount(name, currency)
        if values.get("shortest_months", 0) > values.get("longest_months", 999):
            self.add_error("longest_months", _("The longest term is not shorter than the shortest."))
        return values

    def _amount(self, name: str, currency: str) -> None:
        text = self.cleaned_data.get(name, "")
        if not text:
            return
        try:
            self.cleaned_data[name] = parse_typed(text, currency).minor
        except AmountError:
            self.add_error(name, _("Write an amount in %(currency)s, for example 500") % {"currency": currency})

    def columns(self) -> dict[str, Any]:
        """The values as columns of PolicyVersion, beside creditor, currency and day."""
        given = self.cleaned_data
        return {name: given[name] for name in SAME} | {
            "smallest_instalment_minor": given["smallest_instalment"],
            "down_payment_bp": given["down_payment"] * 100,
            "ask_share_bp": given["ask_share"] * 100,
            "token_payment_minor": given["token_payment"] or None,
            "person_over_minor": given["person_over"] or None,
        }

    def seal(self, by: uuid.UUID) -> str:
        """Stands for exactly these values, shown to this person: only what was tried can be kept."""
        about = [str(self.cleaned_data[name]) for name in ("creditor", "currency", "starts_on")]
        text = json.dumps([str(by), self.cleaned_data["creditor"].pk.hex, about, self.columns()], sort_keys=True)
        return signing.Signer(salt="policy").signature(hashlib.sha256(text.encode()).hexdigest())

    @classmethod
    def initial_of(cls, version: PolicyVersion) -> dict[str, Any]:
        """A version as this form writes it: the start of the next one."""

        def units(minor: int | None) -> str:
            return Money(minor, version.currency).as_text() if minor is not None else ""

        values = {name: getattr(version, name) for name in cls.base_fields if hasattr(version, name)}
        return values | {
            "smallest_instalment": units(version.smallest_instalment_minor),
            "token_payment": units(version.token_payment_minor),
            "person_over": units(version.person_over_minor),
            "down_payment": version.down_payment_bp // 100,
            "ask_share": version.ask_share_bp // 100,
            "pause_days": ", ".join(map(str, version.pause_days)),
            "settlement_ladder": ", ".join(f"{most}: {off // 100}" for most, off in version.settlement_ladder),
        }
