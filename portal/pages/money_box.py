"""A box for an amount: typed as people type, refused with a sentence that says what is wrong."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.money import AmountError, Money, parse_typed

SENTENCES = {
    "empty": _("Enter an amount, for example 500"),
    "zero": _("Enter an amount, for example 500"),
    "negative": _("Enter an amount without a minus sign"),
    "letters": _("Use numbers only, for example 500"),
    "exponent": _("Use numbers only, for example 500"),
    "full_width": _("Use numbers only, for example 500"),
    "currency_sign": _("Leave out the currency sign. Use numbers only"),
    "grouping": _("Use numbers only, for example 500"),
    "leading_zero": _("Start with a number other than 0"),
    "too_large": _("This number is too long"),
    "not_a_number": _("Use numbers only, for example 500"),
}


def read(text: str, currency: str, *, allow_zero: bool = False) -> Money:
    """The amount that was typed. Raises ValidationError with a sentence for the person."""
    try:
        return parse_typed(text, currency, allow_zero=allow_zero)
    except AmountError as error:
        raise forms.ValidationError(sentence(error), code=error.code) from None


def sentence(error: AmountError) -> str:
    """What is wrong with what was typed, in one sentence."""
    if error.code == "too_many_decimals":
        if error.decimals == 0:
            return gettext("Enter a whole amount, without decimals")
        return gettext("Use at most %(n)s numbers after the point") % {"n": error.decimals}
    return str(SENTENCES.get(error.code, SENTENCES["not_a_number"]))


class MoneyBox(forms.CharField):
    """The text as typed; the view reads it with `read`, because only the debt knows the currency."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **kwargs):
        super().__init__(**{"required": False, "strip": True} | kwargs)
