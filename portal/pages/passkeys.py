"""Passkeys: a phone's lock in place of the code, for the next visit. The facts are asked all the same."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import passkeys as kept_passkeys
from accounts.models import Passkey
from portal import formats
from portal.access import needs_level_1, needs_level_2, step_or_home
from portal.forms import see_other
from portal.sign_in import entry
from portal.sign_in import passkeys as ceremony
from portal.templatetags.words import page_language


@needs_level_2
@require_http_methods(["GET", "HEAD", "POST"])
def passkeys(request: HttpRequest) -> HttpResponse:
    """Those there are, one more, one less."""
    if request.method == "POST":
        return _post(request)
    mine = Passkey.objects.filter(debtor=request.debtor).order_by("added_at")
    shown = [
        {"pk": one.pk, "added": _when(one.added_at, request), "used": _when(one.last_used_at, request)} for one in mine
    ]
    context = {"here": "preferences", "passkeys": shown, "more": len(shown) < kept_passkeys.MOST}
    return render(request, "pages/passkeys.html", context | {"possible": ceremony.possible()})


def _post(request: HttpRequest) -> HttpResponse:
    here = reverse("passkeys")
    if "options" in request.POST:
        return JsonResponse(ceremony.begin_to_add(request))
    if "remove" in request.POST:
        found = get_object_or_404(Passkey, pk=_uuid(request.POST["remove"]), debtor=request.debtor)
        kept_passkeys.remove(passkey=found, by=request.actor, now=request.now)
        messages.success(request, _("Removed. It opens nothing here any more."))
        return see_other(here)
    try:
        ceremony.add(request, request.POST.get("answer", ""))
        messages.success(request, _("Added. On your next visit you can use it in place of the code."))
    except kept_passkeys.TooMany:
        messages.info(request, _("You have 5 passkeys. Remove one to add another"))
    except kept_passkeys.Known:
        messages.info(request, _("This one is added already"))
    except ceremony.Refused:
        messages.info(request, _("That did not work. Nothing was changed. You can try again, or go on with codes"))
    return see_other(here)


@require_POST
@needs_level_1
def passkey_use(request: HttpRequest) -> HttpResponse:
    """In place of the code: what to sign, then whether it is signed. It leads back to the step, as the code does."""
    then = step_or_home(request.POST.get("then", ""))
    try:
        if "options" in request.POST:
            return JsonResponse(ceremony.begin_to_use(request))
        ceremony.use(request, request.POST.get("answer", ""))
    except ceremony.Refused:
        if "options" in request.POST:
            return JsonResponse({}, status=409)
        messages.info(request, _("The passkey did not work this time. Please use a code"))
        return see_other(f"{reverse('code')}?then={then}")
    entry.raise_level(request)
    return see_other(then)


def _when(at, request: HttpRequest) -> str:
    return formats.when(at, page_language(), request.debtor.time_zone, request.region) if at else ""


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
