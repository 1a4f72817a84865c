"""Draws one file anew: what is seen in it, and nothing else. Runs as a process of its own, which may die of a file.

    python -I redraw.py jpeg|png|heic|pdf < file > new file

It knows no settings, keys or database, limits itself before it reads, and cannot write a file. It ends with 0 and the
new file on its output (a JPEG, or a PDF that holds pictures of the pages), or with a code of `CODES` and nothing.
"""

import io
import resource
import sys
from collections.abc import Callable

import pillow_heif
import pypdfium2
from PIL import Image, ImageOps

CODES = {3: "unreadable", 4: "too_many_pixels", 5: "too_many_pages", 6: "locked"}
UNREADABLE, TOO_MANY_PIXELS, TOO_MANY_PAGES, LOCKED = CODES
MEMORY = 640 * 1024 * 1024  # bytes of address space: forty million transparent pixels take 500
SECONDS = 20  # of processor time
LONGEST = 11 * 1024 * 1024  # bytes of a file
MOST_PIXELS, MOST_PAGES = 40_000_000, 20
WIDEST = 3_500  # pixels of a picture's longer side afterwards: a page at 300 dots to the inch
PAGE = 1_900  # pixels of a page's longer side: A4 at 160 dots to the inch
QUALITY = 82


class Refused(Exception):
    """Ends with a code of CODES."""


def limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),  # pipes are no files
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        resource.setrlimit(what, (most, most))


def picture(content: bytes, form: str) -> bytes:
    """The first picture of the file, upright, on white, without anything that was written about it."""
    image: Image.Image = Image.open(io.BytesIO(content), formats=[form])
    if image.width * image.height > MOST_PIXELS:
        raise Refused(TOO_MANY_PIXELS)
    image.draft("RGB", (WIDEST, WIDEST))  # a large JPEG is read smaller at once
    if image.mode == "P":
        image = image.convert("RGBA")
    image.thumbnail((WIDEST, WIDEST))  # before any copy is made of it
    return as_jpeg(flat(ImageOps.exif_transpose(image)))


def flat(image: Image.Image) -> Image.Image:
    """In colours without transparency; what shows through becomes white, as on paper."""
    if image.mode in {"RGB", "L"} and "transparency" not in image.info:
        return image
    if image.mode == "CMYK":
        return image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def as_jpeg(image: Image.Image) -> bytes:
    fresh = Image.new(image.mode, image.size)  # so that no note of the old one comes along
    fresh.paste(image)
    new = io.BytesIO()
    fresh.save(new, "JPEG", quality=QUALITY)
    return new.getvalue()


def heic(content: bytes) -> bytes:
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    return picture(content, "HEIF")


def pdf(content: bytes) -> bytes:
    """A new PDF that holds a picture of each page: no text, script, form, link, attachment or font of the old one."""
    try:
        old = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as problem:
        raise Refused(LOCKED if "password" in str(problem).lower() else UNREADABLE) from None
    if not len(old):
        raise Refused(UNREADABLE)
    if len(old) > MOST_PAGES:
        raise Refused(TOO_MANY_PAGES)
    new = pypdfium2.PdfDocument.new()
    for page in old:
        width, height = page.get_size()
        if not (1 <= width <= 20_000 and 1 <= height <= 20_000):
            raise Refused(UNREADABLE)
        drawn = page.render(scale=PAGE / max(width, height), may_draw_forms=False).to_pil()
        image = pypdfium2.PdfImage.new(new)
        image.load_jpeg(io.BytesIO(as_jpeg(flat(drawn))), inline=True)
        image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        sheet = new.new_page(width, height)
        sheet.insert_obj(image)
        sheet.gen_content()
        page.close()
    made = io.BytesIO()
    new.save(made)
    return made.getvalue()


DRAW: dict[str, Callable[[bytes], bytes]] = {
    "jpeg": lambda content: picture(content, "JPEG"),
    "png": lambda content: picture(content, "PNG"),
    "heic": heic,
    "pdf": pdf,
}


def main(kind: str) -> int:
    limit()
    content = sys.stdin.buffer.read(LONGEST + 1)
    try:
        if len(content) > LONGEST:
            return UNREADABLE
        made = DRAW[kind](content)
    except Refused as problem:
        return problem.args[0]
    except Image.DecompressionBombError:
        return TOO_MANY_PIXELS
    except Exception:  # noqa: BLE001  whatever a broken file brings about; MemoryError is one of them
        return UNREADABLE
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
