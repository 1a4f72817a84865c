"""What happens around every view: neutral headers, the language, who is visiting, and closed by default."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.csp import build_policy

from accounts import history, hong_kong, links
from portal.access import refusal, refusal_to_helper, visit_ended
from portal.sign_in import staff
from portal.sign_in.entry import DEBTOR_IDLE, DEBTOR_LONGEST, LEVEL_2_AT, LINK, SEEN_AT, SIGNED_IN_AT

Handler = Callable[[HttpRequest], HttpResponse]

METHODS = ("GET", "HEAD", "POST")
ACTIVITY_GRAIN = 60  # seconds; the session row is written at most this often
STAFF_IDLE, STAFF_LONGEST = 15 * 60, 8 * 3600
NO_STORE = "no-store, no-transform, private"
# The same as the middlewares further in set: these stand also on an answer that never got that far.
ALWAYS = {
    "Content-Security-Policy": build_policy(settings.SECURE_CSP),  # type: ignore[arg-type]  # a directive may also be True
    "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": settings.X_FRAME_OPTIONS,
    "X-Robots-Tag": "noindex, nofollow",
}
if settings.SECURE:
    ALWAYS["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"


def headers(get_response: Handler) -> Handler:
    """What every answer carries, errors included; methods that no page needs end here."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request) if request.method in METHODS else HttpResponseNotAllowed(METHODS)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = NO_STORE
            response.headers.pop("Expires", None)  # Django's never_cache adds one
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
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


def bounded(get_response: Handler) -> Handler:
    """No page reads more than LONGEST_FORM. Forms with files have a door of their own, gateways their own limits."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, _view, _args, _kwargs) -> None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        elsewhere = request.content_type == "multipart/form-data" or _of_gateway(request)
        if not elsewhere and not (length.isascii() and length.isdecimal() and int(length) <= settings.LONGEST_FORM):
            raise RequestDataTooBig("more than a page reads")

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware


def _of_gateway(request: HttpRequest) -> bool:
    return request.path.startswith("/gateways/")


def visitor(get_response: Handler) -> Handler:
    """Sets request.now, .link, .debtor, .level, .region, and .ended_link where a visit has just timed out.

    `.actor` is who acts in this visit, as events name them; `.debtor` whose matter it is. Where they differ, `.actor`
    is `.helper`, whom the person trusts.
    A signed-in debtor costs one query beside the session's. The link is read on every request, so that what ends it
    (`links.live`) ends the visit at once.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request.now = timezone.now()
        request.link, request.debtor, request.actor, request.level, request.region = None, None, None, 0, ""
        request.ended_link, request.arrival, request.helper = "", None, None
        # A gateway knows no sessions: a cookie it brings is not looked at.
        if not _of_gateway(request) and request.session.session_key and not _timed_out(request):
            _know(request)
            _speak_as_in(request.region)
        response = get_response(request)
        if request.headers.get("HX-Request"):
            patch_vary_headers(response, ["HX-Request"])
        return response

    def process_exception(request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """A helper's rights ended while their act was under way: it is undone, and so is the visit."""
        return visit_ended(request) if isinstance(problem, history.HelpEnded) else None

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def _timed_out(request: HttpRequest) -> bool:
    """Ends a session that was idle or lasted too long; notes activity at the grain of a minute."""
    session, now = request.session, int(request.now.timestamp())
    started, seen = session.get(SIGNED_IN_AT), session.get(SEEN_AT)
    if started is None or seen is None:
        return False
    idle, longest = (DEBTOR_IDLE, DEBTOR_LONGEST) if LINK in session else (STAFF_IDLE, STAFF_LONGEST)
    if now - seen >= idle or now - started >= longest:
        request.ended_link = session.get(LINK, "")
        session.flush()
        return True
    if now - seen >= ACTIVITY_GRAIN:
        session[SEEN_AT] = now
    return False


def _know(request: HttpRequest) -> None:
    link_id = request.session.get(LINK)
    if link_id is None:
        return
    link = links.find_by_id(link_id, now=request.now)
    if link is None:
        request.session.flush()
        return
    request.link, request.debtor, request.region = link, link.debtor, link.creditor.region
    request.helper = link.helper
    request.actor = link.helper or link.debtor
    request.level = 2 if LEVEL_2_AT in request.session else 1


def _speak_as_in(region: str) -> None:
    """Words of the region from here on; what was active before comes back when the answer has left `language`."""
    translation.activate(hong_kong.spoken(translation.get_language() or settings.LANGUAGE_CODE, region))


def access(get_response: Handler) -> Handler:
    """Closed by default: a view that carries no mark of `portal.access` is not there."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, view, _args, _kwargs) -> HttpResponse | None:
        mark = getattr(view, "access", None)
        if view.__module__.startswith("allauth."):
            return staff.guard(request, request.resolver_match.url_name)
        if "admin" in request.resolver_match.app_names:
            return staff.guard(request, "")
        if mark is None:
            if settings.DEBUG:
                raise RuntimeError(f"{view.__module__}.{view.__qualname__} carries no mark of portal.access")
            raise Http404
        refused = refusal(request, mark) or refusal_to_helper(request, view)
        if request.arrival is not None and request.arrival.link is not None:
            _speak_as_in(request.arrival.link.creditor.region)
        return refused

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware
