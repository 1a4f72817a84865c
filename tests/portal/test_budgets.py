"""How many bytes a visit costs, as it is sent. A kB is 1,000 bytes; slow connections carry 50 in a second."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from whitenoise.compress import Compressor

from tests.portal.conftest import new_person
from tests.portal.doors import come, make_person
from tests.portal.signed_in_pages import DOWNLOADS, PAGES, PARTS, opened

pytestmark = pytest.mark.one_engine  # about bytes

FIRST_VISIT, FIRST_REQUESTS, FIRST_PAINT = 30_000, 4, 14_000
LATER_PAGE, PART = 6_000, 2_000
LANGUAGES = ["zh-hans", "zh-hant", "en"]
ROOT = Path(settings.BASE_DIR)


def sent(client, path: str, **headers) -> bytes:
    """The body of an answer as a browser gets it."""
    answer = client.get(path, headers={"Accept-Encoding": "gzip", **headers})
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    return answer.content


def static_sizes(page: str, folder: Path) -> dict[str, int]:
    """What the page makes the browser fetch, each compressed as our server does, by gzip: Brotli would be smaller."""
    sizes = {}
    for address in re.findall(r'<(?:link rel="stylesheet" href|script src|img src)="/static/([^"?]+)"', page):
        copy = shutil.copyfile(ROOT / "static" / address, folder / Path(address).name)
        (made,) = Compressor(use_brotli=False, quiet=True).compress(str(copy))
        sizes[address] = Path(made).stat().st_size
    return sizes


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", ["/arrive", "/home"])
def test_a_first_visit_is_small(client, db, clock, tmp_path, page, language):
    if page == "/home":
        new_person(client)
    else:
        come(client, make_person())
    client.cookies["language"] = language
    html = sent(client, page)
    sizes = static_sizes(client.get(page).text, tmp_path)
    css = sum(size for name, size in sizes.items() if name.endswith(".css"))
    opening = 1 if page == "/arrive" else 0  # the link itself, which leads here
    assert css
    assert len(html) + css <= FIRST_PAINT
    assert len(html) + sum(sizes.values()) <= FIRST_VISIT
    assert opening + 1 + len(sizes) <= FIRST_REQUESTS


@pytest.mark.parametrize("name", [name for name in PAGES if name not in DOWNLOADS])
def test_a_later_page_is_smaller(client, db, clock, name):
    person = new_person(client)
    get = opened(person, name)
    sizes = {}
    for language in LANGUAGES:
        client.cookies["language"] = language
        answer = get(**{"Accept-Encoding": "gzip"})
        while answer.status_code in {302, 303}:
            answer = client.get(answer.headers["Location"], headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        sizes[language] = len(answer.content)
    most = PART if name in PARTS else LATER_PAGE
    assert {language: size for language, size in sizes.items() if size > most} == {}


WHAT_A_WORKER_HOLDS = """
import sys
from portal.wsgi import application
from django.urls import get_resolver
assert get_resolver().url_patterns
print(*sorted(name for name in ("weasyprint", "fontTools", "cffi", "requests", "anymail") if name in sys.modules))
"""


def test_a_page_worker_neither_prints_paper_nor_carries_what_calls_gateways():
    """Importing WeasyPrint takes half a second and 47 MB, `requests` and `anymail` 6 MB: the workers', not a page's."""
    done = subprocess.run(
        [sys.executable, "-c", WHAT_A_WORKER_HOLDS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
