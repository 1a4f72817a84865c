"""P08: how to reach us, and who else helps for free. Open to everyone, so it says nothing about anyone."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import days, rules
from accounts.models import Creditor
from accounts.rules import Law
from portal.access import open_to_all
from portal.templatetags.words import page_language

TIME_ZONE = "UTC"  # which law's day it is hardly matters for a list of telephone numbers
_NAMES_THE_MATTER = re.compile(r"\bdebt|债务|債務", re.IGNORECASE)  # not before somebody has confirmed who they are
# Whose numbers stand first for someone we do not know: where the language of the page is spoken.
NEAREST = {
    "zh-hans": ("cn", "hk", "tw", "us", "uk", "eu"),
    "zh-hant": ("tw", "hk", "cn", "us", "uk", "eu"),
    "en": ("uk", "us", "eu", "hk", "tw", "cn"),
}
KINDS = ("advice", "crisis", "complaint")


@open_to_all
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    today = days.today_in(TIME_ZONE, request.now)
    if request.level:
        laws = [rules.law_for(request.region, today)]
    else:
        first = NEAREST[page_language()]
        regions = sorted(rules.regions(), key=first.index)
        laws = [rules.law_for(region, today) for region in regions]
    places = [_place(law, everything=bool(request.level)) for law in laws]
    return render(request, "pages/help.html", {"places": places, "creditor": _creditor(request)})


def _creditor(request: HttpRequest) -> Creditor | None:
    return request.link.creditor if request.level else None


def _place(law: Law, *, everything: bool) -> dict:
    """One region's bodies by kind, in the language of the page."""
    language = page_language()
    lines = {
        kind: [
            {
                "name": post.words(language),
                "phone": "" if post.phone in post.words(language) else post.phone,
                "url": post.url,
                "checked_on": post.checked_on,
            }
            for post in law.signposts_of(kind)
            if everything or not _NAMES_THE_MATTER.search(post.words(language))
        ]
        for kind in KINDS
    }
    return {"name": Creditor.Region(law.region).label} | lines
