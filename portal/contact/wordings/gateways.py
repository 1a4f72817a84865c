"""Gateways that put a text together themselves: under which code each knows our words, and which values it wants.

Such a template stands for one form of the words in one language. Once the operator has approved it, a person at the
desk notes so; until then the rules of mainland China let nothing of it out.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import Message
from portal.contact.models import WordingVersion
from portal.contact.wordings.names import SHAPES
from portal.contact.wordings.versions import current

GATEWAYS: Final = ("alibaba", "tencent", "wechat")
_FORM_OF: Final = {shape: form for form, shape in SHAPES.items()}


@dataclass(frozen=True, slots=True)
class GatewayTemplate:
    """What a gateway calls the words. `fields` are its places in its order: names of `Message.params`, or
    `theirs=ours` where it calls a place otherwise.
    """

    code: str
    fields: tuple[str, ...]
    form: str
    approved: bool


def template_of(version: WordingVersion, gateway: str, language: str) -> GatewayTemplate | None:
    """What stands for this version at this gateway in this language."""
    found: dict[str, Any] | None = version.gateway_templates.get(gateway, {}).get(language)
    if not found:
        return None
    return GatewayTemplate(found["code"], tuple(found["fields"]), found["form"], bool(found["approved"]))


def gateway_template(gateway: str, message: Message, *, shape: str) -> GatewayTemplate | None:
    """The gateway's template for this message, None where it has none for what the message says. `shape` stands in the
    message's params.
    """
    version = version_of(message.template, message.version)
    found = template_of(version, gateway, message.language) if version else None
    form = "wechat" if message.channel == "wechat" else _FORM_OF.get(shape, "")
    return found if found and found.form == form else None


def registered_as(message: Message, *, shape: str) -> str:
    """The same as a channel is told: the code, then the places. Empty where a channel sends the text itself."""
    gateway = urlsplit(settings.WECHAT_URL if message.channel == "wechat" else settings.SMS_URL).scheme
    found = gateway_template(gateway, message, shape=shape) if gateway in GATEWAYS else None
    return " ".join((found.code, *found.fields)) if found else ""


def approved_by_carrier(name: str, number: int | None, language: str, *, shape: str) -> bool | None:
    """Whether an operator has approved this form of these words; None for words as shipped, of which none is noted."""
    version = version_of(name, number)
    if version is None:
        return None
    found = (template_of(version, gateway, language) for gateway in GATEWAYS)
    return any(one.approved and one.form == _FORM_OF.get(shape) for one in found if one)


def version_of(name: str, number: int | None) -> WordingVersion | None:
    """The version of that number; no query for the one that holds."""
    if number is None:
        return None
    holds = current(name)
    if holds is not None and holds.number == number:
        return holds
    return WordingVersion.objects.filter(name=name, number=number).first()
