"""The hide-amounts switch of P11 to P13: kept with the person, so that it holds on every device."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.models import Debtor
from portal.access import internal_path, needs_level_1
from portal.forms import see_other


@require_POST
@needs_level_1
def hide_amounts(request: HttpRequest) -> HttpResponse:
    """Swap amounts for dots or back. The page that asked is shown again; htmx takes its main part from it."""
    Debtor.objects.filter(pk=request.debtor.pk).update(hide_amounts=request.POST.get("hide") == "1")
    return see_other(back_to(request))


def back_to(request: HttpRequest) -> str:
    """The page of this site that the form came from; home for anything else."""
    return internal_path(request.POST.get("next", "")) or reverse("home")
