"""P40 and the ways there: sign out, leave quickly."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_POST, require_safe

from portal import drafts
from portal.access import open_to_all, step_or_home
from portal.forms import see_other
from portal.pages.language import LANGUAGES, LARGE, keep_language, keep_text_size
from portal.sign_in import entry


@open_to_all
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Says that the visit has ended. What signing out cleared, the chosen language and text size, is set again."""
    chosen = request.GET.get("language")
    with translation.override(chosen if chosen in LANGUAGES else translation.get_language()):
        context = {"then": step_or_home(request.GET.get("then", "")), "days": drafts.LIFE.days, "level": 0}
        context |= {"plain": "plain" in request.GET, "timed_out": "then" in request.GET}
        response = render(request, "pages/signed_out.html", context)
    if chosen in LANGUAGES and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        keep_language(response, chosen)
        if "large" in request.GET:
            keep_text_size(response, large=True)
    return response


@open_to_all
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    kept = {"language": request.LANGUAGE_CODE}
    if request.COOKIES.get(LARGE) == "1":
        kept["large"] = "1"
    if "leave" in request.POST:
        kept["plain"] = "1"
    entry.let_out(request)
    response = see_other(f"{reverse('signed_out')}?{urlencode(kept)}")
    response.headers["Clear-Site-Data"] = '"cookies", "storage"'
    return response
