"""The language and the text size of the pages: two cookies, set by anyone."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from portal.access import internal_path, open_to_all
from portal.forms import see_other

LARGE = "large"  # the cookie; base.html reads it
LANGUAGES = [code for code, _name in settings.LANGUAGES]


@open_to_all
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    response = see_other(_back(request))
    if request.POST.get("language") in LANGUAGES:
        keep_language(response, request.POST["language"])
    return response


@open_to_all
@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    response = see_other(_back(request))
    keep_text_size(response, large=request.POST.get("size") == LARGE)
    return response


def keep_language(response: HttpResponse, code: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def keep_text_size(response: HttpResponse, *, large: bool) -> None:
    """On this device, whatever the person needs on all of theirs."""
    response.set_cookie(
        LARGE,
        "1" if large else "0",
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def follow_account(response: HttpResponse) -> None:
    """Forget what was chosen on this device: text is as large as the person needs it everywhere."""
    response.delete_cookie(LARGE, samesite="Lax")


def _back(request: HttpRequest) -> str:
    return internal_path(request.POST.get("next", "")) or reverse("start")
