"""P13: how one amount came about, line by line, what happens next and what does not, and every entry."""

import uuid
from datetime import date

from django.db.models import BigIntegerField, DateField, Q, QuerySet, UUIDField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import breakdown, days, limitation, rules
from accounts.models import Debt, LedgerEntry
from accounts.money import Money
from accounts.prepared import Prepared
from portal import formats
from portal.access import helper_may, needs_level_1, rights_of
from portal.documents import sheets
from portal.pages import amounts, standing
from portal.pages.accounts import ending
from portal.pages.doors import doors
from portal.payments import transfer
from portal.templatetags.words import page_language

ON_A_PAGE = 20


def _newest(debt) -> QuerySet:
    found = LedgerEntry.objects.filter(debt=debt).order_by("-effective_on", "-id")
    return found.values_list("id", "effective_on", "kind", "amount_minor", "description")


def _older(debt, day, last) -> QuerySet:
    after = Q(effective_on=day, id__lt=last) | Q(effective_on__lt=day)
    return _newest(debt).filter(after, effective_on__lte=day)


_NEWEST = Prepared(lambda debt: _newest(debt)[: ON_A_PAGE + 1], debt=UUIDField())
_OLDER = Prepared(
    lambda debt, day, last: _older(debt, day, last)[: ON_A_PAGE + 1],
    debt=UUIDField(),
    day=DateField(),
    last=BigIntegerField(),
)


@require_safe
@needs_level_1
@helper_may("see")
def account(request: HttpRequest, debt_id: uuid.UUID) -> HttpResponse:
    debtor, language, region = request.debtor, page_language(), request.region
    hidden = debtor.hide_amounts
    debt = own_debt(request, debt_id)
    (one,) = standing.of([debt], debtor=debtor, region=region, now=request.now)
    today = days.today_in(debt.creditor.time_zone, request.now)
    law = rules.law_for(debt.creditor.region, today)
    old = limitation.looks_old(debt, law, today)
    sums = breakdown.of(debt, last_payment=old)
    rows, older = entries(debt, request.GET.get("before", ""), hidden=hidden, region=region)
    context = {
        "here": "home",
        "debt": debt,
        "ending": ending(debt.debt_ref),
        "words": one.words,
        "lines": lines(sums, hidden=hidden, region=region),
        "rest": amounts.rest(debt, hidden=hidden, region=region),
        "now": amounts.shown(sums.now, hidden=hidden, region=region),
        "today": formats.day(today, language, region),
        "opened": formats.day(debt.opened_on, language, region) if debt.opened_on else "",
        "interest_stopped": interest_stopped(one, language, region),
        "next": what_next(one),
        "too_old": old and limitation.still_too_old(law, last_paid_on=sums.last_paid_on, today=today),
        "pay": transfer.details(debt) if one.owed and one.state != "checking" else None,
        "doors": doors(one, rights=rights_of(request), debt_id=str(debt.pk)),
        "rows": rows,
        "older": older,
        "hidden": hidden,
    }
    return render(request, "pages/account.html", context)


def own_debt(request: HttpRequest, debt_id: uuid.UUID) -> Debt:
    """The person's own debt; Http404 for anybody else's, the same as for none."""
    debt = standing.debt_of(request.debtor, debt_id)
    if debt is None:
        raise Http404
    return debt


def lines(sums: breakdown.Breakdown, *, hidden: bool, region: str) -> list[tuple[str, str]]:
    """The sum as it is added up. Start and payments are always there, the rest where there is something to say."""
    always = {"opening", "paid"}
    named = (
        ("opening", _("Started at"), sums.opening),
        ("interest", _("Interest"), sums.interest),
        ("fees", _("Fees"), sums.fees),
        ("charges", _("Other charges"), sums.charges),
        ("paid", _("Payments and credits"), sums.paid),
        ("corrections", _("Corrections"), sums.corrections),
    )
    return [
        (words, amounts.shown(total, hidden=hidden, region=region, sign=key != "opening"))
        for key, words, total in named
        if total.minor or key in always
    ]


def entries(debt: Debt, before: str, *, hidden: bool, region: str) -> tuple[list[dict], str]:
    """One page of the ledger, newest first, and the key of the next page: found by key, however long the ledger is."""
    if before:
        day, last = _key(before)
        rows = _OLDER(debt=debt.pk, day=day, last=last)
    else:
        rows = _NEWEST(debt=debt.pk)
    older = f"{rows[ON_A_PAGE - 1][1].isoformat()}.{rows[ON_A_PAGE - 1][0]}" if len(rows) > ON_A_PAGE else ""
    words, language = {kind: str(label) for kind, label in sheets.KINDS.items()}, page_language()
    return [
        {
            "day": formats.short_day(day, language),
            "kind": words[kind],
            "description": description,
            "amount": amounts.shown(Money(minor, debt.currency), hidden=hidden, region=region),
        }
        for _id, day, kind, minor, description in rows[:ON_A_PAGE]
    ], older


def _key(before: str) -> tuple[date, int]:
    day, _dot, last = before.partition(".")
    if not (last.isascii() and last.isdigit() and len(last) < 19):
        raise Http404
    try:
        return date.fromisoformat(day), int(last)
    except ValueError:
        raise Http404 from None


def interest_stopped(one: standing.Standing, language: str, region: str) -> str:
    """Since when no interest is added, where a hold stops it."""
    since = min((hold.from_at for hold in one.holds if hold.stops_interest), default=None)
    if since is None:
        return ""
    day = days.today_in(one.debt.creditor.time_zone, since)
    return _("No interest is added since %(date)s") % {"date": formats.day(day, language, region)}


def what_next(one: standing.Standing) -> list[str]:
    """What happens if nothing is done, and what does not, in plain sentences without a threat."""
    nothing_taken = _("Nothing is taken from you, and nothing is agreed, until you confirm it.")
    if one.state in {"checking", "paused"}:
        return [_("We do not send reminders about this account now."), nothing_taken]
    if one.state == "running":
        return [_("Your plan goes on as agreed. You can change it or stop it at any time."), nothing_taken]
    if one.state in standing.NOTHING_OWED:
        return [_("There is nothing you need to do.")]
    if one.state in standing.READ_ONLY:
        return [_("You can read everything here and take your papers with you.")]
    return [
        _("If you do nothing today, we may send you another reminder. You can pause reminders at any time."),
        nothing_taken,
    ]
