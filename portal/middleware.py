"""What happens around every view: neutral headers, the language, who is visiting, and closed by default."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.models import Link
from portal.access import refusal

Handler = Callable[[HttpRequest], HttpResponse]

ACTIVITY_GRAIN = 60  # seconds; the session row is written at most this often
DEBTOR_IDLE, DEBTOR_LONGEST = 10 * 60, 60 * 60
STAFF_IDLE, STAFF_LONGEST = 15 * 60, 8 * 3600
LINK_COOKIE = "__Host-link" if settings.SECURE else "link"
LINK_COOKIE_LIFE = timedelta(hours=1)
# Doors that keep themselves: allauth's own pages, and the desk, whose site asks each visitor of each page.
UNMARKED_APPS = ("allauth.", "django.contrib.staticfiles", "whitenoise.")
UNMARKED_NAMESPACES = {"admin"}


def headers(get_response: Handler) -> Handler:
    """What every answer carries, errors included."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store, no-transform, private")
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def language(get_response: Handler) -> Handler:
    """The language of the cookie, else of the browser. Unlike Django's own, it never looks at the path."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with translation.override(translation.get_language_from_request(request)):
            request.LANGUAGE_CODE = translation.get_language()
            response = get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware


def visitor(get_response: Handler) -> Handler:
    """Sets request.now, .link, .debtor, .level and .region. A signed-in debtor costs one query beside the session's.

    The link is read on every request, so that revoking it ends the visit at once.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request.now = timezone.now()
        request.link, request.debtor, request.level, request.region = None, None, 0, ""
        if request.session.session_key and not _timed_out(request):
            _know(request)
        return get_response(request)

    return middleware


def _timed_out(request: HttpRequest) -> bool:
    """Ends a session that was idle or lasted too long; notes activity at the grain of a minute."""
    session, now = request.session, int(request.now.timestamp())
    started, seen = session.get("signed_in_at"), session.get("seen_at")
    if started is None or seen is None:
        return False
    idle, longest = (DEBTOR_IDLE, DEBTOR_LONGEST) if "link" in session else (STAFF_IDLE, STAFF_LONGEST)
    if now - seen >= idle or now - started >= longest:
        session.flush()
        return True
    if now - seen >= ACTIVITY_GRAIN:
        session["seen_at"] = now
    return False


def _know(request: HttpRequest) -> None:
    link_id = request.session.get("link")
    if link_id is None:
        return
    link = Link.objects.select_related("debtor", "creditor").filter(pk=link_id, revoked_at=None).first()
    if link is None:
        request.session.flush()
        return
    request.link, request.debtor, request.region = link, link.debtor, link.creditor.region
    request.level = 2 if "level2_at" in request.session else 1


def access(get_response: Handler) -> Handler:
    """Closed by default: a view that carries no mark of `portal.access` is not there."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        mark = getattr(view, "access", None)
        keeps_itself = UNMARKED_NAMESPACES & set(request.resolver_match.namespaces)
        if mark is None and not keeps_itself and not view.__module__.startswith(UNMARKED_APPS):
            if settings.DEBUG:
                raise RuntimeError(f"{view.__module__}.{view.__qualname__} carries no mark of portal.access")
            raise Http404
        return refusal(request, mark) if mark else None

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware
