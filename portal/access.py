"""Who may open a view: one mark on every view. `portal.middleware.access` refuses a view without one."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

View = Callable[..., HttpResponse]


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


def refusal(request: HttpRequest, mark: str) -> HttpResponse | None:
    """Where a visitor who may not open this page is sent instead; None when they may."""
    if mark == "link" and request.link is None:
        return redirect("start")
    if mark in {"level 1", "level 2"} and request.level < 1:
        return _elsewhere(request, reverse("signed_out"))
    if mark == "level 2" and request.level < 2:
        return _elsewhere(
            request, f"{reverse('code')}?then={request.path}" if request.method == "GET" else reverse("code")
        )
    return None


def _elsewhere(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect that a full page and an htmx part both follow as a whole page."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": url})
    return redirect(url)
