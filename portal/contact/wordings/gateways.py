"""Gateways that put a text together themselves: under which code each knows our words, and which values it wants.

Such a template stands for one form of the words in one language, with or without the line on how to stop, so each has
one of its own; what has none there is not said. Once the operator has approved it, a person at the desk notes so; until
then the rules of mainland China let nothing of it out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from accounts.models import Message
from portal.contact.channels import gateway_for, named
from portal.contact.models import WordingVersion
from portal.contact.wordings.names import LANGUAGES, NAMES, SHAPES, STOPS, Wording
from portal.contact.wordings.versions import current

GATEWAYS: Final = ("alibaba", "tencent", "wechat")
CODE: Final = "code"
_FORM_OF: Final = {shape: form for form, shape in SHAPES.items()}


@dataclass(frozen=True, slots=True)
class GatewayTemplate:
    """What a gateway calls the words. `fields` are its places in its order: names of `Message.params`, or
    `theirs=ours` where it calls a place otherwise.
    """

    code: str
    fields: tuple[str, ...]
    approved: bool


@dataclass(frozen=True, slots=True)
class Known:
    """How many forms of some words a gateway has a code for, in all languages together, and of how many; `nothing_in`:
    languages in which it has none at all, so that nothing of these words goes out there.
    """

    gateway: str
    count: int
    of: int
    nothing_in: tuple[str, ...]


def named_here() -> list[str]:
    """Those of these gateways that the settings name."""
    here = named()
    return [one for one in GATEWAYS if one in here]


def known_at(gateway: str, name: str, version: WordingVersion | None) -> Known:
    """What a gateway knows of these words as they are said: by this version, or as shipped, which are known nowhere."""
    forms = forms_at(NAMES[name], gateway)
    found = {
        language: sum(
            version is not None and template_of(version, gateway, language, form) is not None for form in forms
        )
        for language in LANGUAGES
    }
    nothing = tuple(language for language, count in found.items() if not count)
    return Known(gateway, sum(found.values()), len(forms) * len(LANGUAGES), nothing)


def without_codes() -> list[Known]:
    """The gateways for texts over which no one-time code can go in some language. Without any named here, no query."""
    gateways = [one for one in named_here() if one != "wechat"]  # a code goes by text or e-mail
    return [found for one in gateways if (found := known_at(one, CODE, current(CODE))).nothing_in]


def forms_at(wording: Wording, gateway: str) -> list[str]:
    """The forms of these words of which this gateway has a template each."""
    if gateway == "wechat":
        return ["wechat"]
    return [form for text in wording.ways for form in ((text, STOPS[text]) if wording.asks else (text,))]


def form_of(name: str, channel: str, params: Mapping[str, str]) -> str:
    """The form in which a message says these words, by what it was filled with."""
    if channel == "wechat":
        return "wechat"
    form = _FORM_OF.get(params.get("shape", ""), "sms")
    form = form if name not in NAMES or form in NAMES[name].ways else "sms"
    return STOPS[form] if params.get("stop") else form


def template_of(version: WordingVersion, gateway: str, language: str, form: str) -> GatewayTemplate | None:
    """What stands for this form of a version at this gateway."""
    found: dict[str, Any] | None = version.gateway_templates.get(gateway, {}).get(language, {}).get(form)
    return GatewayTemplate(found["code"], tuple(found["fields"]), bool(found["approved"])) if found else None


def registered_as(message: Message, params: Mapping[str, str]) -> str:
    """What the channel of a message is told: the code, then the places. Empty where it sends the text itself, and where
    nothing is registered for what the message says.
    """
    gateway = gateway_for(message.channel, message.contact.address)
    version = version_of(message.template, message.version) if gateway in GATEWAYS else None
    form = form_of(message.template, message.channel, params)
    found = template_of(version, gateway, message.language, form) if version else None
    return " ".join((found.code, *found.fields)) if found else ""


def approved_by_carrier(version: WordingVersion, gateway: str, language: str, form: str) -> bool:
    """Whether an operator has approved this form of these words: at this gateway, or at any for one that sends the text
    as it is.
    """
    asked = (gateway,) if gateway in GATEWAYS else GATEWAYS
    found = (template_of(version, one, language, form) for one in asked)
    return any(one.approved for one in found if one)


def version_of(name: str, number: int | None) -> WordingVersion | None:
    """The version of that number; no query for the one that holds."""
    if number is None:
        return None
    holds = current(name)
    if holds is not None and holds.number == number:
        return holds
    return WordingVersion.objects.filter(name=name, number=number).first()
