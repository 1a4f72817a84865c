"""The address by which a mail program, or a person, ends e-mail to one address with one press.

Its token is the contact's id with a keyed hash: it lets nobody in and tells nothing. It works for as long as the key
that made it is among LINKS_KEYS, because old mail lies in boxes for years.
"""

import base64
import binascii
import hmac
import uuid
from typing import Final

from django.conf import settings

from accounts.crypto import keyed_hash
from accounts.models import ContactPoint

PATH: Final = "unsubscribe"
_HASH_BYTES: Final = 14
_LENGTH: Final = (16 + _HASH_BYTES) * 4 // 3  # of the token: 40 signs of base64 that need no padding


def url_of(contact: ContactPoint) -> str:
    """The whole address for this contact, always under PUBLIC_BASE_URL."""
    return f"{settings.PUBLIC_BASE_URL}/{PATH}/{token_of(contact)}"


def token_of(contact: ContactPoint) -> str:
    """The token alone; the same whenever it is asked for."""
    content = contact.pk.bytes + _hash(contact.pk, settings.LINKS_KEYS[0])
    return base64.urlsafe_b64encode(content).decode()


def contact_of(token: str) -> ContactPoint | None:
    """The contact that a token names; None for a token nobody made."""
    if len(token) != _LENGTH or not token.isascii():
        return None
    try:
        content = base64.b64decode(token, altchars=b"-_", validate=True)
        pk = uuid.UUID(bytes=content[:16])
    except (binascii.Error, ValueError):
        return None
    if not any(hmac.compare_digest(content[16:], _hash(pk, key)) for key in settings.LINKS_KEYS):
        return None
    return ContactPoint.objects.select_related("debtor").filter(pk=pk).first()


def _hash(pk: uuid.UUID, key: bytes) -> bytes:
    return bytes.fromhex(keyed_hash(key, "unsubscribe", str(pk)))[:_HASH_BYTES]
