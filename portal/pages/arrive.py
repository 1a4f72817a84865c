"""P01: a link from a message opens here. Opening spends nothing, shows nothing personal and changes nothing."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import links
from accounts.models import Link
from portal import arrival
from portal.access import needs_link, open_to_all
from portal.forms import see_other
from portal.pages import errors
from portal.pages.language import keep_language
from portal.sign_in import limits


@open_to_all
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Remember by a signed cookie which link was opened, and go on to an address without the token."""
    token = links.token_from(token)
    if not token:
        raise Http404
    link = links.find(secret=token, kind=Link.Kind.TOKEN, now=request.now)
    if limits.flooded(link.token_hash if link else limits.address(request), request):
        return errors.too_many(request)
    if link is None:
        return errors.gone(request)
    response = see_other(reverse("arrive"))
    arrival.remember(response, kind=Link.Kind.TOKEN, token_hash=link.token_hash)
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        keep_language(response, link.language)
    return response


@needs_link
@require_safe
def arrive(request: HttpRequest) -> HttpResponse:
    if request.arrival.link is None and not request.arrival.by_reference:
        return errors.gone(request)
    return render(request, "pages/arrive.html", {"level": 0})
