"""Under which code gateways that put a text together themselves know each form of the words, and which of them the
operators have approved. Noted by one person, approved by another, also for the words as they are shipped.
"""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.access import staff_only
from portal.contact import wordings as words
from portal.contact.models import WordingVersion
from portal.desk import wording_form
from portal.desk.wording_form import GatewayForm
from portal.desk.wordings import CHANGED, base_of, named

REFUSED = 422


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("contact.change_wordingversion", raise_exception=True)
def gateways(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The codes of a version."""
    version = get_object_or_404(WordingVersion, pk=pk)
    return _noted(request, version, partial(words.set_gateways, version=version))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("contact.change_wordingversion", raise_exception=True)
def shipped(request: HttpRequest, name: str) -> HttpResponse:
    """The codes of the words as shipped, which nobody has to write down for that. A version that stands has its own."""
    named(name)
    if request.method != "POST" and (stands := words.open_version(name)) is not None:
        return redirect("admin:wording_gateways", stands.pk)
    return _noted(request, words.as_shipped(name), partial(words.note_shipped, name=name))


def _noted(request: HttpRequest, version: WordingVersion, note: Callable[..., WordingVersion | None]) -> HttpResponse:
    """The page, and what is typed in it noted by this act."""
    given = request.POST if request.method == "POST" else None
    forms = wording_form.gateway_forms(version, given)
    if given is None:
        return _page(request, version, forms)
    if not all(form.is_valid() for form in forms):
        return _page(request, version, forms, status=REFUSED)
    try:
        noted = note(templates=_kept(forms), base=base_of(request), by=request.user, now=request.now)
    except (words.Changed, words.NotOpen):
        return _page(request, version, forms, status=CHANGED)
    except words.HasProblems as found:
        return _page(request, version, forms, status=REFUSED, problems=found.problems)
    if noted is None or noted == version:
        messages.info(request, _("Nothing differs, so nothing was kept."))
    else:
        messages.success(request, _("It is kept as a draft. It holds once somebody else has approved it."))
    return redirect("admin:wording", version.name)


def _kept(forms: list[GatewayForm]) -> dict[str, Any]:
    kept: dict[str, dict[str, dict[str, Any]]] = {}
    for form in forms:
        if found := form.kept():
            kept.setdefault(form.gateway, {}).setdefault(form.language, {})[form.form] = found
    return kept


def _page(
    request: HttpRequest,
    version: WordingVersion,
    forms: list[GatewayForm],
    *,
    status: int = 200,
    problems: list[words.Problem] | None = None,
) -> HttpResponse:
    versions = WordingVersion.objects.filter(name=version.name).select_related("made_by")
    context = {**admin.site.each_context(request), "title": _("At the gateways"), "version": version}
    context |= {"groups": wording_form.grouped(forms), "waits": words.other_draft(version), "places": words.PLACES}
    context |= {"wording": words.NAMES[version.name], "latest": versions.order_by("-number").first()}
    context |= {"conflict": status == CHANGED, "has_problems": status == REFUSED}
    context["problems"] = list(dict.fromkeys(one.sentence for one in problems or []))
    return TemplateResponse(request, "desk/wording_gateways.html", context, status=status)
