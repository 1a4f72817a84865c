"""P06: wrong person or wrong number. Works without signing in, confirms nothing, and stops contact at once."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import knocks
from portal import arrival
from portal.access import open_to_all
from portal.forms import Choice, PageForm, bound
from portal.pages import knocking

PAGE = "not_me"


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
    if arrival.of(request) is None and request.link is None:
        return render(request, "pages/not_me_which.html")
    if request.method != "POST":
        return render(request, "pages/not_me.html", {"form": bound(request, NotMeForm, PAGE), "level": 0})
    return knocking.leave(request, NotMeForm(request.POST), page=PAGE, limit="not_me", act=knocks.not_me)


@open_to_all
@require_safe
def not_me_done(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/not_me_done.html", {"reference": knocking.reference(request, PAGE), "level": 0})
