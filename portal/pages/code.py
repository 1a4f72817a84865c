"""P04: a one-time code before a big step. Sent when asked for, never on opening the page; it leads back to the step."""

from dataclasses import dataclass
from typing import Any
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
from accounts.models import Debtor, Helper
from portal.access import ANY, helper_may, needs_level_1, step_or_home
from portal.forms import PageForm, bound, done, refused
from portal.sign_in import entry, passkeys
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


@dataclass(frozen=True)
class Whose:
    """To whom a code goes, and for what."""

    debtor: Debtor
    helper: Helper | None
    purpose: str

    @property
    def about(self) -> dict[str, Any]:
        return {"debtor": self.debtor, "helper": self.helper, "purpose": self.purpose}


@sensitive_post_parameters()
@needs_level_1
@helper_may(ANY)
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    then = step_or_home(request.POST.get("then", request.GET.get("then", "")))
    if request.level == 2:
        return redirect(then)
    here, whose = f"{reverse('code')}?then={quote(then)}", Whose(request.debtor, request.helper, PURPOSE)
    if request.method == "POST":
        return _send(request, whose, here) if "send" in request.POST else _try(request, whose, here, then)
    contact = codes.contact_for(request.debtor, request.now, helper=request.helper)
    if contact is None:
        return redirect("verify_help")
    sent = codes.current(session_key=request.session.session_key, **whose.about)
    context = {
        "form": bound(request, CodeForm, FLOW),
        "sent": sent,
        "contact": sent.contact if sent else contact,
        "then": then,
        "passkey": request.helper is None and passkeys.offered(request.debtor),
        "minutes": int(codes.LIFE.total_seconds() // 60),
        "wait": codes.wait_before_next(request.debtor, request.now, helper=request.helper),
    }
    return render(request, "pages/code.html#again" if request.htmx else "pages/code.html", context)


def _send(request: HttpRequest, whose: Whose, here: str) -> HttpResponse:
    try:
        sentence = send(request, whose)
    except codes.NoContact:
        return done(request, reverse("verify_help"))
    if sentence:
        messages.info(request, sentence)
    return done(request, here)


def _try(request: HttpRequest, whose: Whose, here: str, then: str) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return refused(request, form, FLOW, url=here)
    answer, sentence = try_code(request, whose, form.cleaned_data["code"])
    if answer == Answer.RIGHT:
        entry.raise_level(request)
        return done(request, then)
    form.refuse("code", sentence)
    return refused(request, form, FLOW, url=here)


def send(request: HttpRequest, whose: Whose) -> str:
    """Send a code; a sentence where it is too soon for one, else "". Raises codes.NoContact."""
    try:
        _make(request, whose)
    except codes.TooSoon as wait:
        return wait_sentence(wait)
    return ""


def try_code(request: HttpRequest, whose: Whose, typed: str) -> tuple[Answer, str]:
    """Try what was typed; with what to say where it did not pass. A code that lapsed is replaced, within the limits."""
    answer = codes.attempt(session_key=request.session.session_key or "", typed=typed, now=request.now, **whose.about)
    return answer, "" if answer == Answer.RIGHT else _sentence(request, whose, answer)


def _sentence(request: HttpRequest, whose: Whose, answer: Answer) -> str:
    if answer == Answer.WRONG:
        return gettext("That code does not match. Check the 6 digits in the text")
    try:
        if answer != Answer.LOCKED:
            _make(request, whose)
            return gettext("That code has expired. We have sent a new one")
        minutes = -(-codes.wait_before_next(whose.debtor, request.now, helper=whose.helper) // 60)
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


def _make(request: HttpRequest, whose: Whose) -> None:
    codes.make(
        session_key=request.session.session_key,
        language=page_language(),
        now=request.now,
        **whose.about,
    )
