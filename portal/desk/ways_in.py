"""How a person is reached and comes in: contacts, links, facts on file. Staff see endings, never a whole address."""

import uuid

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import contacts as contact_acts
from accounts import helper as helpers
from accounts import identity, knocks, passkeys, together
from accounts.models import ContactChange, ContactPoint, CreditorRef, Debtor, Helper, Knock, Link, Passkey
from portal.access import staff_only
from portal.contact import past, wishes
from portal.contact.models import Stop
from portal.desk import answering, case

LINKS_SHOWN = 20
FACTS = {
    "birth_date": gettext_lazy("birth date"),
    "id_last4": gettext_lazy("last 4 of ID"),
    "postcode": gettext_lazy("postcode"),
    "customer_number": gettext_lazy("customer number"),
}


@staff_only
@require_safe
@permission_required("accounts.view_contactpoint", raise_exception=True)
def ways_in(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debtor = get_object_or_404(Debtor, pk=pk)
    case.opened(request, debtor, debtor)
    newest = Link.objects.filter(debtor=debtor).order_by("-created_at", "-pk")[:LINKS_SHOWN]
    rows = together.fetch(
        {
            "links": newest,
            "contacts": ContactPoint.objects.filter(debtor=debtor),
            "helpers": Helper.objects.filter(debtor=debtor),
            "passkeys": Passkey.objects.filter(debtor=debtor),
        }
    )
    links = sorted(rows["links"], key=lambda link: (link.created_at, link.pk), reverse=True)
    contacts = sorted(rows["contacts"], key=lambda one: (one.channel, -one.created_at.timestamp(), one.pk))
    stops = wishes.stopped(debtor)
    changes = ContactChange.objects.filter(debtor=debtor, in_force_at__isnull=False).select_related("old", "new")
    context = {
        **admin.site.each_context(request),
        "title": _("Contacts and links"),
        "person": debtor,
        "facts": [name for kind, name in FACTS.items() if getattr(debtor, f"{kind}_hash")],
        "refs": CreditorRef.objects.filter(debtor=debtor).select_related("creditor").order_by("creditor__name", "pk"),
        "contacts": [(contact, _may_unblock(contact, request), _stop(contact, stops)) for contact in contacts],
        "helpers": _helpers(rows["helpers"], request),
        "passkeys": sorted(rows["passkeys"], key=lambda one: one.added_at),
        "changes": _changes(changes, request),
        "links": [(link, link.revoked_at is None and link.expires_at > request.now) for link in links],
    }
    return TemplateResponse(request, "desk/ways_in.html", context)


def _helpers(found: list[Helper], request: HttpRequest) -> list[tuple[Helper, bool]]:
    """Whom the person named, first to last, and whether their rights are open."""
    return [(one, helpers.is_open(one, request.now)) for one in sorted(found, key=lambda one: one.named_at)]


def _changes(found: QuerySet[ContactChange], request: HttpRequest) -> list[tuple[ContactChange, bool]]:
    """The newest changes of a contact, and whether each may still be taken back."""
    newest = found.order_by("-in_force_at")[:LINKS_SHOWN]
    return [(one, contact_acts.may_undo(one, request.now)) for one in newest]


def _may_unblock(contact: ContactPoint, request: HttpRequest) -> bool:
    blocked = contact.blocked_at is not None and contact.blocked_reason == knocks.BLOCKED
    return blocked and contact.blocked_at > request.now - knocks.REVERSIBLE_FOR


def _stop(contact: ContactPoint, stops: dict[str, list[Stop]]) -> Stop | None:
    """The stop that closes this contact, if one does."""
    said = stops.get(past.law_channel(contact.channel), [])
    return next((stop for stop in said if stop.contact_id in {None, contact.pk}), None)


@staff_only
@require_POST
@permission_required("contact.add_threadmessage", raise_exception=True)
def stop(request: HttpRequest, pk: uuid.UUID, contact: uuid.UUID) -> HttpResponse:
    """The person has told staff that they want no more messages at this contact."""
    found = get_object_or_404(ContactPoint.objects.select_related("debtor"), pk=contact, debtor=pk)
    source = Stop.Source.STAFF
    wishes.stop(
        debtor=found.whose, channel=found.channel, contact=found, source=source, by=request.user, now=request.now
    )
    messages.success(request, _("Nothing more is sent there. Only the person can open it again."))
    return redirect("admin:ways_in", pk=pk)


@staff_only
@require_POST
@permission_required("accounts.change_contactpoint", raise_exception=True)
def at_work(request: HttpRequest, pk: uuid.UUID, contact: uuid.UUID) -> HttpResponse:
    """The person has told staff that this contact is at work, or (`no`) that it is not."""
    found = get_object_or_404(ContactPoint.objects.select_related("debtor"), pk=contact, debtor=pk)
    at_work = "no" not in request.POST
    contact_acts.mark_one_at_work(contact=found, at_work=at_work, by=request.user, now=request.now)
    return redirect("admin:ways_in", pk=pk)


@staff_only
@require_POST
@permission_required("accounts.change_debtor", raise_exception=True)
def unlock(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a person try their facts again after too many tries."""
    debtor = get_object_or_404(Debtor, pk=pk)
    identity.unlock(debtor=debtor, by=request.user, now=request.now)
    messages.success(request, _("The person can try again."))
    return redirect("admin:ways_in", pk=pk)


@staff_only
@require_POST
@permission_required("accounts.change_contactpoint", raise_exception=True)
def unblock(request: HttpRequest, pk: uuid.UUID, contact: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(ContactPoint.objects.select_related("debtor"), pk=contact, debtor=pk)
    try:
        knocks.unblock(contact=found, by=request.user, now=request.now)
        messages.success(request, _("The contact may be written to again. Its old links stay closed."))
    except knocks.TooLate:
        messages.error(request, _("After seven days a block is not taken back. Write down another number or email."))
    return redirect("admin:ways_in", pk=pk)


@staff_only
@require_POST
@permission_required("accounts.change_link", raise_exception=True)
def revoke(request: HttpRequest, pk: uuid.UUID, link: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(Link.objects.select_related("debtor"), pk=link, debtor=pk)
    answering.revoke_link(link=found, by=request.user, now=request.now)
    messages.success(request, _("The link is closed. A visit that came by it ends with its next click."))
    return redirect("admin:ways_in", pk=pk)


@staff_only
@require_POST
@permission_required("accounts.change_helper", raise_exception=True)
def helper_end(request: HttpRequest, pk: uuid.UUID, helper: uuid.UUID) -> HttpResponse:
    """Take a helper's rights back, as the person may have asked by phone. An open visit ends with its next click."""
    found = get_object_or_404(Helper.objects.select_related("debtor", "contact"), pk=helper, debtor=pk)
    helpers.end(helper=found, reason=Helper.Ended.BY_STAFF, by=request.user, now=request.now)
    messages.success(request, _("They can do nothing here any more."))
    return redirect("admin:ways_in", pk=pk)


@staff_only
@require_POST
@permission_required("accounts.delete_passkey", raise_exception=True)
def passkey_remove(request: HttpRequest, pk: uuid.UUID, passkey: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(Passkey, pk=passkey, debtor=pk)
    passkeys.remove(passkey=found, by=request.user, now=request.now)
    messages.success(request, _("The passkey is removed. A code still works."))
    return redirect("admin:ways_in", pk=pk)


@staff_only
@require_POST
@permission_required("accounts.change_knock", raise_exception=True)
def settle(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A stranger's words at the door were dealt with."""
    knock = get_object_or_404(Knock.objects.select_related("link__debtor"), pk=pk)
    knocks.answered(knock=knock, by=request.user, now=request.now)
    messages.success(request, _("Noted as answered."))
    return redirect("admin:accounts_knock_changelist")
