"""P38, deletion: what goes now, what stays, why and until when. Asking is one act; what may go is gone with it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.days import today_in
from accounts.models import PrivacyRequest
from portal import formats
from portal.access import needs_level_2
from portal.forms import see_other
from portal.pages.standing_of_data import keeping_words
from portal.privacy import erasing
from portal.privacy.held import GOES_WORDS, HELD, WHY_WORDS, Goes
from portal.sign_in import entry
from portal.templatetags.words import page_language


@needs_level_2
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        visit = request.session.session_key or ""
        erasing.ask(debtor=request.debtor, by=request.actor, now=request.now, visit=visit)
        request.debtor.refresh_from_db(fields=["erased_at"])
        if request.debtor.erased_at is not None:
            entry.let_out(request)
            return see_other(f"{reverse('signed_out')}?plain=1")
        messages.success(request, _("What could be deleted is deleted. The rest follows on its day."))
        return see_other(reverse("erase"))
    asked = PrivacyRequest.objects.filter(debtor=request.debtor, kind=PrivacyRequest.Kind.ERASE, answered_at=None)
    waiting = asked.first()
    context = {
        "here": "preferences",
        "now": [row for row in HELD if row.goes in {Goes.AT_ONCE, Goes.SOON}],
        "later": [(row, WHY_WORDS[row.why]) for row in HELD if row.goes is Goes.AFTER],
        "stays": [row for row in HELD if row.goes is Goes.STAYS],
        "stays_words": GOES_WORDS[Goes.STAYS],
        "until": keeping_words(request),
        "asked": _day(request, waiting.asked_at) if waiting else "",
    }
    return render(request, "pages/erase.html", context)


def _day(request: HttpRequest, at: datetime) -> str:
    return formats.day(today_in(request.debtor.time_zone, at), page_language(), request.region)
