"""The words of messages (S11): written in three languages side by side, approved by a second person, taken back."""

import uuid

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from portal.access import staff_only
from portal.contact import wordings as words
from portal.contact.models import WordingVersion
from portal.desk import wording_form
from portal.desk.wording_form import GATEWAY_NAMES, LANGUAGE_NAMES, Texts, typed

SHOWN = 50  # versions of a wording in its history
CHANGED = 409


@staff_only
@require_safe
@permission_required("contact.view_wordingversion", raise_exception=True)
def wordings(request: HttpRequest) -> HttpResponse:
    """Every wording: what is said at present, and whether a draft waits."""
    open_ones = WordingVersion.objects.exclude(state=WordingVersion.State.WITHDRAWN)
    said: dict[str, WordingVersion] = {}
    drafts: dict[str, WordingVersion] = {}
    for version in open_ones.select_related("made_by", "approved_by").order_by("number"):
        (said if version.state == WordingVersion.State.APPROVED else drafts)[version.name] = version
    here = words.named_here()
    rows = [
        {
            "wording": one,
            "said": (version := said.get(name)),
            "draft": drafts.get(name),
            "known": [words.known_at(gateway, name, version) for gateway in here],
        }
        for name, one in words.NAMES.items()
    ]
    context = {**admin.site.each_context(request), "title": _("Words of messages"), "rows": rows}
    context |= {"gateways": [GATEWAY_NAMES[one] for one in here], "without_codes": without_codes_for(request.user)}
    return TemplateResponse(request, "desk/wordings.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("contact.view_wordingversion", raise_exception=True)
def wording(request: HttpRequest, name: str) -> HttpResponse:
    """The words to read or to write. One button looks at them, the other keeps them as a draft."""
    one = named(name)
    if request.method != "POST":
        return _page(request, one, wording_form.start(one, _start(request, name)))
    if not request.user.has_perm("contact.add_wordingversion"):
        raise PermissionDenied
    texts = typed(one, request.POST)
    if "keep" not in request.POST:
        return _page(request, one, texts, base=base_of(request))
    try:
        words.write(name=name, texts=texts, base=base_of(request), by=request.user, now=request.now)
    except words.HasProblems:
        return _page(request, one, texts, base=base_of(request), status=422)
    except words.Changed as found:
        return _page(request, one, texts, status=CHANGED, latest=found.latest)
    messages.success(request, _("The draft is kept. It is said once somebody else has approved it."))
    return redirect("admin:wording", name)


@staff_only
@require_POST
@permission_required("contact.add_wordingversion", raise_exception=True)
def look(request: HttpRequest, name: str) -> HttpResponse:
    """What one box holds, counted and read while it is written."""
    one, form, language = named(name), request.GET.get("form", ""), request.GET.get("language", "")
    if form not in one.forms or language not in words.LANGUAGES:
        raise Http404
    box = wording_form.box(one, typed(one, request.POST), form, language)
    return TemplateResponse(request, "desk/wording.html#look", {"box": box})


@staff_only
@require_POST
@permission_required("contact.change_wordingversion", raise_exception=True)
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    version = get_object_or_404(WordingVersion, pk=pk)
    try:
        words.approve(version=version, by=request.user, now=request.now)
        messages.success(request, _("The version is approved."))
    except words.NotByItsWriter:
        messages.error(request, _("Words are approved by somebody else than who wrote them."))
    except words.NotOpen:
        messages.error(request, _("This draft was withdrawn, or a newer one stands in its place."))
    except words.HasProblems as found:
        messages.error(request, " ".join(dict.fromkeys(one.sentence for one in found.problems)))
    return redirect("admin:wording", version.name)


@staff_only
@require_POST
@permission_required("contact.change_wordingversion", raise_exception=True)
def withdraw(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    version = words.withdraw(version=get_object_or_404(WordingVersion, pk=pk), by=request.user, now=request.now)
    messages.success(request, _("It is withdrawn. What was said before it is said again."))
    return redirect("admin:wording", version.name)


def without_codes_for(user: User) -> list[str]:
    """Where no one-time code can go out at present, a sentence for each gateway; for those who may read words."""
    if not user.has_perm("contact.view_wordingversion"):
        return []
    sentence = _("%(gateway)s has no code for “One-time code” in: %(languages)s. No one-time code goes out there.")
    return [
        sentence
        % {
            "gateway": GATEWAY_NAMES[one.gateway],
            "languages": " · ".join(LANGUAGE_NAMES[language] for language in one.nothing_in),
        }
        for one in words.without_codes()
    ]


def _page(
    request: HttpRequest,
    one: words.Wording,
    texts: Texts,
    *,
    status: int = 200,
    base: int | None = None,
    latest: WordingVersion | None = None,
) -> HttpResponse:
    """The page. On a conflict it starts from what stands now, with what was typed still in the boxes."""
    people = ("made_by", "approved_by")
    versions = list(WordingVersion.objects.filter(name=one.name).select_related(*people).order_by("-number")[:SHOWN])
    context = {**admin.site.each_context(request), "title": one.title, "wording": one, "versions": versions}
    context |= {"rows": wording_form.rows(one, texts, latest=latest), "places": words.PLACES}
    context |= {"base": (versions[0].number if versions else 0) if base is None else base}
    context |= {"conflict": status == CHANGED, "latest": latest, "has_problems": status == 422}
    context["stands"] = any(version.state != WordingVersion.State.WITHDRAWN for version in versions)
    context["said"] = next((version for version in versions if version.state == WordingVersion.State.APPROVED), None)
    return TemplateResponse(request, "desk/wording.html", context, status=status)


def named(name: str) -> words.Wording:
    """The wording of this name, else 404."""
    if name not in words.NAMES:
        raise Http404
    return words.NAMES[name]


def _start(request: HttpRequest, name: str) -> WordingVersion | None:
    """The version asked for, else the draft or approved one that is newest; "shipped" asks for the words as shipped."""
    asked, versions = request.GET.get("from", ""), WordingVersion.objects.filter(name=name)
    if asked == "shipped":
        return None
    if asked.isascii() and asked.isdigit() and len(asked) < 9:
        return versions.filter(number=int(asked)).first()
    return versions.exclude(state=WordingVersion.State.WITHDRAWN).order_by("-number").first()


def base_of(request: HttpRequest) -> int:
    """The number of the newest version when the page was opened."""
    given = request.POST.get("base", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else -1
