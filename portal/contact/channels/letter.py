"""An e-mail as every way of sending one needs it."""

from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from portal.contact.channels.channel import Outgoing, Refused

_SEVERAL: Final = ",;<> \r\n\t"


def message_id(message: Outgoing) -> str:
    return f"<{message.id}@{settings.EMAIL_FROM.rpartition('@')[2]}>"


def letter(message: Outgoing) -> EmailMultiAlternatives:
    """The e-mail, with what lets mail programs end it by one press (RFC 8058) where it may be ended.

    Raises Refused where the address is not one: a header would take several.
    """
    if message.address.count("@") != 1 or any(sign in message.address for sign in _SEVERAL):
        raise Refused("not one address")
    mail = EmailMultiAlternatives(message.subject, message.text, settings.EMAIL_FROM, [message.address])
    mail.reply_to = [message.reply_to] if message.reply_to else []
    mail.extra_headers = {"Auto-Submitted": "auto-generated"}
    if message.unsubscribe:
        mail.extra_headers["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        mail.extra_headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail
