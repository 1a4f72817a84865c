"""Words left at the door by somebody who has not signed in: counted per address, kept once, given a reference."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import Knock
from portal import arrival
from portal.forms import PageForm, done, refused
from portal.pages import errors
from portal.sign_in import limits
from portal.templatetags.words import page_language


def leave(request: HttpRequest, form: PageForm, *, page: str, limit: str, act: Callable[..., Knock]) -> HttpResponse:
    """Do `act` with the answers of the form on `page`, and show `{page}_done`. Over the `limit`, a page says so."""
    if limits.spend(request, limit) is None:
        return errors.too_many(request)
    if not form.is_valid():
        return refused(request, form, page, url=reverse(page))
    came = arrival.of(request)
    answers = {name: value for name, value in form.cleaned_data.items() if name != "once"}
    knock = act(
        link=came.link if came is not None else request.link,
        language=page_language(),
        now=request.now,
        key=form.key,
        **answers,
    )
    request.session[f"{page}_done"] = knock.reference
    return done(request, reverse(f"{page}_done"))


def reference(request: HttpRequest, page: str) -> str:
    """The reference of what was left on this page in this browser; empty where nothing was."""
    return request.session.get(f"{page}_done", "")
