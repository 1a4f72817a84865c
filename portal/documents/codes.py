"""Check codes: 60 random bits on every paper, by which a stranger can tell that it is genuine."""

import secrets

from django.conf import settings

from accounts.crypto import keyed_hash
from accounts.links import REFERENCE_SIGNS
from portal.forms import tidy

SIGNS = REFERENCE_SIGNS  # those of a typed reference: 32, without 0, O, 1 and I, which eyes confuse
LENGTH = 12
GROUP = 4


def new_code() -> str:
    """Twelve signs: 60 bits."""
    return "".join(secrets.choice(SIGNS) for _ in range(LENGTH))


def shown(code: str) -> str:
    """As printed: 7K4M 9QXR 2HTA."""
    return " ".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def typed(text: str) -> str | None:
    """The code in what somebody typed, spaces, dashes and small letters forgiven; None when it cannot be one."""
    code = tidy(text[:60]).upper()
    return code if len(code) == LENGTH and set(code) <= set(SIGNS) else None


def code_hash(code: str) -> str:
    """What a code is found by."""
    return keyed_hash(settings.LINKS_KEYS[0], "paper", code)


def possible_hashes(code: str) -> list[str]:
    """What a code may be stored as while keys are being changed."""
    return [keyed_hash(key, "paper", code) for key in settings.LINKS_KEYS]
