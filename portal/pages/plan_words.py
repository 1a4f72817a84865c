"""What the steps of a plan say alike: rhythms, offers as cards, schedules as rows."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plans.models import Offer
from plans.negotiation import Label
from plans.offers import number_of_staff
from plans.schedule import FREQUENCY_WORDS
from plans.terms import Terms
from portal import formats
from portal.pages.plan_flow import Flow
from portal.templatetags.words import page_language

LABELS = {
    Label.SMALLEST: gettext_lazy("Smallest each time"),
    Label.SOONEST: gettext_lazy("Finishes soonest"),
    Label.LOWEST: gettext_lazy("Lowest total"),
}


def rows(terms: Terms, region: str) -> list[dict]:
    """The payments of a plan: number, day, amount, and whether banks moved the day."""
    language = page_language()
    return [
        {
            "number": one.number,
            "day": formats.short_day(one.due_on, language),
            "amount": one.amount.format(language, region),
            "moved": one.moved,
        }
        for one in terms.instalments
    ]


def suggestion_url(offer: Offer) -> str:
    """Where staff's suggestion is read. One query."""
    number = number_of_staff(offer.debt_id, offer.created_at, offer.pk).get()["counted"]
    return reverse("plan_offer", args=[offer.debt_id, number])


def facts(terms: Terms, region: str) -> list[tuple[str, str]]:
    """The same few facts of any plan, in the same order everywhere."""
    language = page_language()
    found = [
        (_("Each time"), terms.instalment.format(language, region)),
        (_("How often"), str(FREQUENCY_WORDS[terms.frequency]) if terms.count > 1 else _("One payment")),
        (_("How many payments"), str(terms.count)),
        (_("First payment"), formats.day(terms.first_on, language, region)),
        (_("Last payment"), formats.day(terms.last_on, language, region)),
        (_("In all"), terms.total.format(language, region)),
    ]
    if terms.discount.minor:
        found.append((_("Taken off"), terms.discount.format(language, region)))
    return found


def card(flow: Flow, offer: Offer, *, opened: bool) -> dict:
    """One offer as P18 shows it."""
    terms = Terms.from_json(offer.terms)
    return {
        "id": str(offer.pk),
        "terms": terms,
        "title": _("%(amount)s each time") % {"amount": flow.money(terms.instalment)}
        if terms.count > 1
        else _("%(amount)s at once") % {"amount": flow.money(terms.total)},
        "labels": [str(LABELS[label]) for label in offer.labels],
        "facts": facts(terms, flow.region)[2:],
        "reasons": flow.say(one for one in offer.reasons if one["code"] not in {"fits", "days_moved"}),
        "rows": rows(terms, flow.region) if opened else None,
    }
