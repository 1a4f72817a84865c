from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Debtor, LedgerEntry
from plans.models import Instalment

FILLER = "A service where you can look, ask and decide at your own pace, for as long as you need. "


def page(request: HttpRequest, filler: int) -> HttpResponse:
    """One session look-up, three queries, and so much text more that the page is as large as its counterpart."""
    debtor = Debtor.objects.get(pk=request.session["debtor"])
    entries = LedgerEntry.objects.filter(debt=request.session["debt"]).order_by("-effective_on", "-id")[:20]
    instalments = Instalment.objects.filter(plan__debt=request.session["debt"]).order_by("number")[:6]
    text = (FILLER * (filler // len(FILLER) + 1))[:filler]
    context = {"debtor": debtor, "entries": entries, "instalments": instalments, "text": text}
    return render(request, "floor.html", context)
