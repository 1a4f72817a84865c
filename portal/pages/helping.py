"""Where a helper arrives: whom they help, until when, what they may do, and whom else they help."""

import uuid
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import days, helper, names
from accounts.models import Debtor, Helper
from portal import formats
from portal.access import ANY, helper_may, needs_level_1
from portal.forms import see_other
from portal.sign_in import entry
from portal.templatetags.words import page_language


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may(ANY)
def helping(request: HttpRequest) -> HttpResponse:
    if request.helper is None:
        return redirect("home")
    if request.method == "POST":
        return _change_over(request)
    others = helper.others(request.helper, request.now)
    context = {
        "here": "helping",
        "until": last_day(request.helper, debtor=request.debtor, region=request.region),
        "doors": _doors(request.helper),
        "others": [(one.pk, names.masked(one.debtor.name, request.region)) for one in others],
    }
    return render(request, "pages/helping.html", context)


def last_day(of: Helper, *, debtor: Debtor, region: str) -> str:
    """The last day of the rights, where the person helped lives."""
    last = days.today_in(debtor.time_zone, of.expires_at - timedelta(seconds=1))
    return formats.day(last, page_language(), region)


def _doors(of: Helper) -> list[tuple[str, str]]:
    doors = {
        "see": (_("See the matter and its papers"), reverse("home")),
        "talk": (_("Read and write messages"), reverse("talk")),
        "agree": (_("Make a plan"), reverse("plan_shape")),
        "pay": (_("Pay some or all now"), reverse("pay")),
    }
    rows = [doors[right] for right in doors if right in of.rights]
    if "talk" in of.rights:
        rows.append((_("Say that something is not right"), reverse("problem")))
    if "agree" in of.rights:
        rows.append((_("Pause for a while"), reverse("pause")))
    return rows


def _change_over(request: HttpRequest) -> HttpResponse:
    """Go over to another person: this visit ends altogether, and one at level 1 begins. No code, since the same contact
    has just confirmed one.
    """
    try:
        pk = uuid.UUID(request.POST.get("other", ""))
    except ValueError:
        raise Http404 from None
    other = helper.others(request.helper, request.now).filter(pk=pk).first()
    link = helper.way_of(other, request.now) if other else None
    if other is None or link is None:
        raise Http404
    user = helper.come_in(helper=other, now=request.now)
    if not entry.let_in(request, user=user, link=link):
        raise Http404
    return see_other(reverse("helping"))
