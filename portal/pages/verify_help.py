"""P05: cannot confirm. A way to staff for someone who is not signed in; it shows and confirms nothing."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import knocks
from portal import arrival
from portal.access import open_to_all
from portal.forms import Choice, PageForm, bound, done, refused
from portal.pages import errors
from portal.sign_in import limits
from portal.templatetags.words import page_language

FLOW, DONE = "verify_help", "verify_help_done"
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
        context = {"form": bound(request, HelpForm, FLOW), "paused": "paused" in request.GET, "days": REPLY_DAYS}
        return render(request, "pages/verify_help.html", context)
    if limits.spend(request, "write") is None:
        return errors.too_many(request)
    form = HelpForm(request.POST)
    if not form.is_valid():
        return refused(request, form, FLOW, url=reverse("verify_help"))
    came = arrival.of(request)
    knock = knocks.ask_for_help(
        link=came.link if came else request.link,
        choice=form.cleaned_data["choice"],
        name=form.cleaned_data["name"],
        reach=form.cleaned_data["reach"],
        language=page_language(),
        now=request.now,
        key=form.key,
    )
    request.session[DONE] = knock.reference
    return done(request, reverse("verify_help_done"))


@open_to_all
@require_safe
def verify_help_done(request: HttpRequest) -> HttpResponse:
    context = {"reference": request.session.get(DONE, ""), "days": REPLY_DAYS}
    return render(request, "pages/verify_help_done.html", context)
