"""How somebody who was asked to help comes in: the number they were given, the first time, and a code to their contact.

Nothing of the person is shown before, no fact of theirs is asked for, and whoever was signed in here is signed out.
"""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import codes, helper
from accounts.codes import Answer
from accounts.models import Helper, Link
from portal import arrival
from portal.access import needs_link
from portal.forms import PageForm, bound, done, refused
from portal.pages import errors
from portal.pages.code import CodeForm, Whose, send, try_code
from portal.pages.language import keep_language
from portal.sign_in import entry, limits

FLOW, PURPOSE = "verify_helper", "helper"
WORD_PASSED = "helper_word"  # in the session: whose number was right, until the code is


@dataclass(frozen=True)
class Invited:
    """Who stands at the door: the link that was opened, whose it is, and its mark in the forms."""

    link: Link
    helper: Helper
    mark: str

    @property
    def flow(self) -> str:
        """What was typed behind one link is never shown behind another."""
        return f"{FLOW} {self.mark}"

    @property
    def whose(self) -> Whose:
        return Whose(debtor=self.link.debtor, helper=self.helper, purpose=PURPOSE)


class WordForm(PageForm):
    word = forms.CharField(
        label=_("The 6-digit number you were given"),
        help_text=_("The person who asked for your help has it. We never send it"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_word(self) -> str:
        digits = codes.digits_in(self.cleaned_data["word"])
        if not digits:
            raise forms.ValidationError(gettext("The number has 6 digits"))
        return digits


@sensitive_post_parameters()
@needs_link
@require_http_methods(["GET", "HEAD", "POST"])
def verify_helper(request: HttpRequest) -> HttpResponse:
    door = request.arrival
    if door.link is None or door.link.helper is None:
        return redirect("verify")
    if request.helper == door.link.helper:
        return redirect("helping")
    invited = Invited(link=door.link, helper=door.link.helper, mark=door.mark)
    return _post(request, invited) if request.method == "POST" else _show(request, invited)


def _show(request: HttpRequest, door: Invited) -> HttpResponse:
    asks_word = _asks_word(request, door)
    context = {"level": 0, "door": door.mark, "asks_word": asks_word}
    if asks_word:
        return render(request, "pages/verify_helper.html", context | {"form": bound(request, WordForm, door.flow)})
    key = request.session.session_key
    context |= {
        "form": bound(request, CodeForm, door.flow),
        "sent": codes.current(session_key=key, **door.whose.about) if key else None,
        "contact": door.helper.contact,
        "minutes": int(codes.LIFE.total_seconds() // 60),
    }
    return render(request, "pages/verify_helper.html", context)


def _post(request: HttpRequest, door: Invited) -> HttpResponse:
    if request.POST.get("door", door.mark) != door.mark:
        return redirect("start")  # another link was opened in this browser since the form was shown
    if request.debtor is not None:
        entry.let_out(request)  # someone else is signed in here: their visit ends before anything is looked at
    if _asks_word(request, door):
        return _try_word(request, door)
    if "send" in request.POST:
        return _send(request, door)
    form, here = CodeForm(request.POST), reverse("verify_helper")
    if not form.is_valid():
        return refused(request, form, door.flow, url=here)
    answer, sentence = try_code(request, door.whose, form.cleaned_data["code"])
    if answer != Answer.RIGHT:
        form.refuse("code", sentence)
        return refused(request, form, door.flow, url=here)
    return _enter(request, door)


def _try_word(request: HttpRequest, door: Invited) -> HttpResponse:
    spent = limits.spend_try(request)
    if spent is None:
        return errors.too_many(request)
    form, here = WordForm(request.POST), reverse("verify_helper")
    if not form.is_valid():
        return refused(request, form, door.flow, url=here)
    if not helper.try_word(helper=door.helper, typed=form.cleaned_data["word"], now=request.now):
        form.refuse("word", gettext("That number does not match. Ask the person who wants your help"))
        return refused(request, form, door.flow, url=here)
    spent.rollback()
    response = done(request, here)
    request.session.flush()
    request.session[WORD_PASSED] = str(door.helper.pk)
    return response


def _send(request: HttpRequest, door: Invited) -> HttpResponse:
    if not request.session.session_key:
        request.session.create()  # the code works in this browser alone
    try:
        sentence = send(request, door.whose)
    except codes.NoContact:
        return done(request, reverse("verify_help"))
    if sentence:
        messages.info(request, sentence)
    return done(request, reverse("verify_helper"))


def _enter(request: HttpRequest, door: Invited) -> HttpResponse:
    try:
        user = helper.come_in(helper=door.helper, now=request.now)
    except helper.Ended:
        return errors.gone(request)
    if not entry.let_in(request, user=user, link=door.link):
        return errors.gone(request)
    response = done(request, reverse("helping"))
    arrival.forget(response)
    if "language" not in request.COOKIES:
        keep_language(response, door.link.language)
    return response


def _asks_word(request: HttpRequest, door: Invited) -> bool:
    of = door.helper
    passed = request.session.get(WORD_PASSED) if request.session.session_key else None
    return of.accepted_at is None and passed != str(of.pk)
