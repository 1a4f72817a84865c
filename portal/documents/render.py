"""Prints a finished page of HTML as a tagged PDF (PDF/UA-1).

The only place that knows WeasyPrint. Its import takes half a second, so it happens at the first paper and never in a
process that serves pages. What is costly is kept: the fonts, the parsed style sheet and the fetcher. Nothing outside
`static/paper` can be read: not a file, not an address, not even a `data:` URL, whatever somebody wrote in a name.
"""

import atexit
import functools
import gc
import logging
import threading
from collections.abc import Callable

from django.conf import settings

FOLDER = settings.BASE_DIR / "static" / "paper"
FONTS = ("paper-sc-regular.woff2", "paper-sc-bold.woff2", "paper-tc-regular.woff2", "paper-tc-bold.woff2")
SCHEME = "paper:"
# A statement makes a hundred thousand short-lived objects: the usual threshold would search them in vain all along.
GC_THRESHOLD = (200_000, 50, 50)
# Every element would get a style for each of these, although our papers have neither lists nor notes.
UNUSED_PSEUDO_ELEMENTS = ("::marker", "::footnote", "::note")
_one_at_a_time = threading.Lock()  # four threads at once were measured at 1 GB


def to_pdf(html: str) -> bytes:
    """The page as a PDF. The same page gives the same bytes."""
    with _one_at_a_time:
        return _press()(html)


@functools.lru_cache(maxsize=1)
def _press() -> Callable[[str], bytes]:
    """Set up the printing: fonts, style sheet and fetcher, once in the life of a process."""
    import weasyprint
    from weasyprint import html as user_agent
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    for name in ("weasyprint", "weasyprint.progress", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)  # their warnings may quote a person's text
    gc.set_threshold(*GC_THRESHOLD)
    assets = {f"{SCHEME}{name}": (FOLDER / name).read_bytes() for name in FONTS}

    class OwnFilesOnly(URLFetcher):
        def fetch(self, url, headers=None):
            if url not in assets:
                raise ValueError("A paper reads nothing but its own fonts.")
            return URLFetcherResponse(url, assets[url])

    fetcher, fonts = OwnFilesOnly(), FontConfiguration()
    sheet = weasyprint.CSS(
        string=(FOLDER / "paper.css").read_text(encoding="utf-8"), font_config=fonts, url_fetcher=fetcher
    )
    base = weasyprint.CSS(string=_lean(user_agent.UA), url_fetcher=fetcher)

    class Page(weasyprint.HTML):
        def _ua_stylesheets(self, forms=False):  # noqa: FBT002  its base's signature
            return [base]

    def press(html: str) -> bytes:
        page = Page(string=html, url_fetcher=fetcher)
        return page.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1")

    return press


def _lean(sheet: str) -> str:
    """WeasyPrint's own style sheet without the rules whose pseudo-elements we never use. Each stands on one line."""
    return "\n".join(line for line in sheet.splitlines() if not line.strip().startswith(UNUSED_PSEUDO_ELEMENTS))


atexit.register(_press.cache_clear)  # the kept fonts own a folder that goes with them, while Python still can
