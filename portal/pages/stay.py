"""The note before a visit ends (W87): one press carries on. The middleware notes the activity of every request."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from portal.access import needs_level_1
from portal.forms import see_other


@require_POST
@needs_level_1
def stay(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204) if request.htmx else see_other(reverse("home"))
