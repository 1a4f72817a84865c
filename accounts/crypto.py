"""Keyed hashes and encryption for what must not be readable in a stolen database."""

import base64
import functools
import hmac
import unicodedata

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

SEPARATOR = "\x1f"  # cannot occur in normalised text, so parts cannot run into each other


def keyed_hash(key: bytes, *parts: str) -> str:
    """HMAC-SHA256 of the parts, in hex. The key alone protects short values, so it lives outside the database."""
    return hmac.digest(key, SEPARATOR.join(parts).encode(), "sha256").hex()


def blind_index(kind: str, value: str) -> str:
    """What a whole phone or e-mail address is found by, without the address standing in the database."""
    normalised = unicodedata.normalize("NFKC", value).strip().lower()
    return keyed_hash(settings.FACTS_KEY, "index", kind, normalised)  # not FIELDS_KEYS: an index outlives a rotation


@functools.lru_cache
def _cipher(keys: tuple[bytes, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def seal(content: bytes) -> bytes:
    """Encrypt a file's content, whole in memory: a third longer than it was, so not for large ones."""
    return _cipher(tuple(settings.FIELDS_KEYS)).encrypt(content)


def unseal(sealed: bytes) -> bytes:
    """Raises ValueError when no key fits: a lost key must be loud, never an empty field."""
    try:
        return _cipher(tuple(settings.FIELDS_KEYS)).decrypt(sealed)
    except InvalidToken:
        raise ValueError("No key in FIELDS_KEYS opens this value.") from None


def encrypt(text: str) -> str:
    return seal(text.encode()).decode()


def decrypt(token: str) -> str:
    """As `unseal`."""
    return unseal(token.encode()).decode()


class EncryptedBinaryField(models.BinaryField):
    """Bytes that are encrypted at rest."""

    def get_db_prep_value(self, value, connection, prepared=False):  # noqa: FBT002  its base's signature
        sealed = _cipher(tuple(settings.FIELDS_KEYS)).encrypt(bytes(value)) if value else value
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value, expression, connection):
        if not value:
            return value
        try:
            return _cipher(tuple(settings.FIELDS_KEYS)).decrypt(bytes(value))
        except InvalidToken:
            raise ValueError("No key in FIELDS_KEYS opens this value.") from None


class EncryptedTextField(models.TextField):
    """Text that is encrypted at rest. It cannot be filtered by: keep a `blind_index` beside it."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value, expression, connection):
        return decrypt(value) if value else value
