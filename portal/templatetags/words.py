"""Template filters: money, days and names, in the language of the page. Loaded in every template."""

from datetime import date, datetime

from django import template
from django.utils.translation import get_language, gettext, gettext_noop

from accounts import hong_kong, products
from accounts.money import Money
from accounts.rules import Signpost
from portal import formats

register = template.Library()

HTML_LANG = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}  # as the attribute `lang` is written


def page_language() -> str:
    """The language of the page: zh-hans, zh-hant or en."""
    language = hong_kong.plain(get_language() or "en")
    return language if language in HTML_LANG else "en"


def page_tag() -> str:
    """The same as the attribute `lang` has it; in Hong Kong with its region, for whose signs a font is drawn."""
    return "zh-Hant-HK" if get_language() == hong_kong.LANGUAGE else HTML_LANG[page_language()]


LABEL_SUFFIX = gettext_noop(":")  # Django's own, behind the labels of its forms: its zh-Hans has the half-width sign


@register.simple_tag
def colon() -> str:
    """What stands between a label and its value: in Chinese a sign of its own, without a space."""
    return gettext("%(label)s: ") % {"label": ""}


@register.filter
def money(value: Money, region: str = "") -> str:
    if not isinstance(value, Money):
        raise TypeError(f"{value!r} is not Money; a number without its currency is never shown.")
    return value.format(page_language(), region)


@register.filter
def day(value: date, region: str = "") -> str:
    return formats.day(value, page_language(), region)


@register.filter
def short_day(value: date) -> str:
    return formats.short_day(value, page_language())


@register.filter
def when(value: datetime, time_zone: str = "UTC") -> str:
    return formats.when(value, page_language(), time_zone)


@register.filter
def product(value: str) -> str:
    """What a debt is called, in the language of the page where it is a well-known kind."""
    return products.shown(value)


@register.filter
def signpost(value: Signpost) -> str:
    """The name of a free body to turn to, in the language of the page."""
    return value.words(page_language())
