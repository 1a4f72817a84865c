"""A person's record for a regulator or court: asked for here, made like every paper, each step an event."""

import uuid
from typing import Final

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import history
from portal.access import staff_only
from portal.desk import case
from portal.documents import issue, listing, making, papers, records, rows
from portal.documents.models import Document, IssuedFile
from portal.forms import PageForm

SHOWN: Final = 20


class RecordForm(PageForm):
    language = forms.ChoiceField(label=gettext_lazy("Language of the paper"), choices=settings.LANGUAGES)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("accounts.export_record", raise_exception=True)
def record(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debtor = case.debts_of(pk)[0].debtor
    form = RecordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            given = {"debtor": debtor, "language": form.cleaned_data["language"]}
            issue.ask_for_record(**given, by=request.user, now=request.now)
            messages.success(request, _("The record is being made. In a minute it can be downloaded here."))
        except papers.PeriodTooLong:
            said = _("This record has more than %(n)s entries: too many for one paper.") % {"n": records.MOST_ENTRIES}
            messages.error(request, said)
        return redirect("admin:record", pk=pk)
    if request.method != "POST":
        case.opened(request, debtor, debtor)
    made = Document.objects.filter(debtor=debtor, kind=Document.Kind.RECORD).order_by("-requested_at", "-pk")
    context = {**admin.site.each_context(request), "title": _("Record for a regulator or court"), "person": debtor}
    context |= {"form": form, "made": [(one, making.fingerprint(one)) for one in listing.light(made)[:SHOWN]]}
    return TemplateResponse(request, "desk/record.html", context, status=422 if form.is_bound else 200)


@staff_only
@require_safe
@permission_required("accounts.export_record", raise_exception=True)
def record_pdf(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _found(pk)
    file = IssuedFile.objects.filter(document=found).first()
    if file is None:
        messages.info(request, _("It is not ready yet."))
        return redirect("admin:record", pk=found.debtor_id)
    return _download(request, found, bytes(file.pdf), "pdf", "application/pdf")


@staff_only
@require_safe
@permission_required("accounts.export_record", raise_exception=True)
def record_csv(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _found(pk)
    return _download(request, found, rows.record_as_csv(found), "csv", "text/csv; charset=utf-8")


def _found(pk: uuid.UUID) -> Document:
    kept = Document.objects.filter(kind=Document.Kind.RECORD).select_related("debtor")
    return get_object_or_404(kept, pk=pk)


def _download(request: HttpRequest, found: Document, content: bytes, form: str, content_type: str) -> HttpResponse:
    with transaction.atomic():
        data = {"form": form, "kind": found.kind, "language": found.language}
        made = {"by": request.user, "on": found, "debtor": found.debtor, "now": request.now, "data": data}
        history.record(act="document.downloaded", **made)
    name = f"record-{found.requested_at:%Y-%m-%d}-{str(found.pk)[:4]}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=content_type, headers=headers)
