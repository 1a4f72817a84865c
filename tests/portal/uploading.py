"""What the worker makes of files that people sent, and what is left of them on the disk."""

from datetime import timedelta
from pathlib import Path

from django.utils import translation

from portal.contact.models import Upload
from portal.contact.uploads import checking, words
from tests.factories import NOW

LATER = NOW + timedelta(minutes=2)


def looked_at(upload: Upload, now=NOW) -> Upload:
    checking.check(upload_id=str(upload.pk), now=now)
    upload.refresh_from_db()
    return upload


def lying(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in sorted(folder.iterdir())] if folder.exists() else []


def in_english(code: str) -> str:
    with translation.override("en"):
        return words.said(code)
