"""P06: wrong person or wrong number. Works without signing in, confirms nothing, and stops contact at once."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import knocks
from accounts.models import Link
from portal import arrival
from portal.access import open_to_all
from portal.forms import Choice, PageForm, bound, done, refused
from portal.pages import errors
from portal.sign_in import limits
from portal.templatetags.words import page_language

FLOW, DONE = "not_me", "not_me_done"


class NotMeForm(PageForm):
    choice = Choice(
        label=_("Which fits best?"),
        choices=[
            ("unknown_person", _("I do not know this person")),
            ("known_person", _("I know them, but it is not me")),
            ("number_is_mine_now", _("This number or email is mine now. It had another owner")),
            ("matter_is_not_mine", _("The number is mine, but the matter is not")),
        ],
    )
    note = forms.CharField(
        label=_("Anything else, if you like"),
        help_text=_("Please leave out names and ID numbers"),
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def not_me(request: HttpRequest) -> HttpResponse:
    came = arrival.of(request)
    if came is None and request.link is None:
        return render(request, "pages/not_me_which.html")
    if request.method != "POST":
        return render(request, "pages/not_me.html", {"form": bound(request, NotMeForm, FLOW), "level": 0})
    if limits.spend(request, "not_me") is None:
        return errors.too_many(request)
    form = NotMeForm(request.POST)
    if not form.is_valid():
        return refused(request, form, FLOW, url=reverse("not_me"))
    knock = knocks.not_me(
        link=_link(request, came),
        choice=form.cleaned_data["choice"],
        note=form.cleaned_data["note"],
        language=page_language(),
        now=request.now,
        key=form.key,
    )
    request.session[DONE] = knock.reference
    return done(request, reverse("not_me_done"))


@open_to_all
@require_safe
def not_me_done(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/not_me_done.html", {"reference": request.session.get(DONE, ""), "level": 0})


def _link(request: HttpRequest, came: arrival.Arrival | None) -> Link | None:
    return came.link if came is not None else request.link
