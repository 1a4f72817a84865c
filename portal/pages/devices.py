"""P38, devices signed in: each visit of this person that goes on, and the way to end any of them at once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.access import needs_level_1
from portal.forms import see_other
from portal.sign_in import devices as visits


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
def devices(request: HttpRequest) -> HttpResponse:
    found = visits.of(request.debtor, request)
    if request.method != "POST":
        context = {"here": "preferences", "devices": found, "others": any(not one.here for one in found)}
        return render(request, "pages/devices.html", context)
    asked = request.POST.get("end", "")
    ids = {one.id for one in found if not one.here and asked in {one.id, "others"}}
    if ids:
        visits.sign_out(debtor=request.debtor, ids=ids, by=request.actor, now=request.now)
        messages.success(request, _("Signed out there."))
    return see_other(reverse("devices"))
