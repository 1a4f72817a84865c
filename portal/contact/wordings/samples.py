"""The longest that may stand in each place, so that what is counted before a text is approved holds for all who get it.

A link counts as 40 signs where the site has no address of its own yet (a demo, a test): `https://`, a domain of seven
signs, `/r/` and the token. A longer domain eats into the room, so the real one counts as soon as there is one.
"""

from datetime import date
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from accounts.days import month_day

WAY_IN: Final = "r/kX3vWm8QpZt5RbN2dYh7Lc"  # as long as one with a token of 128 bits
SHORT_ADDRESS: Final = "https://pinghua"
CREDITOR: Final = {"zh-hans": "星桥消费金融股份", "zh-hant": "星橋消費金融股份", "en": "Starbridge Consumer Finance"}
LATEST: Final = {"zh-hans": date(2026, 12, 25), "zh-hant": date(2026, 12, 25), "en": date(2026, 9, 25)}


def longest(language: str) -> dict[str, str]:
    """A value for each place, in this language."""
    address = settings.PUBLIC_BASE_URL if settings.PUBLIC_BASE_URL.startswith("https://") else SHORT_ADDRESS
    day = month_day(LATEST[language], language)
    return {
        "sender": sender(language),
        "creditor": CREDITOR[language],
        "link": f"{address}/{WAY_IN}",
        "host": urlsplit(address).netloc,
        "reference": "K7TM 4RWX",
        "code": "318842",
        "number": "156",
        "due_on": day,
        "until_on": day,
    }


def sender(language: str) -> str:
    """Whom a text comes from where no operator knows another name."""
    with translation.override(language):
        return settings.SENDER_NAME or gettext("Pinghuan")


def stop_line(language: str) -> str:
    """What some regions want at the end of a reminder."""
    with translation.override(language):
        return " " + gettext("Reply STOP to end texts.")
