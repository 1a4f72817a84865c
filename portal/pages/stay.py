"""The notes before a visit ends (W87): one press carries on; after an hour, the two facts asked on the same page.

The middleware notes the activity of every request.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import identity
from accounts.identity import KINDS, Outcome
from portal.access import ANY, helper_may, needs_level_1, step_or_home
from portal.forms import bound, done, refused, see_other
from portal.pages import errors
from portal.pages.verify import DEFAULT, FactsForm
from portal.sign_in import entry, limits

FLOW, PART = "stay", "pages/stay.html#facts"


class AgainForm(FactsForm):
    """The facts that were confirmed when the visit began. Nothing to swap: the person knows these."""

    door = None  # type: ignore[assignment]  # how Django takes a field away

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="again_%s", **kwargs)

    def groups(self) -> list[dict]:
        return [group | {"swap": ""} for group in super().groups()]


@sensitive_post_parameters()
@needs_level_1
@helper_may(ANY)
@require_http_methods(["GET", "HEAD", "POST"])
def stay(request: HttpRequest) -> HttpResponse:
    if request.helper is not None:  # knows no facts; after an hour they come in by a new code
        return HttpResponse(status=204) if request.htmx else see_other(reverse("helping"))
    known = {"asked": _asked(request), "today": request.now.date()}
    if request.method != "POST":
        if request.htmx:
            return render(request, PART, {"form": AgainForm(**known)})
        came_from = urlsplit(request.META.get("HTTP_REFERER", ""))
        then = step_or_home(came_from.path + (f"?{came_from.query}" if came_from.query else ""))
        return render(request, "pages/stay.html", {"form": bound(request, AgainForm, FLOW, **known), "then": then})
    if "facts" in request.POST:
        return _confirm(request, AgainForm(request.POST, **known))
    return HttpResponse(status=204) if request.htmx else see_other(reverse("home"))


def _confirm(request: HttpRequest, form: AgainForm) -> HttpResponse:
    """Compare the facts as at the door, counted in the same place. What stands on the page is not touched."""
    spent = limits.spend_try(request)
    if spent is None:
        return errors.too_many(request)
    if not form.is_valid():
        return refused(request, form, FLOW, url=reverse("stay"), part=PART)
    answer = identity.attempt(link=request.link, reference_hash="", facts=form.facts, now=request.now)
    if answer.outcome == Outcome.LOCKED:
        return done(request, f"{reverse('verify_help')}?paused=1")
    if answer.outcome == Outcome.WRONG:
        form.refuse(None, gettext("This does not match our record. Check it, or use a different detail"))
        return refused(request, form, FLOW, url=reverse("stay"), part=PART)
    spent.rollback()
    entry.go_on(request)
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": "stayed"})
    return done(request, step_or_home(request.POST.get("then", "")))


def _asked(request: HttpRequest) -> tuple[str, ...]:
    kinds = tuple(kind for kind in request.session.get(entry.FACTS, ()) if kind in KINDS)
    return kinds if len(kinds) == len(DEFAULT) else DEFAULT
