"""P38, a copy of everything: asked for and opened here only, at level 2. As a page, as a PDF, and for a machine."""

import json
import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from portal.access import needs_level_2
from portal.documents.models import Copy
from portal.forms import see_other
from portal.privacy import copying, sheet
from portal.templatetags.words import page_language


@needs_level_2
@require_http_methods(["GET", "HEAD", "POST"])
def copies(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        copying.ask(debtor=request.debtor, language=page_language(), by=request.actor, now=request.now)
        return see_other(reverse("copies"))
    rows = [
        (one, one.ready_at + copying.LIFE if one.ready_at else None) for one in copying.of(request.debtor, request.now)
    ]
    context = {"here": "preferences", "copies": rows, "waiting": any(one.state == "asked" for one, _until in rows)}
    return render(request, "pages/copies.html", context)


@needs_level_2
@require_GET
def copy(request: HttpRequest, copy_id: uuid.UUID) -> HttpResponse:
    found = json.loads(_opened(request, copy_id, "page").content)
    context = {"here": "preferences", "copy_id": copy_id, "sheet": sheet.of(found, page_language())}
    context["in_wechat"] = "MicroMessenger" in request.headers.get("User-Agent", "")
    return render(request, "pages/copy.html", context)


@needs_level_2
@require_GET
def copy_json(request: HttpRequest, copy_id: uuid.UUID) -> HttpResponse:
    content = _opened(request, copy_id, "json").content
    return _download(content.encode(), "application/json", copy_id, "json")


@needs_level_2
@require_GET
def copy_pdf(request: HttpRequest, copy_id: uuid.UUID) -> HttpResponse:
    return _download(bytes(_opened(request, copy_id, "pdf").pdf or b""), "application/pdf", copy_id, "pdf")


def _opened(request: HttpRequest, copy_id: uuid.UUID, form: str) -> Copy:
    act = {"by": request.actor, "now": request.now}
    found = copying.opened(debtor=request.debtor, copy_id=copy_id, form=form, **act)
    if found is None:
        raise Http404
    return found


def _download(content: bytes, content_type: str, copy_id: uuid.UUID, ending: str) -> HttpResponse:
    """An attachment under a name that tells a stranger nothing."""
    name = f"paper-{str(copy_id)[:4]}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=content_type, headers=headers)
