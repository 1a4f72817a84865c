"""What the frame of every page needs to know."""

from django.http import HttpRequest

from accounts import names
from portal.access import rights_of
from portal.pages.language import LARGE
from portal.sign_in.entry import SIGNED_IN_AT
from portal.templatetags.words import page_language, page_tag

OFFERED, GIVEN = "feedback", "given"  # in the session: after what it was asked how it went, and that it answered
ASK_AGAIN = 58 * 60  # seconds after which a page asks for the facts again, before the visit would end


def large(request: HttpRequest) -> bool:
    """Whether text is large: as chosen on this device, else as the person needs it on all of theirs."""
    chosen = request.COOKIES.get(LARGE)
    return chosen == "1" or (
        chosen != "0" and getattr(request, "debtor", None) is not None and request.debtor.large_text
    )


def frame(request: HttpRequest) -> dict:
    signed_in_at = request.session.get(SIGNED_IN_AT, 0) if getattr(request, "level", 0) else 0
    return {
        "page_lang": page_tag(),
        "language": page_language(),
        "large": large(request),
        "debtor": getattr(request, "debtor", None),
        **_helping(request),
        "may": rights_of(request),  # a page shows no way that whoever reads it may not go
        "level": getattr(request, "level", 0),
        "seconds_left": ASK_AGAIN - int(request.now.timestamp() - signed_in_at) if signed_in_at else ASK_AGAIN,
        "feedback": offered(request),
        "region": getattr(request, "region", ""),
    }


def _helping(request: HttpRequest) -> dict:
    """Who is helping, and whom: the bar above every page of a helper."""
    if getattr(request, "helper", None) is None:
        return {}
    return {"helper": request.helper, "helped": names.masked(request.debtor.name, request.region)}


def offered(request: HttpRequest) -> str:
    """After what this visit is asked how it went; `GIVEN` once it has answered, "" while nothing was done."""
    asked = request.session.get(OFFERED, {}) if getattr(request, "level", 0) else {}
    return GIVEN if GIVEN in asked else asked.get("after", "")
