"""Where files lie: in the default storage, under random names, sealed with FIELDS_KEYS."""

import secrets
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.crypto import seal, unseal
from portal.contact.models import Upload

FOLDER: Final = "uploads"


def store(content: bytes) -> str:
    """Put a file away under a name of its own; gives the name."""
    return default_storage.save(f"{FOLDER}/{secrets.token_hex(16)}", ContentFile(seal(content)))


def content_of(upload: Upload) -> bytes:
    """What lies in the storage for it, opened. FileNotFoundError where it is lost; ValueError without its key."""
    with default_storage.open(upload.path) as file:
        return unseal(file.read())


def discard(path: str) -> None:
    if path:
        default_storage.delete(path)
