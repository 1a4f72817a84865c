"""How we reach you: add, replace and remove a phone or an e-mail, each told to every old address and undone for a week.

At level 2, which a code to the old contact gives. What is new is proved by a code sent to it.
"""

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import addresses, codes, contacts, links
from accounts.models import ContactChange, ContactPoint
from portal import formats
from portal.access import needs_level_2
from portal.forms import PageForm, bound, done, refused, see_other
from portal.pages.code import CodeForm, wait_sentence
from portal.sign_in.entry import LINK
from portal.templatetags.words import page_language

NEW, CODE = "contact_new", "contact_code"
NOT_AN_ADDRESS = {
    "not_an_email": gettext_lazy("This does not look like an email address. Please check it"),
    "length": gettext_lazy("A phone number has more or fewer digits. Please check it"),
    "not_a_number": gettext_lazy("Enter a phone number or an email"),
}


class AddressForm(PageForm):
    address = forms.CharField(
        label=gettext_lazy("New phone number or email"),
        help_text=gettext_lazy("A number from abroad begins with +, such as +86"),
        max_length=addresses.LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args, time_zone: str, channel: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.time_zone, self.channel = time_zone, channel
        if channel == ContactPoint.Channel.SMS:
            self.fields["address"].label = gettext_lazy("New phone number")
            self.fields["address"].widget.attrs |= {"inputmode": "tel", "autocomplete": "tel"}
        elif channel == ContactPoint.Channel.EMAIL:
            self.fields["address"].label = gettext_lazy("New email")
            self.fields["address"].help_text = ""
            self.fields["address"].widget.attrs |= {"inputmode": "email", "autocomplete": "email"}

    def clean_address(self) -> tuple[str, str]:
        try:
            channel, address = addresses.typed(self.cleaned_data["address"], self.time_zone)
        except addresses.NotAnAddress as problem:
            other = self.channel == ContactPoint.Channel.SMS and problem.code == "not_an_email"
            raise forms.ValidationError(NOT_AN_ADDRESS["not_a_number" if other else problem.code]) from None
        if self.channel and channel != self.channel:
            by_mail = self.channel == ContactPoint.Channel.EMAIL
            raise forms.ValidationError(_("Enter an email address") if by_mail else _("Enter a phone number"))
        return channel, address


@needs_level_2
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _take_back(request) if "undo" in request.POST else _remove(request)
    changes = ContactChange.objects.filter(debtor=request.debtor, in_force_at__isnull=False, undone_at=None)
    recent = changes.filter(in_force_at__gt=request.now - contacts.COOLING_OFF).select_related("old", "new")
    context = {
        "here": "preferences",
        "contacts": [(one, _counts_from(request, one)) for one in contacts.current(request.debtor)],
        "changes": list(recent.order_by("-in_force_at")),
    }
    return render(request, "pages/contact.html", context)


@sensitive_post_parameters()
@needs_level_2
@require_http_methods(["GET", "HEAD", "POST"])
def contact_new(request: HttpRequest) -> HttpResponse:
    old = _own(request, request.GET.get("replaces", ""))
    given = {"time_zone": request.debtor.time_zone, "channel": old.channel if old else ""}
    flow = f"{NEW} {old.pk if old else ''}"
    if request.method != "POST":
        form = bound(request, AddressForm, flow, **given)
        return render(request, "pages/contact_new.html", {"here": "preferences", "form": form, "old": old})
    form = AddressForm(request.POST, **given)
    if form.is_valid():
        channel, address = form.cleaned_data["address"]
        act = {"debtor": request.debtor, "by": request.actor, "now": request.now}
        try:
            change = contacts.ask(channel=channel, address=address, replaces=old, **act)
            _send_code(request, change)
            return done(request, reverse("contact_code", args=[change.pk]))
        except contacts.NotPossible:
            form.refuse("address", _("We use this one already"))
        except contacts.NotMeSaid:
            form.refuse("address", _("We do not write to this one any more. Please use another one, or talk to us"))
        except contacts.TooMany:
            form.refuse(None, _("That was changed often today. Please go on tomorrow, or write to us"))
    return refused(request, form, flow, url=request.get_full_path())


@sensitive_post_parameters()
@needs_level_2
@require_http_methods(["GET", "HEAD", "POST"])
def contact_code(request: HttpRequest, change_id: uuid.UUID) -> HttpResponse:
    change = contacts.waiting(request.debtor, change_id, request.now)
    if change is None:
        if ContactChange.objects.filter(pk=change_id, debtor=request.debtor).exists():
            return see_other(reverse("contact"))  # proved already, or given up
        raise Http404
    here = reverse("contact_code", args=[change.pk])
    if request.method != "POST":
        wait = codes.wait_before_next(request.debtor, request.now)
        context = {"form": bound(request, CodeForm, CODE), "change": change, "wait": wait, "here": "preferences"}
        return render(request, "pages/contact_code.html", context)
    if "send" in request.POST:
        _send_code(request, change)
        return done(request, here)
    form = CodeForm(request.POST)
    if form.is_valid():
        answer = codes.attempt(
            debtor=request.debtor,
            session_key=request.session.session_key,
            purpose=_purpose(change),
            typed=form.cleaned_data["code"],
            now=request.now,
        )
        if answer == codes.Answer.RIGHT:
            return _use(request, change)
        form.refuse("code", _not_right(answer))
    return refused(request, form, CODE, url=here)


def _use(request: HttpRequest, change: ContactChange) -> HttpResponse:
    """From now on the new one. A visit that came in by a link to the old one goes on, by a way in of its own."""
    contacts.put_in_force(change=change, by=request.actor, now=request.now)
    if change.old is not None and request.link.contact_id == change.old_id:
        creditor, channel = request.link.creditor, request.link.channel
        link, _token = links.make(
            debtor=request.debtor, creditor=creditor, channel=channel, by=request.actor, now=request.now
        )
        request.session[LINK] = str(link.pk)
    messages.success(request, _("Saved. We have told the old address."))
    return done(request, reverse("contact"))


def _remove(request: HttpRequest) -> HttpResponse:
    old = _own(request, request.POST.get("remove", ""))
    if old is not None and request.link.contact_id == old.pk:
        messages.info(request, _("You came in by this one today. Replace it, or come in another way to remove it."))
    elif old is not None:
        try:
            contacts.remove(contact=old, by=request.actor, now=request.now)
            messages.success(request, _("Removed. You can take this back for 7 days."))
        except contacts.NotPossible:
            messages.info(request, _("This is the only way a code can reach you. Add another one first."))
    return see_other(reverse("contact"))


def _take_back(request: HttpRequest) -> HttpResponse:
    mine = ContactChange.objects.filter(debtor=request.debtor)
    change = mine.filter(pk=_uuid(request.POST["undo"])).select_related("debtor", "old", "new").first()
    if change is not None:
        try:
            contacts.undo(change=change, by=request.actor, now=request.now, keep=request.session.session_key)
            messages.success(request, _("Taken back. It is as it was before."))
        except contacts.TooLate:
            messages.info(request, _("This can no longer be taken back here. You can change it again."))
    return see_other(reverse("contact"))


def _own(request: HttpRequest, contact_id: str) -> ContactPoint | None:
    if not contact_id:
        return None
    found = contacts.current(request.debtor).select_related("debtor").filter(pk=_uuid(contact_id)).first()
    if found is None:
        raise Http404
    return found


def _uuid(text: str) -> uuid.UUID:
    """The id in what a form or an address says; for what is none, the id of nothing."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _counts_from(request: HttpRequest, one: ContactPoint) -> str:
    """The day from which codes go to a contact that is new; empty when they do already."""
    if one.changed_at is None or one.changed_at <= request.now - contacts.COOLING_OFF:
        return ""
    return formats.when(
        one.changed_at + contacts.COOLING_OFF, page_language(), request.debtor.time_zone, request.region
    )


def _purpose(change: ContactChange) -> str:
    return f"{contacts.PURPOSE} {str(change.pk)[:8]}"


def _send_code(request: HttpRequest, change: ContactChange) -> None:
    try:
        codes.make(
            debtor=request.debtor,
            session_key=request.session.session_key,
            purpose=_purpose(change),
            language=page_language(),
            now=request.now,
            proves=change.new,
        )
    except codes.TooSoon as wait:
        messages.info(request, wait_sentence(wait))


def _not_right(answer: codes.Answer) -> str:
    if answer == codes.Answer.WRONG:
        return _("That code does not match. Check the 6 digits in the text")
    return _("That code has expired. Ask for a new one")
