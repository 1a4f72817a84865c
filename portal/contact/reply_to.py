"""The address that an e-mail of ours asks to be answered at: `reply+TOKEN@…`, one for each message.

The token is the message's id with a keyed hash. It tells nothing of anybody and lets nobody in; whoever brings it has
the mail, or had it. In base 32, because mail servers do not keep capitals apart.
"""

import base64
import binascii
import hmac
import re
import uuid
from typing import Final

from django.conf import settings

from accounts.crypto import keyed_hash
from accounts.models import Message

_HASH_BYTES: Final = 14
_LENGTH: Final = (16 + _HASH_BYTES) * 8 // 5  # 48 signs that need no padding
_TOKEN: Final = re.compile(rf"\+([a-z2-7]{{{_LENGTH}}})@", re.IGNORECASE)


def of(message_id: uuid.UUID) -> str:
    """Where this message is answered; empty where the settings name no address for replies."""
    name, at, host = settings.REPLIES_TO.rpartition("@")
    return f"{name}+{token_of(message_id)}{at}{host}" if at else ""


def token_of(message_id: uuid.UUID) -> str:
    content = message_id.bytes + _hash(message_id, settings.LINKS_KEYS[0])
    return base64.b32encode(content).decode().lower()


def message_in(addresses: str) -> Message | None:
    """The message that one of these addresses names; None, and no query, where we made none."""
    for found in _TOKEN.finditer(addresses[:4_000]):
        try:
            content = base64.b32decode(found[1].upper())
        except (binascii.Error, ValueError):
            continue
        pk = uuid.UUID(bytes=content[:16])
        if any(hmac.compare_digest(content[16:], _hash(pk, key)) for key in settings.LINKS_KEYS):
            return Message.objects.select_related("contact", "debtor").filter(pk=pk, channel="email").first()
    return None


def _hash(pk: uuid.UUID, key: bytes) -> bytes:
    return bytes.fromhex(keyed_hash(key, "reply", str(pk)))[:_HASH_BYTES]
