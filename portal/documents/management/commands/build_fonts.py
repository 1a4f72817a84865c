"""Cuts the fonts of our papers out of Noto Sans CJK. A developer's command: its four files are committed.

Each file holds GB 2312 (simplified) or the first level of Big5 (traditional), Latin, punctuation and whatever else our
own words use. Curves become quadratic (TrueType), because a PDF embeds such a subset in half the space and time of the
original collection; WOFF2 without its glyph transform is as small as it needs to be and opens in a few hundredths of a
second.
"""

import io
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.woff2 import WOFF2FlavorData

from accounts import hong_kong

SOURCE = "/usr/share/fonts/opentype/noto/NotoSansCJK-{weight}.ttc"
COLLECTION_INDEX = {"sc": 2, "tc": 3}  # the order of the families inside Noto's collection: JP, KR, SC, TC, HK
# Signs of given names that the two character sets lack. Any other falls back to the system's Noto Sans CJK.
NAMES = (
    "喆堃珺翀彧祎赟昉旻晔炜烨煜燊璟珅珏瑀璠璐瑄祺禛祐翊玥琰焱垚犇骉淼燚甡玊玹玚珣珩琤琲瑗瑢璆璈璿晞晟暄旸旼栩桉"
    "榕沄沅沐泓泠洺浠湉湜溦滢濛瀚灏炅炘炫烔焓熠爰㛃㵘䶮𬭎𬀩𬱖𬬻𫖯𫐄𬸚𬭩𬍛𬤇𨱏頔玎玘玙玢玭瑒瑨瓅祯禕禔曌翯翾峣嵘嵚嵊"
)
PUNCTUATION = "–—‘’“”…·•−×÷≈≤≥€£¥₩₫©®°№←→"
TOLERANCE = 1.0  # thousandths of an em that a quadratic curve may leave the cubic one; unseen at 1,200 dots per inch
PROFILE = [
    *("Zones", "TwilightPoints", "Storage", "FunctionDefs", "InstructionDefs", "StackElements", "SizeOfInstructions"),
    *("Points", "Contours", "CompositePoints", "CompositeContours", "ComponentElements", "ComponentDepth"),
]
DROPPED = ["vhea", "vmtx", "VORG", "GSUB", "BASE", "DSIG"]


class Command(BaseCommand):
    help = "Build static/paper/*.woff2 from Debian's Noto Sans CJK."

    def handle(self, *args, **options):
        folder = settings.BASE_DIR / "static" / "paper"
        for weight in ("Regular", "Bold"):
            if not Path(SOURCE.format(weight=weight)).exists():
                raise CommandError("Noto Sans CJK is missing. Run: apt-get install fonts-noto-cjk")
            for script, index in COLLECTION_INDEX.items():
                data = cut(SOURCE.format(weight=weight), index, characters(script), f"Pinghuan Paper {script.upper()}")
                path = folder / f"paper-{script}-{weight.lower()}.woff2"
                path.write_bytes(data)
                self.stdout.write(f"{path.name}: {len(data):,} bytes")


def characters(script: str) -> str:
    """Every character the subset for this script must print."""
    if script == "sc":
        encoding, leads, trails = "gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF)
    else:
        encoding, leads, trails = "big5", range(0xA1, 0xC7), range(0x40, 0xFF)
    found = {bytes([lead, trail]).decode(encoding, "ignore") for lead in leads for trail in trails}
    found.update(chr(code) for code in range(0x20, 0x180))
    found.update(PUNCTUATION + NAMES, *(hong_kong.WORDS.values() if script == "tc" else ()))
    catalogues = settings.BASE_DIR / "locale" / {"sc": "zh_Hans", "tc": "zh_Hant"}[script]
    for path in sorted(catalogues.rglob("*.po")):
        found.update(path.read_text(encoding="utf-8"))
    return "".join(sorted(sign for sign in "".join(found) if sign.isprintable()))


def cut(path: str, index: int, text: str, family: str) -> bytes:
    """The font at `index` of a collection, with these characters only, quadratic curves and our family name."""
    font = TTFont(path, fontNumber=index, recalcTimestamp=False)
    options = Options(hinting=False, glyph_names=False, notdef_outline=True, layout_features=["kern"])
    options.drop_tables += DROPPED
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    subsetter = Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    to_quadratic(font)
    for record in font["name"].names:
        if record.nameID in {1, 3, 4}:
            record.string = family
        elif record.nameID == 6:
            record.string = family.replace(" ", "")
    font.flavor = "woff2"
    font.flavorData = WOFF2FlavorData(transformedTables=[])
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def to_quadratic(font: TTFont) -> None:
    """Replace the cubic outlines (CFF) by quadratic ones (glyf), in place."""
    order, drawn, glyphs = font.getGlyphOrder(), font.getGlyphSet(), {}
    for name in order:
        pen = TTGlyphPen(None)
        drawn[name].draw(Cu2QuPen(pen, TOLERANCE, reverse_direction=True))
        glyphs[name] = pen.glyph()
    table = font["glyf"] = newTable("glyf")
    table.glyphOrder, table.glyphs = order, glyphs
    font["loca"] = newTable("loca")
    del font["CFF "]
    for name, glyph in glyphs.items():
        glyph.recalcBounds(table)
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(glyph, "xMin", 0))
    profile = font["maxp"]
    profile.tableVersion = 0x00010000
    for field in PROFILE:  # what describes hinting is zero; the rest is counted when the font is saved
        setattr(profile, f"max{field}", 1 if field == "Zones" else 0)
    font["post"].formatType = 3.0
    font.sfntVersion = "\x00\x01\x00\x00"
