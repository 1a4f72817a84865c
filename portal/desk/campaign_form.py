"""The form of a campaign: whom it is for, what is said, by which channels, between which hours."""

from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ContactPoint, Creditor, Debt
from accounts.money import CURRENCIES, AmountError, parse_typed
from portal.contact.campaigns.choosing import Filters
from portal.contact.wordings import NAMES
from portal.forms import PageForm

LONGEST: Final = timedelta(days=14)  # as long as a personal link lives
FARTHEST: Final = 1  # years; a day of the year 9999 has no instant in every zone
OF_BROWSERS, WRITTEN = "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"  # by their calendar, and by hand where they have none
WORDINGS: Final = [(one.name, one.title) for one in NAMES.values() if one.purpose == "reminder"]
PLANS: Final = [
    ("", gettext_lazy("With or without a plan")),
    ("none", gettext_lazy("Without a running plan")),
    ("running", gettext_lazy("With a running plan")),
]
BOXES: Final = {"inputmode": "numeric", "size": "8"}


def _days(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=0, max_value=20_000, required=False, widget=forms.TextInput(attrs=BOXES)
    )


def _instant(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        input_formats=[OF_BROWSERS, WRITTEN],
        widget=forms.DateTimeInput(format=OF_BROWSERS, attrs={"type": "datetime-local"}),
        error_messages={"invalid": gettext_lazy("Write day and time as 2026-12-31 14:05.")},
    )


class HoursForm(PageForm):
    """Name, words and hours: all that a follow-up asks for. Instants are read where the creditor is."""

    name = forms.CharField(label=gettext_lazy("Name of the campaign"), max_length=80)
    wording = forms.ChoiceField(label=gettext_lazy("What is said"), choices=WORDINGS)
    starts_at = _instant(gettext_lazy("From, where the creditor is"))
    ends_at = _instant(gettext_lazy("Until, where the creditor is"))

    def __init__(self, *args: Any, now: datetime, creditor: Creditor | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.now, self.of = now, creditor

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        creditor = self.of or values.get("creditor")
        starts, ends = values.get("starts_at"), values.get("ends_at")
        if creditor is None or starts is None or ends is None:
            return values
        zone = ZoneInfo(creditor.time_zone)
        starts, ends = starts.replace(tzinfo=zone), ends.replace(tzinfo=zone)
        if ends.year > self.now.year + FARTHEST:
            self.add_error("ends_at", self.fields["ends_at"].error_messages["invalid"])
            return values
        if ends <= self.now:
            self.add_error("ends_at", _("This is over already."))
        elif ends <= starts:
            self.add_error("ends_at", _("The end comes after the beginning."))
        elif ends - starts > LONGEST:
            self.add_error("ends_at", _("A campaign lasts two weeks at most."))
        return values | {"starts_at": starts, "ends_at": ends}


class CampaignForm(HoursForm):
    creditor = forms.ModelChoiceField(
        Creditor.objects.order_by("name"), label=gettext_lazy("creditor"), empty_label=gettext_lazy("Choose one")
    )
    overdue_from = _days(gettext_lazy("Overdue for at least, in days"))
    overdue_to = _days(gettext_lazy("Overdue for at most, in days"))
    currency = forms.CharField(label=gettext_lazy("currency"), max_length=3, required=False)
    balance_from = forms.CharField(label=gettext_lazy("Balance at least"), max_length=20, required=False)
    balance_to = forms.CharField(label=gettext_lazy("Balance at most"), max_length=20, required=False)
    product = forms.ChoiceField(label=gettext_lazy("product"), required=False)
    plan = forms.ChoiceField(label=gettext_lazy("Plan"), choices=PLANS, required=False)
    quiet_days = _days(gettext_lazy("Not written to for, in days"))
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("By, in this order"),
        choices=ContactPoint.Channel.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("The first channel that may be used at once is taken for each person."),
    )
    field_order = (
        "name creditor overdue_from overdue_to currency balance_from balance_to product plan quiet_days wording"
        " channels starts_at ends_at"
    ).split()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        products = Debt.objects.order_by("product").values_list("product", flat=True).distinct()
        self.fields["product"].choices = [("", _("All"))] + [(name, name) for name in products if name]

    def clean_currency(self) -> str:
        currency = self.cleaned_data["currency"].strip().upper()
        if currency and currency not in CURRENCIES:
            raise ValidationError(_("Not a currency: write its three letters, for example TWD."))
        return currency

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for name in ("balance_from", "balance_to"):
            values[name] = self._minor(name, values)
        for least, most in (("overdue_from", "overdue_to"), ("balance_from", "balance_to")):
            if values.get(least) is not None and values.get(most) is not None and values[least] > values[most]:
                self.add_error(most, _("At most is not less than at least."))
        return values

    def _minor(self, name: str, values: dict[str, Any]) -> int | None:
        typed = values.get(name)
        if not typed:
            return None
        currency = values.get("currency")
        if not currency:
            self.add_error("currency", _("A balance needs its currency."))
            return None
        try:
            return parse_typed(typed, currency).minor
        except AmountError:
            self.add_error(name, _("Write an amount in %(currency)s, for example 500") % {"currency": currency})
            return None

    def filters(self) -> Filters:
        names = "overdue_from overdue_to currency balance_from balance_to product plan quiet_days".split()
        return Filters(**{name: self.cleaned_data[name] for name in names})
