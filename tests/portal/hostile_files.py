"""Files as people send them, and as nobody should: made here, so that each says what is wrong with it."""

import io
import struct
import zlib

import pillow_heif
from PIL import Image

from portal.contact.models import Upload
from portal.contact.uploads import sealed
from tests.factories import NOW
from tests.portal.fake_clamd import EICAR


def make_upload(**values) -> Upload:
    """A file that was looked at and kept, with a check (`hold`) or a message."""
    owner = (values.get("hold") or values["message"]).debtor
    content = photo()
    defaults = {"debtor": owner, "kind": "jpeg", "name": "receipt.jpg", "size": len(content), "sha256": "0" * 64}
    defaults |= {"state": "clean", "path": sealed.store(content), "kept_size": len(content), "at": NOW}
    return Upload.objects.create(**defaults | values)


GPS = b"SECRET-PLACE-25.0330N"


def photo(form: str = "JPEG", size: tuple[int, int] = (60, 40), **options) -> bytes:
    made = io.BytesIO()
    if form == "HEIF":
        pillow_heif.register_heif_opener()
    Image.new("RGB", size, (200, 30, 30)).save(made, form, **options)
    return made.getvalue()


def with_place() -> bytes:
    """A JPEG that says where it was taken, on its side."""
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = GPS.decode(), 6  # description; turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    return photo(exif=exif.tobytes(), comment=GPS)


def paper(pages: int = 1) -> bytes:
    first, *others = [Image.new("RGB", (60, 80), "white") for _ in range(pages)]
    made = io.BytesIO()
    first.save(made, "PDF", save_all=True, append_images=others)
    return made.getvalue()


def _objects(*bodies: bytes, trailer: bytes = b"") -> bytes:
    made, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(bodies) + 1, table)
    return made + b"trailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, trailer, start)


PAGES, PAGE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"


def scripted() -> bytes:
    """A PDF that runs a script when it is opened, and carries a program."""
    return _objects(
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R /Names << /EmbeddedFiles << /Names [(a.exe) 5 0 R] >> >> >>",
        PAGES,
        PAGE,
        b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>",
        b"<< /Type /Filespec /F (a.exe) /EF << /F 6 0 R >> >>",
        b"<< /Type /EmbeddedFile /Length 2 >>\nstream\nMZ\nendstream",
    )


def huge_page() -> bytes:
    return _objects(b"<< /Type /Catalog /Pages 2 0 R >>", PAGES, PAGE.replace(b"200 200", b"9999999 9999999"))


def exploding() -> bytes:
    """A PDF of a few kilobytes whose page is a gigabyte of drawing orders."""
    packer = zlib.compressobj(9)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(b"0 0 m 9 9 l S\n" * 75_000) + packer.flush(zlib.Z_FULL_FLUSH)  # stands for itself
    drawing = zlib.compress(head + piece * 1_000 + packer.flush(), 9)
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (len(drawing), drawing)
    page = PAGE.replace(b" >>", b" /Contents 4 0 R >>")
    return _objects(b"<< /Type /Catalog /Pages 2 0 R >>", PAGES, page, stream)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("!L", len(body)) + kind + body + struct.pack("!L", zlib.crc32(kind + body))


def wide_png(side: int = 50_000) -> bytes:
    """A few kilobytes that say they are 2,500 million pixels (e10, 118)."""
    head = struct.pack("!LLBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 9_000))
        + _chunk(b"IEND", b"")
    )


def moving_png(frames: int = 10_000) -> bytes:
    made = io.BytesIO()
    Image.new("L", (4, 4)).save(made, "PNG", save_all=True, append_images=[Image.new("L", (4, 4), 255)])
    content = made.getvalue()
    place = content.index(b"acTL")
    told = _chunk(b"acTL", struct.pack("!LL", frames, 0))
    return content[: place - 4] + told + content[place + 16 :]


# What the page says at once, by the code of its sentence.
REFUSED_AT_ONCE = {
    "nothing": (b"", "empty"),
    "one byte": (b"x", "wrong_type"),
    "a page of the web": (b"<html><script>alert(1)</script>", "wrong_type"),
    "a drawing with scripts": (
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "wrong_type",
    ),
    "a program": (b"MZ\x90\x00" + b"\0" * 2_000, "wrong_type"),
    "an archive": (b"PK\x03\x04" + b"\0" * 2_000, "wrong_type"),
    "a moving picture": (b"GIF89a" + b"\0" * 50, "wrong_type"),
    "an AVIF": (b"\0\0\0\x1cftypavif" + b"\0" * 50, "wrong_type"),
    "eleven megabytes": (b"\xff\xd8\xff" + b"\0" * (11 << 20), "too_big"),
}
# What is found out only by looking: what was sent, and the code of the sentence.
REFUSED_LATER = {
    "2,500 million pixels": (wide_png(), "too_many_pixels"),
    "a photo cut short": (photo(size=(400, 400), quality=95)[:900], "unreadable"),
    "only the first bytes of a photo": (b"\xff\xd8\xff", "unreadable"),
    "only the first bytes of a PNG": (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "unreadable"),
    "only the first bytes of a HEIC": (b"\0\0\0\x18ftypheic" + b"\0" * 99, "unreadable"),
    "only the first line of a PDF": (b"%PDF-1.7\n" + b"\0" * 99, "unreadable"),
    "a PDF of 21 pages": (paper(21), "too_many_pages"),
    "a page as large as a field": (huge_page(), "unreadable"),
    "a PDF that grows to a gigabyte": (exploding(), "unreadable"),
    "the scanner's test file": (b"%PDF-1.4\n" + EICAR, "virus"),
}
# What can be kept once it has been drawn anew.
KEPT = {
    "a photo": (photo(), "jpeg"),
    "a screenshot": (photo("PNG"), "png"),
    "a photo of an iPhone": (photo("HEIF"), "heic"),
    "a scan": (paper(20), "pdf"),
    "a photo that says where": (with_place(), "jpeg"),
    "a PDF with a script and a program": (scripted(), "pdf"),
    "a photo that is a page of the web as well": (photo() + b"<html><script>alert(1)</script>", "jpeg"),
    "a picture that moves": (moving_png(), "png"),
}
