"""Where messages go out: SMS_URL names the channel for texts, EMAIL_URL for e-mail, WECHAT_URL for WeChat.

SMS_URLS name others for texts to the numbers of some countries.
"""

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import InvalidMailer, mailers
from django.utils.module_loading import import_string

from portal import environment, gateways
from portal.contact.channels.channel import Channel, Outgoing, Refused, Repeat
from portal.contact.channels.news import Listener


class Nowhere:
    """A channel that no setting names."""

    name = "nowhere"
    repeat = Repeat.KNOWN

    def __init__(self, url: str) -> None:
        pass

    def deliver(self, message: Outgoing) -> str:
        raise Refused(f"no gateway is set for {message.channel}")

    def find(self, message: Outgoing) -> str | None:
        return None


def _of(name: str) -> Callable[[str], Channel]:
    """What makes the channel of this file and class, imported only when the settings name it and something goes out or
    is heard: those that speak HTTP bring `requests`, and the providers `anymail`, which pages need never carry.
    """

    def made(url: str) -> Channel:
        return import_string(f"{__name__}.{name}")(url)

    return made


CHANNELS: dict[str, Callable[[str], Channel]] = {
    "": Nowhere,
    "console": _of("console.Console"),
    "file": _of("folder.Folder"),
    "smtp": _of("smtp.Smtp"),
    "smtp+tls": _of("smtp.Smtp"),
    "smtps": _of("smtp.Smtp"),
    "twilio": _of("twilio.Twilio"),
    "alibaba": _of("alibaba.Alibaba"),
    "tencent": _of("tencent.Tencent"),
    "wechat": _of("wechat.WeChat"),
}
SETTINGS = {"sms": "SMS_URL", "email": "EMAIL_URL", "wechat": "WECHAT_URL"}


def url_for(kind: str, address: str = "") -> str:
    """What the settings name for `sms`, `email` or `wechat` to this address; empty where nothing serves it."""
    otherwise: str = getattr(settings, SETTINGS[kind])
    return gateways.route(address, settings.SMS_URLS, otherwise) if kind == "sms" else otherwise


def serves(kind: str, address: str) -> bool:
    """Whether a gateway takes messages to this address, and for nobody else's."""
    url = url_for(kind, address)
    return bool(url) and gateways.reaches(url, address)


def gateway_for(kind: str, address: str) -> str:
    """What the gateway for this address is called in the settings; empty where nothing serves it."""
    return url_for(kind, address).partition(":")[0]


def named() -> set[str]:
    """What all gateways in the settings are called there."""
    urls = [*(url_for(kind) for kind in SETTINGS), *settings.SMS_URLS.values()]
    return {urlsplit(url).scheme for url in urls if url}


def channel_for(kind: str, address: str = "") -> Channel:
    """The channel for `sms`, `email` or `wechat` to this address."""
    return _made(url_for(kind, address))


def listeners(name: str) -> list[Listener]:
    """The channels that hear from gateways of this name: several where it has several accounts, for several countries.

    None where the settings name none, or no secret for it.
    """
    urls = dict.fromkeys([*(url_for(kind) for kind in SETTINGS), *settings.SMS_URLS.values()])
    channels: list[Any] = [_made(url) for url in urls]
    return [channel for channel in channels if channel.name == name and getattr(channel, "listens", False)]


def check() -> None:
    """End the start with a sentence where a provider of e-mail lacks what it needs: only anymail knows what that is."""
    if not settings.EMAIL_URL.startswith(gateways.ANYMAIL):
        return
    try:
        channel_for("email")
        _ = mailers.default
    except (ImproperlyConfigured, InvalidMailer, gateways.BadAddress, ImportError, TypeError) as problem:
        environment.stop(f"EMAIL_URL is not enough for this provider: {str(problem).partition(chr(10))[0]}")


@functools.lru_cache(maxsize=16)
def _made(url: str) -> Channel:
    """Kept, because a channel keeps its connections."""
    scheme = urlsplit(url).scheme
    return (_of("provider.Provider") if scheme.startswith(gateways.ANYMAIL) else CHANNELS[scheme])(url)
