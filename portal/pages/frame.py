"""What the frame of every page needs to know."""

from django.http import HttpRequest
from django.utils.translation import get_language

HTML_LANG = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}


def frame(request: HttpRequest) -> dict:
    language = get_language() or "en"
    return {
        "page_lang": HTML_LANG.get(language, "en"),
        "language": language,
        "debtor": getattr(request, "debtor", None),
        "level": getattr(request, "level", 0),
        "region": getattr(request, "region", ""),
    }
