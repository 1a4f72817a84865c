"""What the frame of every page needs to know."""

from django.http import HttpRequest

from portal.templatetags.words import HTML_LANG, page_language


def frame(request: HttpRequest) -> dict:
    language = page_language()
    return {
        "page_lang": HTML_LANG[language],
        "language": language,
        "debtor": getattr(request, "debtor", None),
        "level": getattr(request, "level", 0),
        "region": getattr(request, "region", ""),
    }
