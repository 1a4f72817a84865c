"""Pages for what went wrong, in calm words. None of them shows anything personal."""

import sys
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from portal.contact.uploads import door
from portal.forms import LONGEST_KEPT

WAIT = 10  # minutes: the window of the limits per address


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _too_large(request)
    return render(request, "errors/400.html", status=400)


def _too_large(request: HttpRequest) -> HttpResponse:
    """What was sent was not read: how much it was, how much is read, and the way back to the page it came from."""
    length = request.META.get("CONTENT_LENGTH") or ""
    takes_files = getattr(getattr(request.resolver_match, "func", None), "takes_files", False)
    files = takes_files and request.content_type == "multipart/form-data"
    came_from = urlsplit(request.headers.get("Referer", ""))
    own = (came_from.scheme, came_from.netloc) == (request.scheme, request.get_host())
    context = {
        "size": int(length) if length.isascii() and length.isdecimal() else 0,
        "most": door.MOST_KEPT if files else settings.LONGEST_FORM,
        "back": f"{came_from.path}?{came_from.query}" if own and came_from.query else came_from.path if own else "",
    }
    return render(request, "errors/413.html", context, status=413)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def gone(request: HttpRequest) -> HttpResponse:
    """The one answer to a link that is unknown, expired or revoked."""
    return render(request, "errors/410.html", status=410)


def too_many(request: HttpRequest) -> HttpResponse:
    response = render(request, "errors/429.html", {"minutes": WAIT}, status=429)
    response.headers["Retry-After"] = str(WAIT * 60)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs nothing that may be broken: no database, no translation, no context."""
    if isinstance(sys.exc_info()[1], OperationalError):
        return HttpResponse(render_to_string("errors/503.html"), status=503, headers={"Retry-After": "120"})
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that stood open too long: the same answers with a fresh token, if it was our own page that sent them.

    Not to a helper: the form may be about another person, whom they helped in this browser before.
    """
    if request.headers.get("HX-Request"):
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    answers = []
    if _from_our_page(request) and not request.FILES and getattr(request, "helper", None) is None:
        answers = [(name, value) for name, values in request.POST.lists() for value in values if name != _TOKEN]
    if sum(len(name) + len(value) for name, value in answers) > LONGEST_KEPT:
        answers = []
    context = {"answers": answers, "action": request.get_full_path() if answers else "", "start": reverse("start")}
    return render(request, "errors/403.html", context, status=403)


_TOKEN = "csrfmiddlewaretoken"  # noqa: S105  the name of a field


def _from_our_page(request: HttpRequest) -> bool:
    # What another site sends must never come back as a form that needs one tap.
    own = f"{request.scheme}://{request.get_host()}"
    origin, fetched_from = request.headers.get("Origin", ""), request.headers.get("Sec-Fetch-Site", "same-origin")
    if origin:
        return origin == own and fetched_from == "same-origin"
    return request.headers.get("Referer", "").startswith(f"{own}/") and fetched_from == "same-origin"
