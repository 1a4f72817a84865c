"""A person's file at the desk: as it was drawn anew, to take down, never opened on our pages."""

import uuid

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

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
