"""Our fonts print every sign of our own words, in both weights."""

import string
import unicodedata

import pytest
from fontTools.ttLib import TTFont

from portal.documents import render
from portal.documents.management.commands import build_fonts


@pytest.mark.parametrize("script", ["sc", "tc"])
@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_every_sign_we_write_is_in_the_font(script, weight):
    """A new word with a new sign: run `manage.py build_fonts` and commit what it made."""
    font = TTFont(render.FOLDER / f"paper-{script}-{weight}.woff2", lazy=True)
    has = font.getBestCmap()
    missing = {sign for sign in build_fonts.characters(script) if ord(sign) not in has}
    assert {sign for sign in missing if unicodedata.name(sign, "").startswith("CJK")} == set()
    assert missing.isdisjoint(string.printable + "，。、：；？（）「」“”…—·¥€£−")


def test_the_fonts_carry_their_licence():
    assert "SIL OPEN FONT LICENSE Version 1.1" in (render.FOLDER / "OFL.txt").read_text()
    names = TTFont(render.FOLDER / "paper-sc-regular.woff2", lazy=True)["name"]
    assert "SIL Open Font License" in names.getDebugName(13)
    assert names.getDebugName(1) == "Pinghuan Paper SC"
