"""Papers for a check: one file at a time, each with a row of its own. Needs the code, as all that is sent up does."""

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import Hold
from portal.access import helper_may, needs_level_2
from portal.contact import uploads
from portal.contact.models import Upload
from portal.contact.uploads import words
from portal.forms import PageForm, bound, done, refused, see_other
from portal.pages.uploads import FileBox, offered, open_to, rows

MOST_LOOKS = 6  # times that script asks by itself what became of a file; after that, the person may


class PaperForm(PageForm):
    file = FileBox()


@uploads.takes_files
@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_2
@helper_may("talk")
def check_papers(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    hold = get_object_or_404(Hold, debtor=request.debtor, kind=Hold.Kind.DISPUTE, pk=hold_id)
    if hold.ended_at:
        return see_other(reverse("check_progress", args=[hold.pk]))
    here = reverse("check_papers", args=[hold.pk])
    if request.method != "POST":
        form = bound(request, PaperForm, here)
        part = "#papers" if request.htmx else ""
        return render(request, f"pages/check_papers.html{part}", {"form": form, **_papers(request, hold)})
    form = PaperForm(request.POST)
    form.is_valid()
    _take(request, form, hold)
    if request.htmx:
        form = form if form.errors else PaperForm()
        return render(request, "pages/check_papers.html#papers", {"form": form, **_papers(request, hold)})
    return refused(request, form, here, url=here) if form.errors else done(request, here)


def _take(request: HttpRequest, form: PaperForm, hold: Hold) -> None:
    files = offered(request, form)
    if not files and not form.errors:
        form.refuse("file", words.said("none"))
    if files:
        try:
            uploads.keep(debtor=request.debtor, files=files, hold=hold, by=request.actor, now=request.now)
        except uploads.NotTaken as problem:
            form.refuse("file", words.said(problem.code))


def _papers(request: HttpRequest, hold: Hold) -> dict:
    files = list(rows(open_to(request).filter(hold=hold).order_by("at", "id"), helper=request.helper))
    kept = Upload.objects.filter(hold=hold).exclude(state__in=uploads.GONE)
    waiting = any(file["state"] == Upload.State.PENDING for file in files)
    looked = request.GET.get("look", "0")
    looks = int(looked) if looked.isascii() and looked.isdigit() and len(looked) < 3 else MOST_LOOKS
    return {
        "here": "home",
        "leave_quickly": True,
        "hold": hold,
        "files": files,
        "full": kept.count() >= uploads.MOST_AT_ONCE,
        "waiting": waiting,
        "next_look": looks + 1 if waiting and looks < MOST_LOOKS else 0,
        "taking": uploads.taking(),
        "unscanned": not settings.SCANNER_URL,
    }
