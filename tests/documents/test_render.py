"""The printed paper: tagged, small, in the right glyphs, literal, and never reading anything."""

import io
import socket
import statistics
from dataclasses import dataclass

import pypdf
import pytest
from django.template.loader import render_to_string
from django.utils.translation import override
from weasyprint.html import UA

from portal.documents import papers, render, sheets
from tests.documents.conftest import RARE, a_statement, poppler

LANGUAGES = ("en", "zh-hans", "zh-hant")
PROOF = sheets.Proof("7K4M 9QXR 2HTA", "localhost/check", "3f2a 91c0 77aa 0012")
FAMILIES = {
    "en": {"Pinghuan-Paper-SC", "Pinghuan-Paper-SC-Bold"},
    "zh-hans": {"Pinghuan-Paper-SC", "Pinghuan-Paper-SC-Bold"},
    "zh-hant": {"Pinghuan-Paper-TC", "Pinghuan-Paper-TC-Bold"},
}
HOSTILE = [
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    '<link rel=attachment href="file:///etc/passwd">',
    '<a rel=attachment href="file:///etc/passwd">x</a>',
    "<style>@import url(http://127.0.0.1:9/evil)</style>",
    "<style>*{font-size:9999999px}</style>",
    '<base href="http://127.0.0.1:9/"><img src="a.png">',
    "</title><meta http-equiv=refresh content='0;url=//evil'>",
    "{{ sheet.proof.code }}{% include 'x' %}",
    "url(data:text/html,x)",
    "]]></table></article><script>x</script>",
]


def page(paper: papers.Statement, language: str, *, large: bool = False) -> str:
    sheet = sheets.sheet(paper, language=language, proof=PROOF)
    with override(language):
        context = {"sheet": sheet, "body": f"documents/{sheet.kind}.html", "large": large}
        return render_to_string("documents/print.html", context)


def printed(language: str, **values) -> bytes:
    return render.to_pdf(page(a_statement(language, **values), language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paper_is_tagged_and_uses_our_fonts_alone(language, tmp_path):
    pdf = printed(language)
    info = poppler("pdfinfo", pdf, tmp_path)
    assert "Tagged:          yes" in info
    assert "JavaScript:      no" in info
    fonts = {line.split()[0].split("+")[-1] for line in poppler("pdffonts", pdf, tmp_path).splitlines()[2:]}
    assert fonts == FAMILIES[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_large_print_is_half_as_large_again_on_the_wide_side_of_the_paper(language):
    usual, large = (_first_page(render.to_pdf(page(a_statement(language), language, large=one))) for one in (0, 1))
    assert large.sizes / usual.sizes == pytest.approx(1.5, abs=0.1)
    assert (usual.wide, large.wide) == (False, True)


@dataclass
class FirstPage:
    """What is seen of it: the usual size of its letters in points, and whether it lies on its side."""

    sizes: float
    wide: bool


def _first_page(pdf: bytes) -> FirstPage:
    first, sizes = pypdf.PdfReader(io.BytesIO(pdf)).pages[0], []
    first.extract_text(
        visitor_text=lambda said, _cm, tm, _font, size: sizes.append(abs(size * tm[3])) if said.strip() else None
    )
    return FirstPage(statistics.median(sizes), first.mediabox.width > first.mediabox.height)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paper_says_its_language_and_is_pdf_ua(language):
    pdf = printed(language, rows=1, dues=0)
    expected = {"en": "en", "zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}[language]
    root = pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert root["/Lang"] == expected
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_data()


@pytest.mark.parametrize(
    ("language", "rows", "dues", "most"),
    [("en", 40, 12, 40_000), ("zh-hans", 40, 12, 80_000), ("zh-hant", 40, 12, 80_000)]
    + [(language, 120, 0, 100_000) for language in LANGUAGES],
)
def test_a_paper_is_small(language, rows, dues, most):
    assert len(printed(language, rows=rows, dues=dues)) < most


def test_the_same_page_gives_the_same_bytes():
    assert printed("zh-hans") == printed("zh-hans")


@pytest.mark.parametrize("language", LANGUAGES)
def test_rare_characters_of_names_print(language, tmp_path):
    pdf = printed(language, rows=3, dues=0, name=f"王{RARE}")
    text = poppler("pdftotext", pdf, tmp_path)
    assert f"王{RARE}" in text.replace("\n", "").replace(" ", "")
    fonts = poppler("pdffonts", pdf, tmp_path)
    assert "Noto" not in fonts  # our own subsets have them


def test_a_character_outside_our_fonts_falls_back_to_the_system(tmp_path):
    text = poppler("pdftotext", printed("zh-hans", rows=1, dues=0, name="王𠮷𪚥"), tmp_path)
    assert "王𠮷𪚥" in text.replace("\n", "").replace(" ", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_numbered_in_the_papers_language(language, tmp_path):
    text = poppler("pdftotext", printed(language), tmp_path, "-layout")
    with override(language):
        words = sheets.sheet(a_statement(language), language=language, proof=PROOF).page_words
    assert f"{words[0]}1{words[1]}4{words[2]}" in text or f"{words[0]}1{words[1]}3{words[2]}" in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_printed_as_it_is_and_fetches_nothing(hostile, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a paper opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    pdf = printed("en", rows=2, dues=0, name=hostile, description=hostile)
    assert b"/EmbeddedFile" not in pdf
    assert b"root:x:0" not in pdf
    text = "".join(poppler("pdftotext", pdf, tmp_path).split())
    assert text.count("".join(hostile.split())) >= 1


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="file:///etc/passwd">',
        '<img src="data:image/svg+xml,%3Csvg/%3E">',
        '<link rel=attachment href="file:///etc/passwd">',
        '<link rel=stylesheet href="http://127.0.0.1:9/x.css">',
        "<style>@import url(file:///etc/passwd);p{background:url(http://127.0.0.1:9/x.png)}</style>",
        '<object data="file:///etc/passwd"></object><embed src="file:///etc/passwd">',
        '<svg><image href="file:///etc/passwd"/></svg>',
        '<img src="paper:../../etc/passwd">',
    ],
)
def test_even_markup_that_got_in_reads_nothing(markup, monkeypatch):
    """The second wall: were a text not escaped, the fetcher still refuses everything but our fonts."""
    opened = []
    real = open
    monkeypatch.setattr(
        "builtins.open", lambda path, *rest, **more: opened.append(str(path)) or real(path, *rest, **more)
    )
    render.to_pdf("<html lang=en><title>x</title><body class=sc><p>x</p></body></html>")  # sets up the press first
    opened.clear()
    html = f"<html lang=en><head><title>x</title></head><body class=sc><p>before</p>{markup}<p>after</p></body></html>"
    pdf = render.to_pdf(html)
    assert b"/EmbeddedFile" not in pdf
    assert [path for path in opened if "passwd" in path] == []


def test_texts_are_cut_and_cleaned_before_they_are_printed():
    assert papers.plain("a\x00b\x1b[2J\r\nBcc: x\ud800") == "a\ufffdb\ufffd[2J Bcc: x\ufffd"
    assert len(papers.plain("字" * 100_000)) == papers.LONGEST_TEXT
    assert papers.plain(None) == ""


def test_the_lean_sheet_loses_nothing_but_unused_pseudo_elements():
    """Pins WeasyPrint's own sheet: if a new version writes these rules differently, this says so."""
    dropped = set(UA.splitlines()) - set(render._lean(UA).splitlines())
    assert len(dropped) == 6
    assert all(line.startswith(("::marker {", "::footnote-", "::note-")) and line.endswith("}") for line in dropped)
