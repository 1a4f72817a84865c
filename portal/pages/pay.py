"""P24 in its first form, how to pay today: whose account, which reference. The money arrives by the creditor's file."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import days, limitation
from portal.access import helper_may, needs_level_1
from portal.pages import amounts, standing
from portal.payments import transfer

NOT_HERE = standing.READ_ONLY | standing.NOTHING_OWED


@require_safe
@needs_level_1
@helper_may("pay")
def pay(request: HttpRequest) -> HttpResponse:
    debtor, region = request.debtor, request.region
    mine = standing.of(standing.debts_of(debtor), debtor=debtor, region=region, now=request.now)
    payable = [one for one in mine if one.state not in NOT_HERE]
    asked = [one for one in payable if str(one.debt.pk) == request.GET.get("debt")]
    today = days.today_in(debtor.time_zone, request.now)
    warned = limitation.to_warn_about([one.debt for one in payable], by=request.actor, today=today)
    context = {
        "here": "home",
        "ways": [
            {
                "debt": one.debt,
                "amount": amounts.shown(one.debt.balance, hidden=debtor.hide_amounts, region=region),
                "rest": amounts.rest(one.debt, hidden=debtor.hide_amounts, region=region),
                "checking": one.state == "checking",
                "warn": one.debt.pk in warned,
                "pay": transfer.details(one.debt),
            }
            for one in asked or payable
        ],
    }
    return render(request, "pages/pay.html", context)
