"""The hide-amounts switch of P11 to P13: kept with the person, so that it holds on every device."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts import preferences
from portal.access import internal_path, needs_level_1
from portal.forms import see_other


@require_POST
@needs_level_1
def hide_amounts(request: HttpRequest) -> HttpResponse:
    """Swap amounts for dots or back. The page that asked is shown again; htmx takes its main part from it."""
    hide = request.POST.get("hide") == "1"
    preferences.change(debtor=request.debtor, hide_amounts=hide, by=request.actor, now=request.now)
    return see_other(internal_path(request.POST.get("next", "")) or reverse("home"))
