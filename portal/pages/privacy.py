"""P38: what we hold about you and why, until when, and the ways to have a copy, a correction or a deletion."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import rules
from accounts.days import today_in
from portal.access import needs_level_1
from portal.pages.standing_of_data import keeping_words
from portal.privacy.held import GOES_WORDS, HELD, WHY_WORDS, Goes, Why
from portal.templatetags.words import page_language


@require_safe
@needs_level_1
def privacy(request: HttpRequest) -> HttpResponse:
    today = today_in(request.debtor.time_zone, request.now)
    law = rules.law_for(request.link.creditor.region, today)
    held = [(GOES_WORDS[goes], [(row, WHY_WORDS[row.why]) for row in HELD if row.goes is goes]) for goes in Goes]
    found = law.privacy.grounds if law.privacy else ()
    grounds = [(WHY_WORDS[Why(one.why)], one.words(page_language())) for one in found]
    context = {
        "here": "preferences",
        "held": held,
        "grounds": grounds,
        "until": keeping_words(request),
        "complain": law.signposts_of("complaint"),
    }
    return render(request, "pages/privacy.html", context)
