"""P38, corrections: what is wrong goes to a person, who answers by a day. Simple ones are changed at once."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import PrivacyRequest
from accounts.once import KeyUsedOtherwise
from portal import formats
from portal.access import needs_level_1
from portal.forms import SENT_ALREADY, Choice, PageForm, bound, done, refused
from portal.pages import safety
from portal.privacy import fixing
from portal.templatetags.words import page_language

FLOW = "fix"
SHOWN = 10


class FixForm(PageForm):
    about = Choice(
        label=gettext_lazy("What is not right?"),
        choices=[(about.value, capfirst(about.label)) for about in PrivacyRequest.About],
    )
    words = forms.CharField(
        label=gettext_lazy("What should it say?"),
        help_text=gettext_lazy("Say it in your own words. Nothing has to be proved here."),
        max_length=fixing.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
def fix(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        mine = PrivacyRequest.objects.filter(debtor=request.debtor, kind=PrivacyRequest.Kind.FIX).order_by("-asked_at")
        rows = [(one, formats.day(one.due_on, page_language(), request.region)) for one in mine[:SHOWN]]
        context = {"here": "preferences", "form": bound(request, FixForm, FLOW), "asked": rows}
        return render(request, "pages/fix.html", context)
    form = FixForm(request.POST)
    if form.is_valid():
        given = {"about": form.cleaned_data["about"], "words": form.cleaned_data["words"], "key": form.key}
        try:
            safety.heed(request, form.cleaned_data["words"], key=form.key)
            made = fixing.ask(debtor=request.debtor, by=request.actor, now=request.now, **given)
            day = formats.day(made.due_on, page_language(), request.region)
            messages.success(request, _("Sent. We answer in your messages by %(day)s.") % {"day": day})
            return done(request, reverse("fix"))
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
    return refused(request, form, FLOW, url=reverse("fix"))
