"""What a person is told of a file that was not taken, or not kept."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BIGGEST: Final = "10 MB"

REASONS: Final[Mapping[str, str | Promise]] = {
    # At once, before it is taken.
    "none": _("Choose a file first"),
    "too_big": _("That file is too big. Choose one under {max}"),
    "too_big_together": _("Together these files are over 25 MB. Please send some of them with another message"),
    "far_too_big": _("That is too much at once. Each file may have up to {max}"),
    "empty": _("There is nothing in this file. Please choose another one"),
    "wrong_type": _("We can open JPG, PNG, HEIC and PDF. A photo or a screenshot of it is fine"),
    "too_many": _("There is room for 5 files here. You can remove one first"),
    "too_many_by_email": _("We take 5 files from one email. Please send the others with a message"),
    "too_many_open": _("You have sent many files. Please wait until we have looked at some of them"),
    "too_many_sent": _("This person was sent many files this month. Please send the rest later"),
    "not_now": _("We could not keep this file just now. Please try again in a moment"),
    "off": _("Files cannot be taken at the moment. You can write to us, or describe them in your own words"),
    # After it was looked at.
    "unreadable": _("We could not open this file. A photo of the paper is fine"),
    "too_many_pixels": _("This picture is larger than we can open. A photo with a phone is fine"),
    "too_many_pages": _("This PDF has more than 20 pages. Please send the pages that matter"),
    "locked": _("This PDF asks for a password. Please send one without, or a photo"),
    "lost": _("We no longer have this file. Please send it again"),
    "virus": _("Our virus scanner found something in this file, so we did not keep it. A photo of the paper is fine"),
}


def said(code: str) -> str:
    """The sentence for a code; the one for what cannot be opened where the code is not known."""
    return str(REASONS.get(code, REASONS["unreadable"])).format(max=BIGGEST)
