"""Says at the start what papers need and this machine lacks. The site starts without; only files cannot be made."""

import ctypes.util
import shutil
import subprocess

from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning

LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
FALLBACK_FONT = "fonts-noto-cjk"


def papers_can_be_made(app_configs, **kwargs) -> list[CheckMessage]:
    """Warns when Pango or a font for rare Han characters is missing, with the command that installs it."""
    found: list[CheckMessage] = []
    missing = [package for library, package in LIBRARIES.items() if not _has_library(library)]
    if missing:
        found.append(
            CheckWarning(
                "PDFs cannot be made on this machine: Pango is missing. People can still read their papers as pages.",
                hint=f"Run: apt-get install {' '.join(missing)}",
                id="documents.W001",
            )
        )
    if not _has_han_font():
        found.append(
            CheckWarning(
                "Rare characters of Chinese names would print as empty boxes: no Noto CJK font is installed.",
                hint=f"Run: apt-get install {FALLBACK_FONT}",
                id="documents.W002",
            )
        )
    return found


def _has_library(name: str) -> bool:
    return ctypes.util.find_library(name) is not None


def _has_han_font() -> bool:
    """Whether fontconfig knows a font named Noto … CJK. Without its lister nothing can be said, so nothing is."""
    lister = shutil.which("fc-list")
    if lister is None:
        return True
    asked = [lister, ":lang=zh-cn", "family"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=20)  # noqa: S603  fixed words
    return "CJK" in listed.stdout
