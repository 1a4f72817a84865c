"""Who may open a view: one mark on every view. `portal.middleware.access` refuses a view without one.

A page that needs a level is the person's own. Someone they trust (P37) opens it only where it says so as well, with
`helper_may`: `see` for what shows the matter, `talk` for writing to us (the thread, a check), `agree` for plans and
pauses, `pay` for paying; several rights where any one of them is enough, `ANY` for pages of the visit itself. Without
it helpers are refused, and pages of contact data, preferences, support needs, privacy, passkeys and helpers stay so.
Acts take `by=request.actor`, who is then the helper, and `request.debtor` is the person helped.
"""

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse

from accounts.models.helper import RIGHTS
from portal import arrival, interrupted

View = Callable[..., HttpResponseBase]

# Plain letters only, and no percent sign before the query: nothing that a proxy or browser could read in another way.
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+/?(?:\?[A-Za-z0-9_.=&%+-]*)?|/(?:\?[A-Za-z0-9_.=&%+-]*)?")
LONGEST_PATH = 200


def _mark(name: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = name  # type: ignore[attr-defined]
        return view

    return mark


open_to_all = _mark("all")  # shows nothing personal
needs_link = _mark("link")  # came by a link or a typed reference; still nothing personal
needs_level_1 = _mark("level 1")  # confirmed two facts: read, pause, dispute, write, pay
needs_level_2 = _mark("level 2")  # confirmed a one-time code in this session: agree, change contact data, download
staff_only = _mark("staff")  # the desk; its site asks for the permission of each page


ANY = "any"


def helper_may(*rights: str) -> Callable[[View], View]:
    """Someone whom the person trusts with any of these rights may open the view too, at the level it needs."""
    if not rights or not {*rights} <= {*RIGHTS, ANY}:
        raise ValueError(rights)

    def mark(view: View) -> View:
        view.helper_may = frozenset(rights)  # type: ignore[attr-defined]
        return view

    return mark


def rights_of(request: HttpRequest) -> frozenset[str]:
    """What whoever acts in this visit may do, of `RIGHTS`: all of it, unless they are somebody's helper."""
    helper = getattr(request, "helper", None)
    return frozenset(RIGHTS) if helper is None else helper.rights


def refusal_to_helper(request: HttpRequest, view: View) -> HttpResponse | None:
    """What a helper gets instead of a page that is the person's own; None when it is open to them, or to everybody."""
    if request.helper is None or getattr(view, "access", "") not in {"level 1", "level 2"}:
        return None
    if getattr(view, "helper_may", frozenset()) & {*request.helper.rights, ANY}:
        return None
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=403, headers={"HX-Redirect": reverse("helping")})
    if request.method in {"GET", "HEAD"} and request.resolver_match.url_name == "home":
        return redirect("helping")  # where every way back leads
    return render(request, "pages/helping_refused.html", status=403)


def refusal(request: HttpRequest, mark: str) -> HttpResponse | None:
    """Where a visitor who may not open this page is sent instead; None when they may. "link" sets request.arrival."""
    if mark == "link":
        request.arrival = arrival.of(request)
        return redirect("home" if request.level else "start") if request.arrival is None else None
    if mark in {"level 1", "level 2"} and request.level < 1:
        if request.ended_link:
            interrupted.keep(request, at=step_of(request))
        return visit_ended(request)
    if mark == "level 2" and request.level < 2:
        return _elsewhere(request, f"{reverse('code')}?then={quote(step_of(request))}")
    if mark == "staff" and not request.user.is_staff:
        if request.user.is_authenticated:
            raise Http404
        return redirect("account_login")
    return None


def visit_ended(request: HttpRequest) -> HttpResponse:
    """Where somebody is sent whose visit is over."""
    return _elsewhere(request, f"{reverse('signed_out')}?then={quote(step_of(request))}")


def step_of(request: HttpRequest) -> str:
    """The page to come back to: this one, or for a form or a part the one it stands on. Nothing posted is replayed."""
    came_from = urlsplit(request.META.get("HTTP_REFERER", ""))
    read, own = request.method in {"GET", "HEAD"}, came_from.netloc == request.get_host()
    if read and not (own and request.headers.get("HX-Request") == "true"):
        return step_or_home(request.get_full_path())
    if own:
        if came_from.path == request.path and not came_from.query:
            return step_or_home(request.get_full_path())  # a form may name what its page left open, as an account
        return step_or_home(came_from.path + (f"?{came_from.query}" if came_from.query else ""))
    return reverse("home")


def step_or_home(path: str) -> str:
    """The path if it is one of our pages for signed-in people, else home: what a `then` in an address may name."""
    path = internal_path(path)
    mark = _mark_of(path) if path else None
    return path if mark in {"level 1", "level 2"} else reverse("home")


def internal_path(path: str) -> str:
    """The path if it stays on this site however it is read, else ""."""
    if len(path) > LONGEST_PATH or not _PLAIN_PATH.fullmatch(path):
        return ""
    return path


def _mark_of(path: str) -> str | None:
    try:
        return getattr(resolve(path.partition("?")[0]).func, "access", None)
    except Resolver404:
        return None


def _elsewhere(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect that a full page and an htmx part both follow as a whole page."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": url})
    return redirect(url)
