"""What people answered to a message, and nobody but staff can judge: read it, and say what it was."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.access import staff_only
from portal.contact import obey
from portal.contact.models import Heard


@staff_only
@require_POST
@permission_required("contact.add_threadmessage", raise_exception=True)
def read(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A reply was read. `open` says that it was no stop."""
    heard = get_object_or_404(Heard.objects.select_related("contact", "debtor"), pk=pk)
    obey.read(heard, by=request.user, now=request.now, open_again=request.POST.get("open") == "1")
    messages.success(request, _("Noted as read."))
    return redirect("admin:contact_heard_changelist")
