"""The address in the notice to an old contact, "if this was not you". Looking changes nothing, a press undoes it."""

from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts import contacts
from portal.access import open_to_all
from portal.forms import see_other


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, token: str) -> HttpResponse:
    change = contacts.by_token(token)
    if change is None:
        raise Http404
    if request.method == "POST":
        with suppress(contacts.TooLate):  # the page says so
            contacts.undo(change=change, by="visitor", now=request.now)
        return see_other(request.path)
    context = {"undone": change.undone_at is not None, "may": contacts.may_undo(change, request.now), "level": 0}
    return render(request, "pages/undo.html", context)
