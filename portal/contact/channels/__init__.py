"""Where messages go out: SMS_URL names the channel for texts, EMAIL_URL the one for e-mail."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings

from portal.contact.channels.channel import Channel
from portal.contact.channels.console import Console
from portal.contact.channels.folder import Folder
from portal.contact.channels.smtp import Smtp

CHANNELS: dict[str, Callable[[str], Channel]] = {
    "console": Console,
    "file": Folder,
    "smtp": Smtp,
    "smtp+tls": Smtp,
    "smtps": Smtp,
}


def channel_for(kind: str) -> Channel:
    """The channel that the settings name for `sms` or `email`."""
    url = settings.EMAIL_URL if kind == "email" else settings.SMS_URL
    return CHANNELS[urlsplit(url).scheme](url)
