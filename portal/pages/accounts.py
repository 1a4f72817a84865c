"""P12: every account of the person, one card each; what is finished stays, under its own heading."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts import products
from accounts.models import Debt
from portal.access import helper_may, needs_level_1
from portal.pages import amounts, home, standing


@require_safe
@needs_level_1
@helper_may("see")
def accounts(request: HttpRequest) -> HttpResponse:
    debtor, region, hidden = request.debtor, request.region, request.debtor.hide_amounts
    mine = standing.of(standing.debts_of(debtor), debtor=debtor, region=region, now=request.now)
    if len(mine) == 1:
        return redirect("account", mine[0].debt.pk)
    context = {
        "here": "home",
        "owed": home.totals(mine, hidden=hidden, region=region),
        "open": [_card(one, hidden=hidden, region=region) for one in mine if one.state not in standing.FINISHED],
        "finished": [_card(one, hidden=hidden, region=region) for one in mine if one.state in standing.FINISHED],
        "hidden": hidden,
    }
    return render(request, "pages/accounts.html", context)


def _card(one: standing.Standing, *, hidden: bool, region: str) -> dict:
    """What a card shows: plain name, whose it is, the end of its reference, the amount, a word for its state.

    The state says when all of it is being checked; `part` when a part is.
    """
    part = one.debt.balance - one.debt.payable
    return {
        "id": one.debt.pk,
        "name": products.shown(one.debt.product),
        "creditor": one.debt.creditor.name,
        "ending": ending(one.debt.debt_ref),
        "amount": amounts.shown(one.debt.balance, hidden=hidden, region=region),
        "words": one.words,
        "part": amounts.plain(part, hidden=hidden, region=region) if part.minor else "",
    }


def ending(reference: str) -> str:
    """The last four signs of an account's reference."""
    return reference[-4:]


def named(debt: Debt) -> str:
    """One account among several, as a choice says it."""
    return f"{products.shown(debt.product)} · {debt.creditor.name} · {ending(debt.debt_ref)}"
