"""Changes of how a person is reached, by staff: for who lost the old number, and where a file says differently."""

import uuid

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import addresses, contacts
from accounts.models import ContactChange, ContactPoint, Debtor
from portal.access import staff_only
from portal.desk import case
from portal.forms import PageForm


class ContactForm(PageForm):
    address = forms.CharField(
        label=gettext_lazy("New phone number or email"),
        help_text=gettext_lazy("Only after you have made sure who is asking. Codes go there after seven days."),
        max_length=addresses.LONGEST,
    )
    replaces = forms.ChoiceField(label=gettext_lazy("In the place of"), required=False)

    def __init__(self, *args, debtor: Debtor, **kwargs):
        super().__init__(*args, **kwargs)
        self.debtor = debtor
        self.points = {str(one.pk): one for one in contacts.current(debtor)}
        used = [(pk, f"{one.get_channel_display()} …{one.ending}") for pk, one in self.points.items()]
        self.fields["replaces"].choices = [("", _("None: it is added")), *used]

    def clean_address(self) -> tuple[str, str]:
        try:
            return addresses.typed(self.cleaned_data["address"], self.debtor.time_zone)
        except addresses.NotAnAddress:
            raise forms.ValidationError(_("This is neither a phone number nor an email.")) from None


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("accounts.change_contactpoint", raise_exception=True)
def contact(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debtor = get_object_or_404(Debtor, pk=pk)
    form = ContactForm(request.POST if request.method == "POST" else None, debtor=debtor)
    if request.method == "POST" and form.is_valid():
        (channel, address), old = form.cleaned_data["address"], form.points.get(form.cleaned_data["replaces"])
        given = {"debtor": debtor, "channel": channel, "address": address, "replaces": old}
        try:
            contacts.set_by_staff(**given, by=request.user, now=request.now)
            messages.success(request, _("Changed. The old ones are told, and codes go to the new one in seven days."))
            return redirect("admin:ways_in", pk=pk)
        except contacts.NotPossible:
            form.refuse("address", _("This one is in use, or was replaced lately, or is of another kind."))
        except contacts.NotMeSaid:
            form.refuse("address", _("Somebody there said: this is not me. Nothing is sent there any more."))
        except contacts.TooMany:
            form.refuse(None, _("This was changed five times today."))
    if request.method != "POST":
        case.opened(request, debtor, debtor)
    context = {**admin.site.each_context(request), "title": _("New phone number or email"), "person": debtor}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "desk/contact.html", context | {"form": form}, status=status)


@staff_only
@require_POST
@permission_required("accounts.change_contactpoint", raise_exception=True)
def contact_take(request: HttpRequest, pk: uuid.UUID, contact: uuid.UUID) -> HttpResponse:
    """What a creditor's file says beside what the person chose is used as well."""
    point = get_object_or_404(ContactPoint.objects.select_related("debtor"), pk=contact, debtor=pk)
    if contacts.take(contact=point, by=request.user, now=request.now):
        messages.success(request, _("It is used as well. The others are told, and codes go there in seven days."))
    return redirect("admin:ways_in", pk=pk)


@staff_only
@require_POST
@permission_required("accounts.change_contactpoint", raise_exception=True)
def contact_undo(request: HttpRequest, pk: uuid.UUID, change: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(ContactChange.objects.select_related("debtor", "old", "new"), pk=change, debtor=pk)
    try:
        contacts.undo(change=found, by=request.user, now=request.now)
        messages.success(request, _("Taken back. It is as it was before."))
    except contacts.TooLate:
        messages.error(request, _("After seven days a change is no longer taken back. Write down a new one."))
    return redirect("admin:ways_in", pk=pk)
