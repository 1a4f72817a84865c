"""P04: a one-time code before a big step. Sent when asked for, never on opening the page; it leads back to the step."""

from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import codes
from accounts.codes import Answer
from portal.access import ANY, helper_may, needs_level_1, step_or_home
from portal.forms import PageForm, bound, done, refused
from portal.sign_in import entry
from portal.templatetags.words import page_language

FLOW = "code"
PURPOSE = "level 2"


class CodeForm(PageForm):
    code = forms.CharField(
        label=_("The 6-digit code"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        digits = codes.digits_in(self.cleaned_data["code"])
        if not digits:
            raise forms.ValidationError(gettext("The code has 6 numbers"))
        return digits


@sensitive_post_parameters()
@needs_level_1
@helper_may(ANY)
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    then = step_or_home(request.POST.get("then", request.GET.get("then", "")))
    if request.level == 2:
        return redirect(then)
    here = f"{reverse('code')}?then={quote(then)}"
    if request.method == "POST":
        return _send(request, here) if "send" in request.POST else _try(request, here, then)
    contact = codes.contact_for(request.debtor, request.now)
    if contact is None:
        return redirect("verify_help")
    sent = codes.current(debtor=request.debtor, session_key=request.session.session_key, purpose=PURPOSE)
    context = {
        "form": bound(request, CodeForm, FLOW),
        "sent": sent,
        "contact": sent.contact if sent else contact,
        "then": then,
        "minutes": int(codes.LIFE.total_seconds() // 60),
        "wait": codes.wait_before_next(request.debtor, request.now),
    }
    return render(request, "pages/code.html#again" if request.htmx else "pages/code.html", context)


def _send(request: HttpRequest, here: str) -> HttpResponse:
    try:
        _make(request)
    except codes.NoContact:
        return done(request, reverse("verify_help"))
    except codes.TooSoon as wait:
        messages.info(request, wait_sentence(wait))
    return done(request, here)


def _try(request: HttpRequest, here: str, then: str) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return refused(request, form, FLOW, url=here)
    answer = codes.attempt(
        debtor=request.debtor,
        session_key=request.session.session_key,
        purpose=PURPOSE,
        typed=form.cleaned_data["code"],
        now=request.now,
    )
    if answer == Answer.RIGHT:
        entry.raise_level(request)
        return done(request, then)
    form.refuse("code", _sentence(request, answer))
    return refused(request, form, FLOW, url=here)


def _sentence(request: HttpRequest, answer: Answer) -> str:
    """What to say to a code that did not pass. One that lapsed is replaced at once, within the limits."""
    if answer == Answer.WRONG:
        return gettext("That code does not match. Check the 6 digits in the text")
    try:
        if answer != Answer.LOCKED:
            _make(request)
            return gettext("That code has expired. We have sent a new one")
        minutes = -(-codes.wait_before_next(request.debtor, request.now) // 60)
    except codes.TooSoon as wait:
        if not wait.locked:
            return wait_sentence(wait)
        minutes = wait.minutes
    except codes.NoContact:
        return gettext("We have no number or email we can send a code to. Please talk to us")
    return _paused(minutes)


def wait_sentence(wait: codes.TooSoon) -> str:
    if wait.locked:
        return _paused(wait.minutes)
    if wait.seconds <= 60:
        return gettext("You can ask again in %(seconds)s seconds") % {"seconds": wait.seconds}
    return gettext("You can ask again in %(minutes)s minutes") % {"minutes": wait.minutes}


def _paused(minutes: int) -> str:
    words = gettext("To protect your information, codes are paused for %(min)s minutes. You can contact us now instead")
    return words % {"min": minutes}


def _make(request: HttpRequest) -> None:
    codes.make(
        debtor=request.debtor,
        session_key=request.session.session_key,
        purpose=PURPOSE,
        language=page_language(),
        now=request.now,
    )
