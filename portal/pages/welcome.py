"""P10: before you look. Shown once, after the first time the facts were confirmed."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Debtor
from portal.access import needs_level_1, rights_of
from portal.pages import standing
from portal.pages.doors import doors


def first_page(debtor: Debtor, *, now: datetime) -> str:
    """Where someone who just confirmed goes: here the first time, home ever after."""
    fresh = Debtor.objects.filter(pk=debtor.pk, welcomed_at=None).update(welcomed_at=now)
    return reverse("welcome" if fresh else "home")


@needs_level_1
@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """What can be done stands here already, without any amount: nobody has to look at one first."""
    debts = standing.debts_and_replies(request.debtor)
    mine = standing.of(debts, debtor=request.debtor, region=request.region, now=request.now)
    return render(request, "pages/welcome.html", {"doors": doors(standing.first(mine), rights=rights_of(request))})
