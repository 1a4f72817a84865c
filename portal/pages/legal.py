"""P09: privacy, cookies, accessibility and terms, one page each."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access import open_to_all

PAGES = ("privacy", "cookies", "accessibility", "terms")


@open_to_all
@require_safe
def legal(request: HttpRequest, page: str) -> HttpResponse:
    if page not in PAGES:
        raise Http404
    return render(request, f"pages/legal/{page}.html", {"page": page})
