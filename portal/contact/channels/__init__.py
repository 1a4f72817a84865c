"""Where messages go out: SMS_URL names the channel for texts, EMAIL_URL for e-mail, WECHAT_URL for WeChat."""

import functools
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import InvalidMailer, mailers

from portal import environment, gateways
from portal.contact.channels.alibaba import Alibaba
from portal.contact.channels.channel import Channel, Outgoing, Refused, Repeat
from portal.contact.channels.console import Console
from portal.contact.channels.folder import Folder
from portal.contact.channels.news import Listener
from portal.contact.channels.provider import Provider
from portal.contact.channels.smtp import Smtp
from portal.contact.channels.tencent import Tencent
from portal.contact.channels.twilio import Twilio
from portal.contact.channels.wechat import WeChat


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


CHANNELS: dict[str, Callable[[str], Channel]] = {
    "": Nowhere,
    "console": Console,
    "file": Folder,
    "smtp": Smtp,
    "smtp+tls": Smtp,
    "smtps": Smtp,
    "twilio": Twilio,
    "alibaba": Alibaba,
    "tencent": Tencent,
    "wechat": WeChat,
}
SETTINGS = {"sms": "SMS_URL", "email": "EMAIL_URL", "wechat": "WECHAT_URL"}


def channel_for(kind: str) -> Channel:
    """The channel that the settings name for `sms`, `email` or `wechat`."""
    return _made(getattr(settings, SETTINGS[kind]))


def listener(name: str) -> Listener | None:
    """The channel that hears from the gateway of this name; None where the settings name none, or no secret for it."""
    for kind in SETTINGS:
        channel = channel_for(kind)
        if channel.name == name and getattr(channel, "listens", False):
            return channel  # type: ignore[return-value]  # what listens is a Listener as well
    return None


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
    return Provider(url) if scheme.startswith(gateways.ANYMAIL) else CHANNELS[scheme](url)
