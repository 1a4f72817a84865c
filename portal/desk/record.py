"""A person's record for a regulator or court: asked for here, made like every paper, each step an event."""

import hashlib
import uuid
from datetime import date
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import history
from portal.access import staff_only
from portal.desk import case
from portal.documents import issue, listing, making, records, rows
from portal.documents.models import Document, IssuedFile
from portal.forms import PageForm

SHOWN: Final = 20


def _day(label: Any) -> forms.DateField:
    wrong = gettext_lazy("Write the day as 2026-12-31.")
    limits = [MinValueValidator(date(1970, 1, 1), wrong), MaxValueValidator(date(2999, 12, 31), wrong)]
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"placeholder": "2026-12-31", "inputmode": "numeric"}),
        validators=limits,
        error_messages={"invalid": wrong},
    )


class RecordForm(PageForm):
    language = forms.ChoiceField(label=gettext_lazy("Language of the paper"), choices=settings.LANGUAGES)
    start = _day(gettext_lazy("First day"))
    end = _day(gettext_lazy("Last day"))

    def clean(self):
        answers = super().clean()
        if answers.get("start") and answers.get("end") and answers["start"] > answers["end"]:
            self.add_error("end", _("The last day comes before the first. Please check both"))
        return answers


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("accounts.export_record", raise_exception=True)
def record(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debtor = case.debts_of(pk)[0].debtor
    form = RecordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answers = {name: form.cleaned_data[name] for name in ("language", "start", "end")}
        made = issue.ask_for_record(debtor=debtor, **answers, by=request.user, now=request.now)
        if _is_csv_alone(made):
            messages.warning(request, _too_long())
        else:
            messages.success(request, _("The record is being made. In a minute it can be downloaded here."))
        return redirect("admin:record", pk=pk)
    if request.method != "POST":
        case.opened(request, debtor, debtor)
    holds = {"has_pdf": Exists(IssuedFile.objects.filter(document=OuterRef("pk"))), "has_words": ~Q(content="")}
    mine = Document.objects.filter(debtor=debtor, kind=Document.Kind.RECORD).order_by("-requested_at", "-pk")
    context = {**admin.site.each_context(request), "title": _("Record for a regulator or court"), "person": debtor}
    context |= {"form": form, "most": records.MOST_PRINTED, "signs": records.MOST_SIGNS}
    context["made"] = [(one, making.fingerprint(one)) for one in listing.light(mine).annotate(**holds)[:SHOWN]]
    return TemplateResponse(request, "desk/record.html", context, status=422 if form.is_bound else 200)


@staff_only
@require_safe
@permission_required("accounts.export_record", raise_exception=True)
def record_pdf(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _found(pk)
    if not found.content:
        return _emptied(request, found)
    file = IssuedFile.objects.filter(document=found).first()
    if file is None:
        messages.info(request, _too_long() if _is_csv_alone(found) else _("It is not ready yet."))
        return redirect("admin:record", pk=found.debtor_id)
    content = bytes(file.pdf)
    _note_download(request, found, "pdf", hashlib.sha256(content).hexdigest())
    return HttpResponse(content, headers=_attached(found, "pdf", "application/pdf"))


@staff_only
@require_safe
@permission_required("accounts.export_record", raise_exception=True)
def record_csv(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Made twice, once for its hash and once to be sent, because it is never whole in memory."""
    found = _found(pk)
    if not found.content:
        return _emptied(request, found)
    digest = hashlib.sha256()
    for piece in rows.record_as_csv(found):
        digest.update(piece)
    _note_download(request, found, "csv", digest.hexdigest())
    return StreamingHttpResponse(rows.record_as_csv(found), headers=_attached(found, "csv", "text/csv; charset=utf-8"))


def _emptied(request: HttpRequest, found: Document) -> HttpResponse:
    messages.info(request, _("The words of this record were removed after their time."))
    return redirect("admin:record", pk=found.debtor_id)


def _is_csv_alone(found: Document) -> bool:
    return found.state == Document.State.READY and not IssuedFile.objects.filter(document=found).exists()


def _too_long() -> str:
    said = _(
        "This record is longer than a PDF can be: %(n)s entries, with %(signs)s characters of text. The CSV holds all "
        "of it; for a PDF, choose a shorter period."
    )
    return said % {"n": records.MOST_PRINTED, "signs": records.MOST_SIGNS}


def _found(pk: uuid.UUID) -> Document:
    kept = Document.objects.filter(kind=Document.Kind.RECORD).select_related("debtor")
    return get_object_or_404(kept, pk=pk)


def _note_download(request: HttpRequest, found: Document, form: str, sha256: str) -> None:
    with transaction.atomic():
        data = {"form": form, "kind": found.kind, "language": found.language}
        data |= {"sha256": sha256}  # what `check_record` knows a CSV by
        made = {"by": request.user, "on": found, "debtor": found.debtor, "now": request.now, "data": data}
        history.record(act="document.downloaded", **made)


def _attached(found: Document, form: str, content_type: str) -> dict[str, str]:
    name = f"record-{found.requested_at:%Y-%m-%d}-{str(found.pk)[:4]}.{form}"
    return {
        "Content-Type": content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
