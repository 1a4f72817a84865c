"""A file at the desk: as it was drawn anew, to take down, never opened on our pages. One of ours can be taken back."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.access import staff_only
from portal.contact import uploads
from portal.contact.models import Upload
from portal.pages.uploads import attachment


@staff_only
@require_safe
@permission_required("contact.view_upload", raise_exception=True)
def upload(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    files = Upload.objects.select_related("debtor")
    file = get_object_or_404(files, pk=pk, state=Upload.State.CLEAN)
    try:
        content = uploads.open_to_read(upload=file, by=request.user, now=request.now)
    except FileNotFoundError:
        raise Http404 from None
    return attachment(content, file)


@staff_only
@require_POST
@permission_required(uploads.MAY_SEND, raise_exception=True)
def upload_remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back a file of staff, as if it was meant for somebody else. Those of people are theirs to remove."""
    sent = Upload.objects.filter(message__staff__isnull=False).select_related("debtor")
    file = get_object_or_404(sent, pk=pk)
    uploads.remove(upload=file, by=request.user, now=request.now)
    messages.success(request, _("The file is taken back: it can no longer be opened."))
    return redirect("admin:case", pk=file.debtor_id)
