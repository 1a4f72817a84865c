"""Files of a person on their own pages: choosing one, a row for each with its remove, and taking one home."""

import uuid
from collections.abc import Iterable, Iterator

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from portal.access import needs_level_2
from portal.contact import uploads
from portal.contact.models import Upload
from portal.contact.uploads import words
from portal.forms import PageForm, done

SANDBOX = "sandbox; default-src 'none'"


class FileBox(forms.FileField):
    """A box for one file. What was chosen never comes back to the page, so it is judged by `offered` alone."""

    def __init__(self, **kwargs):
        kwargs.setdefault("label", _("Choose a file"))
        kwargs.setdefault("help_text", _("JPG, PNG, HEIC or PDF, up to 10 MB"))
        widget = forms.FileInput(attrs={"accept": uploads.ACCEPTED})
        super().__init__(**{"required": False, "widget": widget, "allow_empty_file": True, **kwargs})


def offered(request: HttpRequest, form: PageForm, field: str = "file") -> list[uploads.Offered]:
    """The files that came in this field, none if one is not taken: then the form says why.

    For a form that is bound and otherwise read; look at `form.errors` afterwards.
    """
    found, problems = [], ["too_big"] if field in uploads.left_out(request) else []
    for file in request.FILES.getlist(field):
        try:
            found.append(uploads.look(file))
        except uploads.NotTaken as problem:
            problems.append(problem.code)
    for code in dict.fromkeys(problems):
        form.refuse(field, words.said(code))
    return [] if problems else found


def rows(files: Iterable[Upload]) -> Iterator[dict]:
    """A row for each file that has not been removed, in the order in which they came."""
    for file in files:
        if file.state != Upload.State.REMOVED:
            yield {
                "pk": file.pk,
                "name": file.name,
                "kind": file.get_kind_display(),
                "size": file.size,
                "state": file.state,
                "why_not": words.said(file.reason) if file.state == Upload.State.REFUSED else "",
            }


def attachment(content: bytes, file: Upload) -> HttpResponse:
    """The redrawn file to take home, never to open on our pages, under a name that tells a stranger nothing."""
    name = f"file-{file.at:%Y-%m-%d}-{str(file.pk)[:4]}.{file.ending}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
    }
    kind = "application/pdf" if file.kind == Upload.Kind.PDF else "image/jpeg"
    return HttpResponse(content, content_type=kind, headers=headers)


@require_GET
@needs_level_2
def upload(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """One's own file, as it was drawn anew."""
    file = get_object_or_404(Upload, debtor=request.debtor, pk=upload_id, state=Upload.State.CLEAN)
    file.debtor = request.debtor
    try:
        content = uploads.open_to_read(upload=file, by=request.actor, now=request.now)
    except FileNotFoundError:
        raise Http404 from None
    return attachment(content, file)


@require_POST
@needs_level_2
def upload_remove(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Take a file away. What a finished check was decided on stays."""
    file = get_object_or_404(Upload.objects.select_related("hold", "debtor"), debtor=request.debtor, pk=upload_id)
    if file.hold and file.hold.ended_at:
        return done(request, reverse("check_progress", args=[file.hold_id]))
    uploads.remove(upload=file, by=request.actor, now=request.now)
    return done(request, reverse("check_papers", args=[file.hold_id]) if file.hold_id else reverse("talk"))
