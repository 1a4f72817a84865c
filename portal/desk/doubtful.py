"""Messages of which nobody knows whether they went out: staff find out, and say what they found."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.links import ContactUnusable
from accounts.models import Message
from portal.access import staff_only
from portal.contact import doubtful, reasons


@staff_only
@require_POST
@permission_required("contact.add_threadmessage", raise_exception=True)
def settle(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """`again`: it did not arrive, so it is queued anew; otherwise it arrived."""
    message = get_object_or_404(Message.objects.select_related("debtor"), pk=pk)
    try:
        if request.POST.get("again") == "1":
            message = doubtful.say_again(message, by=request.user, now=request.now)
            messages.success(request, _("Queued again. The rules are asked once more before it goes out."))
        else:
            doubtful.arrived(message, by=request.user, now=request.now)
            messages.success(request, _("Noted: it arrived."))
    except doubtful.Settled:
        messages.warning(request, _("Nothing was changed: it is known by now what became of this message."))
    except doubtful.NoMore as refusal:
        messages.warning(request, _cannot(refusal.reason))
    except ContactUnusable:
        messages.warning(request, _cannot(""))
    return redirect("admin:accounts_message_change", message.pk)


def _cannot(reason: str) -> str:
    """Names the hold, or whatever rule stands in the way."""
    why = " ".join(reasons.sentence(code) for code, _rule_set in reasons.unpacked(reason))
    if why:
        return _("It cannot be sent again now: %(why)s") % {"why": why}
    return _("It cannot be sent again: its time is over, or the address is closed.")
