"""Files on a person's pages: choosing one, a row for each with its remove, and taking home one's own or ours."""

import uuid
from collections.abc import Iterable, Iterator

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Helper
from portal.access import helper_may, needs_level_2, rights_of
from portal.contact import uploads
from portal.contact.models import Upload
from portal.contact.uploads import words
from portal.forms import PageForm, done

SANDBOX = "sandbox; default-src 'none'"
SEVERAL = _("JPG, PNG, HEIC or PDF: up to 5 files, 10 MB each, 25 MB together")


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class FileBox(forms.FileField):
    """A box for a file, or for `several`. What was chosen never comes back to the page: `offered` alone judges it."""

    def __init__(self, *, several: bool = False, **kwargs):
        hint = SEVERAL if several else _("JPG, PNG, HEIC or PDF, up to 10 MB")
        kwargs.setdefault("label", _("Choose a file"))
        kwargs.setdefault("help_text", hint)
        accept = {"accept": uploads.ACCEPTED}
        widget = SeveralFiles({"multiple": True} | accept) if several else forms.FileInput(accept)
        super().__init__(**{"required": False, "widget": widget, "allow_empty_file": True, **kwargs})


def offered(request: HttpRequest, form: PageForm, field: str = "file") -> list[uploads.Offered]:
    """The files that came in this field, none if one is not taken: then the form says why.

    For a form that is bound and otherwise read; look at `form.errors` afterwards.
    """
    found, problems = [], uploads.left_out(request, field)
    for file in request.FILES.getlist(field):
        try:
            found.append(uploads.look(file))
        except uploads.NotTaken as problem:
            problems.append(problem.code)
    for code in dict.fromkeys(problems):
        form.refuse(field, words.said(code))
    return [] if problems else found


def ask_again(request: HttpRequest, form: PageForm, field: str = "file") -> None:
    """Say that a file has to be chosen once more, where one came with a form that did not pass for another reason."""
    if field in form.fields and request.FILES.getlist(field) and field not in form.errors:
        form.refuse(field, _("Please choose the file again: what you typed is kept, the file is not"))


def rows(files: Iterable[Upload], *, from_us: bool = False, helper: Helper | None = None) -> Iterator[dict]:
    """A row for each file that has not been removed, in the order in which they came, with the helper who added it.

    `from_us` for files that staff sent: the person takes them home, and nothing else can be done about them. To a
    `helper` their own are theirs to remove, and no other.
    """
    for file in files:
        if file.state != Upload.State.REMOVED and not (from_us and file.state == Upload.State.REFUSED):
            yield {
                "from_us": from_us,
                "by": file.helper.first_name if file.helper and file.helper != helper else "",
                "removable": not from_us and (helper is None or file.helper == helper),
                "pk": file.pk,
                "name": file.name,
                "kind": file.get_kind_display(),
                "size": file.size,
                "state": file.state,
                "why_not": words.said(file.reason) if file.state == Upload.State.REFUSED else "",
                "came_by_email": file.state == Upload.State.REFUSED and not file.kind,
                "again": uploads.taking(),
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


def open_to(request: HttpRequest) -> QuerySet[Upload]:
    """The files that whoever visits may open. A helper who may talk: those of the thread, and what they added to a
    check themselves; the person's papers for one only if they may see their papers.
    """
    files = Upload.objects.filter(debtor=request.debtor).select_related("helper")
    if "see" in rights_of(request):
        return files
    return files.filter(Q(message__isnull=False) | Q(helper=request.helper))


@require_GET
@needs_level_2
@helper_may("talk")
def upload(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """One's own file or one from us, as it was drawn anew."""
    file = get_object_or_404(open_to(request), pk=upload_id, state=Upload.State.CLEAN)
    file.debtor = request.debtor
    try:
        content = uploads.open_to_read(upload=file, by=request.actor, now=request.now)
    except FileNotFoundError:
        raise Http404 from None
    return attachment(content, file)


@require_POST
@needs_level_2
@helper_may("talk")
def upload_remove(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Take a file away: one's own, or as the person also one that a helper added. What a finished check was decided on
    stays.
    """
    theirs = open_to(request).exclude(message__staff__isnull=False)
    if request.helper is not None:
        theirs = theirs.filter(helper=request.helper)
    file = get_object_or_404(theirs.select_related("hold", "debtor"), pk=upload_id)
    if file.hold and file.hold.ended_at:
        return done(request, reverse("check_progress", args=[file.hold_id]))
    uploads.remove(upload=file, by=request.actor, now=request.now)
    return done(request, reverse("check_papers", args=[file.hold_id]) if file.hold_id else reverse("talk"))
