"""P37: someone I trust. Name a helper, see what they did, change what they may do, or take it back at once."""

import json
import uuid

from dateutil.relativedelta import relativedelta
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import addresses, days, helper
from accounts.contacts import ending
from accounts.crypto import decrypt, encrypt
from accounts.models import Helper
from portal import formats
from portal.access import needs_level_2
from portal.contact.record_words import ACTS
from portal.forms import Choice, PageForm, bound, done, refused
from portal.pages.contact import NOT_AN_ADDRESS
from portal.pages.helping import last_day
from portal.templatetags.words import page_language

FLOW = "helper"
WORD = "helper_word_shown"  # in the session, encrypted: the number of a new invitation, for ten minutes
SHOWN_FOR = 600
MONTHS = (1, 3, 6, 12)
DEEDS_SHOWN = 30
RELATIONS = [
    ("relative", gettext_lazy("A relative")),
    ("friend", gettext_lazy("A friend")),
    ("adviser", gettext_lazy("An adviser")),
    ("other", gettext_lazy("Someone else")),
]
RIGHTS = [
    ("see", gettext_lazy("See: my accounts, amounts, plans and papers")),
    (
        "talk",
        gettext_lazy(
            "Talk: read and write my messages with their files, ask to be called, and say that something is not right"
        ),
    ),
    ("agree", gettext_lazy("Agree: make, change or pause a plan for me. They see what they need for it")),
    ("pay", gettext_lazy("Pay: see how to pay, and pay for me")),
]


class RightsForm(PageForm):
    rights = forms.MultipleChoiceField(
        label=gettext_lazy("What may they do?"),
        choices=RIGHTS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one")},
    )
    months = Choice(label=gettext_lazy("Until when?"))

    def __init__(self, *args, until: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["months"].choices = until


class HelperForm(RightsForm):
    name = forms.CharField(
        label=gettext_lazy("Their name"), max_length=60, widget=forms.TextInput({"autocomplete": "off"})
    )
    relation = Choice(label=gettext_lazy("Who are they to you?"), choices=RELATIONS)
    reach = forms.CharField(
        label=gettext_lazy("Their phone number or email"),
        help_text=gettext_lazy("We send a neutral message there. It does not name you or what this is about"),
        max_length=addresses.LONGEST,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("name", "relation", "reach", "rights", "months")

    def __init__(self, *args, time_zone: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.time_zone = time_zone

    def clean_reach(self) -> helper.Reach:
        try:
            channel, address = addresses.typed(self.cleaned_data["reach"], self.time_zone)
        except addresses.NotAnAddress as problem:
            raise forms.ValidationError(NOT_AN_ADDRESS[problem.code]) from None
        return helper.Reach(channel, address, ending(channel, address))


@needs_level_2
@require_http_methods(["GET", "HEAD", "POST"])
def helpers_page(request: HttpRequest) -> HttpResponse:
    """Whom I trust, and one more."""
    if request.method == "POST":
        return _name(request)
    named = Helper.objects.filter(debtor=request.debtor).select_related("contact", "debtor").order_by("-named_at")
    told = _told(request)
    context = {
        "here": "preferences",
        "form": bound(request, HelperForm, FLOW, until=_until(request), time_zone=request.debtor.time_zone),
        "named": [_shown(one, request) for one in named],
        "told": told if told and any(str(one.pk) == told["helper"] for one in named) else None,
    }
    return render(request, "pages/helper.html", context)


def _name(request: HttpRequest) -> HttpResponse:
    if "noted" in request.POST:
        request.session.pop(WORD, None)
        return done(request, reverse("helper"))
    form = HelperForm(request.POST, until=_until(request), time_zone=request.debtor.time_zone)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made, word = helper.name_one(
                debtor=request.debtor,
                creditor=request.link.creditor,
                name=given["name"].strip(),
                relation=given["relation"],
                reach=given["reach"],
                rights=given["rights"],
                until=_last(request, given["months"]),
                by=request.actor,
                now=request.now,
            )
            _tell(request, made, word)
            return done(request, reverse("helper"))
        except helper.NotTheirs:
            form.refuse("reach", _("This is your own number or email. Theirs has to be another one"))
        except helper.TooMany:
            form.refuse(None, _too_many())
    return refused(request, form, FLOW, url=reverse("helper"))


@needs_level_2
@require_http_methods(["GET", "HEAD", "POST"])
def helper_page(request: HttpRequest, helper_id: uuid.UUID) -> HttpResponse:
    """One of them: what they did, and what they may do."""
    mine = Helper.objects.filter(debtor=request.debtor).select_related("contact", "debtor")
    found = get_object_or_404(mine, pk=helper_id)
    flow = f"{FLOW} {found.pk}"
    if request.method == "POST":
        return _change(request, found, flow)
    initial = {"rights": sorted(found.rights)}
    context = {
        "here": "preferences",
        "one": _shown(found, request),
        "open": helper.is_open(found, request.now),
        "form": bound(request, RightsForm, flow, until=_until(request), initial=initial),
        "deeds": [
            (formats.when(deed.at, page_language(), request.debtor.time_zone, request.region), _words(deed.act))
            for deed in helper.deeds(found)[:DEEDS_SHOWN]
        ],
    }
    return render(request, "pages/helper_change.html", context)


def _change(request: HttpRequest, found: Helper, flow: str) -> HttpResponse:
    """Remove, invite again, or change; each says what it did on the list."""
    form = RightsForm(request.POST, until=_until(request))
    by_whom = {"helper": found, "by": request.actor, "now": request.now}
    try:
        if "remove" in request.POST:
            helper.end(reason=Helper.Ended.BY_PERSON, **by_whom)
            messages.success(request, _("Removed. They can do nothing here any more."))
            return done(request, reverse("helper"))
        if "again" in request.POST:
            word = helper.invite(creditor=request.link.creditor, **by_whom)
            _tell(request, found, word)
            messages.success(request, _("We have sent the message again."))
            return done(request, reverse("helper"))
        if form.is_valid():
            given = form.cleaned_data
            helper.change(rights=given["rights"], until=_last(request, given["months"]), **by_whom)
            messages.success(request, _("Saved."))
            return done(request, reverse("helper"))
    except helper.TooMany:
        form.refuse(None, _too_many())
    except helper.Ended:
        messages.info(request, _("This changed while you were away. Here is the latest"))
        return done(request, reverse("helper"))
    return refused(request, form, flow, url=reverse("helper_change", args=[found.pk]))


def _shown(one: Helper, request: HttpRequest) -> dict:
    """A helper as the list shows them."""
    state = _("They have not come in yet")
    if one.ended_at:
        state = str(_ENDED[Helper.Ended(one.ended_reason)])
    elif not helper.is_open(one, request.now):
        state = _("Over since %(day)s") if one.expires_at <= request.now else _("The invitation was not taken up")
        state = state % {"day": last_day(one, debtor=request.debtor, region=request.region)} if "%" in state else state
    elif one.accepted_at:
        state = _("Until %(day)s") % {"day": last_day(one, debtor=request.debtor, region=request.region)}
    words = dict(RIGHTS)
    return {
        "pk": one.pk,
        "name": one.name,
        "relation": dict(RELATIONS)[one.relation],
        "ending": one.contact.ending,
        "state": state,
        "open": helper.is_open(one, request.now),
        "accepted": one.accepted_at is not None,
        "lapsed": one.ended_at is None and one.expires_at > request.now,
        "rights": [words[right] for right, _line in RIGHTS if right in one.rights],
    }


_ENDED = {
    Helper.Ended.BY_PERSON: gettext_lazy("Removed by you"),
    Helper.Ended.BY_STAFF: gettext_lazy("Removed by our team"),
    Helper.Ended.NOT_ME: gettext_lazy("Ended, because somebody said: this is not me"),
    Helper.Ended.STOP: gettext_lazy("They asked for no more messages"),
    Helper.Ended.TRIES: gettext_lazy("The number was typed wrong five times"),
    Helper.Ended.ERASED: gettext_lazy("Ended, because your data was deleted"),
}


def _until(request: HttpRequest) -> list[tuple[str, str]]:
    named = {1: _("One month"), 3: _("Three months"), 6: _("Six months"), 12: _("Twelve months")}
    return [
        (
            str(months),
            _("%(length)s, until %(date)s")
            % {"length": named[months], "date": formats.day(_last(request, months), page_language(), request.region)},
        )
        for months in MONTHS
    ]


def _last(request: HttpRequest, months: int | str):
    """The last day of so many months from today."""
    return days.today_in(request.debtor.time_zone, request.now) + relativedelta(months=int(months))


def _tell(request: HttpRequest, made: Helper, word: str) -> None:
    """Keep the number for the next page: it stands nowhere else, and an invitation that is known needs none."""
    if not word:
        request.session.pop(WORD, None)
        return
    kept = {"helper": str(made.pk), "name": made.name, "word": word, "at": int(request.now.timestamp())}
    request.session[WORD] = encrypt(json.dumps(kept))


def _told(request: HttpRequest) -> dict | None:
    """The number of the newest invitation, while it is shown."""
    if WORD not in request.session:
        return None
    kept = json.loads(decrypt(request.session[WORD]))
    if request.now.timestamp() - kept["at"] > SHOWN_FOR:
        return None
    return kept | {"word": f"{kept['word'][:3]} {kept['word'][3:]}"}


def _too_many() -> str:
    return _("You can name 3 people, and send 5 of these messages in a day. Please try again tomorrow, or talk to us")


def _words(act: str) -> str:
    return str(_DEEDS[act] if act in _DEEDS else ACTS.get(act, act))


# What is said otherwise of a helper than of the person.
_DEEDS = {
    "thread.written": gettext_lazy("Message written"),
    "helper.accepted": gettext_lazy("Came in for the first time"),
    "helper.came_in": gettext_lazy("Came in"),
}
