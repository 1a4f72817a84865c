"""P11: where I stand, what I owe, and the five doors."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import days, names
from accounts.money import Money
from portal import formats
from portal.access import helper_may, needs_level_1, rights_of
from portal.pages import amounts, next_payment, standing
from portal.pages.doors import doors
from portal.templatetags.words import page_language


@require_safe
@needs_level_1
@helper_may("see")
def home(request: HttpRequest) -> HttpResponse:
    debtor, language, may = request.debtor, page_language(), rights_of(request)
    debts = standing.debts_and_replies(debtor)
    mine = standing.of(debts, debtor=debtor, region=request.region, now=request.now)
    today = days.today_in(debtor.time_zone, request.now)
    first = standing.first(mine)
    context = {
        "here": "home",
        "hello": _("Hello %(name)s") % {"name": names.masked(debtor.name, request.region)},
        "status": first.words if first else _("You have nothing to pay"),
        "next": next_payment.sentence(first, region=request.region, hidden=debtor.hide_amounts, now=request.now),
        "owed": totals(mine, hidden=debtor.hide_amounts, region=request.region),
        "as_of": _("As of %(date)s") % {"date": formats.day(today, language, request.region)},
        "one": len(mine) == 1,
        "details": reverse("account", args=[mine[0].debt.pk]) if len(mine) == 1 else reverse("accounts"),
        "hidden": debtor.hide_amounts,
        "in_credit": in_credit(mine, hidden=debtor.hide_amounts, region=request.region),
        "doors": doors(first, rights=may),
        "news": news(mine, request.now) if "agree" in may else [],
        "call": call_to_come(debts, request) if request.helper is None else "",
        "replied": "talk" in may and any(one.debt.answered for one in mine),
    }
    return render(request, "pages/home.html", context)


def totals(mine: list[standing.Standing], *, hidden: bool, region: str) -> list[dict[str, str]]:
    """What is owed in all, one amount for each currency; currencies are never added together.

    Where some of it is being checked, also how much, and what rest there is: the two make up the whole.
    """
    by_currency: dict[str, tuple[Money, Money]] = {}
    for one in mine:
        if one.owed:
            nothing = Money.zero(one.debt.currency)
            owed, checked = by_currency.get(one.debt.currency, (nothing, nothing))
            by_currency[one.debt.currency] = owed + one.debt.balance, checked + one.checked
    found = []
    for _code, (owed, checked) in sorted(by_currency.items()):
        told = {"all": owed, "checked": checked, "rest": owed - checked} if checked.minor else {"all": owed}
        shown = {
            name: amounts.shown(money, hidden=hidden, region=region) for name, money in told.items() if money.minor
        }
        found.append(shown)
    return found


def in_credit(mine: list[standing.Standing], *, hidden: bool, region: str) -> list[tuple[str, str]]:
    """Who holds a credit of this person's, and how much."""
    return [
        (one.debt.creditor.name, amounts.shown(-one.debt.balance, hidden=hidden, region=region))
        for one in mine
        if one.debt.balance_minor < 0
    ]


def call_to_come(debts: list, request: HttpRequest) -> str:
    """The hour in which we call, where the person asked for it."""
    if not debts or debts[0].call_from is None:
        return ""
    hours = (debts[0].call_from, debts[0].call_until)
    return formats.hours(*hours, page_language(), request.debtor.time_zone, request.region)


def news(mine: list[standing.Standing], now: datetime) -> list[tuple[str, str]]:
    """What there is to read: suggestions, and how things are after a pause; both are for who may agree. A reply is a
    button beside them, since reading it is noted.
    """
    over = any(one.owed and standing.pause_just_over(one.ever, now) for one in mine)
    asked = [(_("Your pause has ended. How are things now?"), reverse("pause"))] if over else []
    return asked + [
        (_("We have a suggestion for you"), reverse("plan_offer", args=[one.debt.pk, one.suggestion.number]))
        for one in mine
        if one.suggestion
    ]
