"""P05: cannot confirm. A way to staff for someone who is not signed in; it shows and confirms nothing."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import knocks
from portal.access import open_to_all
from portal.forms import Choice, PageForm, bound
from portal.pages import knocking

PAGE = "verify_help"
REPLY_DAYS = 3  # working days, as creditors answer by default


class HelpForm(PageForm):
    choice = Choice(
        label=_("What happened?"),
        choices=[
            ("detail_changed", _("A detail of mine has changed")),
            ("new_number", _("I have a new phone number")),
            ("no_code", _("The code does not come")),
            ("helping", _("I am helping someone")),
            ("other", _("Something else")),
        ],
    )
    name = forms.CharField(
        label=_("A name to call you by"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    reach = forms.CharField(
        label=_("How can we reach you?"),
        help_text=_("A phone number or an email. Nothing about the matter is needed here"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "tel"}),
    )


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def verify_help(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        context = {"form": bound(request, HelpForm, PAGE), "paused": "paused" in request.GET, "days": REPLY_DAYS}
        return render(request, "pages/verify_help.html", context)
    return knocking.leave(request, HelpForm(request.POST), page=PAGE, limit="write", act=knocks.ask_for_help)


@open_to_all
@require_safe
def verify_help_done(request: HttpRequest) -> HttpResponse:
    context = {"reference": knocking.reference(request, PAGE), "days": REPLY_DAYS}
    return render(request, "pages/verify_help_done.html", context)
