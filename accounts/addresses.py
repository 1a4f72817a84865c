"""Phone numbers and e-mail addresses as they are kept: numbers in E.164, addresses as they are written."""

import re
import unicodedata
from typing import Final

import phonenumbers

from accounts.models import ContactPoint
from accounts.regions import region_of

LONGEST: Final = 254  # characters of an e-mail address
_EMAIL = re.compile(
    r"(?=.{3,254}\Z)[^\s@,;:<>()\[\]\"\\]{1,64}@(?:[^\s@,;:<>()\[\]\"\\.]{1,63}\.)+[^\s@,;:<>()\[\]\"\\.\d]{2,63}"
)


class NotAnAddress(ValueError):
    """`code` is not_a_number, length or not_an_email."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def phone(text: str, time_zone: str) -> str:
    """E.164. A number without + is read as one of the time zone's region. Raises NotAnAddress."""
    region = (region_of(time_zone) or "").upper().replace("UK", "GB").replace("EU", "")
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        raise NotAnAddress("not_a_number") from None
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise NotAnAddress("length")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(text: str) -> str:
    """The address, if it is one. Raises NotAnAddress."""
    if not _EMAIL.fullmatch(text) or ".." in text or text.startswith(".") or ".@" in text:
        raise NotAnAddress("not_an_email")
    return text


def typed(text: str, time_zone: str) -> tuple[str, str]:
    """The channel and the address in what a person typed: what has an @ is an e-mail. Raises NotAnAddress."""
    folded = "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isprintable()).strip()
    if len(folded) > LONGEST:
        raise NotAnAddress("length")
    if "@" in folded:
        return ContactPoint.Channel.EMAIL, email("".join(folded.split()))
    return ContactPoint.Channel.SMS, phone(folded, time_zone)
