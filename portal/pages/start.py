"""P02: come in with a typed reference instead of a link. One that leads nowhere goes on alike, and fails later."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import links
from accounts.models import Link
from portal import arrival
from portal.access import open_to_all
from portal.forms import PageForm, bound, done, refused
from portal.pages import errors
from portal.sign_in import limits

FLOW = "start"


class ReferenceForm(PageForm):
    reference = forms.CharField(
        label=_("Enter the reference from the text or letter"),
        help_text=_("It has 8 signs, for example ABCD 2345"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_reference(self) -> str:
        reference = links.reference_from(self.cleaned_data["reference"])
        if not reference:
            raise forms.ValidationError(gettext("The reference has 8 letters and numbers. Check it once more"))
        return reference


@open_to_all
@require_safe
def root(request: HttpRequest) -> HttpResponse:
    return redirect("home" if request.level else "start")


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "pages/start.html", {"form": bound(request, ReferenceForm, FLOW)})
    if limits.spend(request, "reference") is None:
        return errors.too_many(request)
    form = ReferenceForm(request.POST)
    if not form.is_valid():
        return refused(request, form, FLOW, url=reverse("start"))
    reference = form.cleaned_data["reference"]
    link = links.find(secret=reference, kind=Link.Kind.REFERENCE, now=request.now)
    token_hash = link.token_hash if link else links.hash_of(reference, Link.Kind.REFERENCE)
    response = done(request, reverse("verify"))
    arrival.remember(response, kind=Link.Kind.REFERENCE, token_hash=token_hash)
    return response
