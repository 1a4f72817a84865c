"""Makers of words that were approved, of messages that say them, and a gateway's code for a form (`ONE`)."""

from accounts import outbox
from accounts.models import Message
from portal.contact import wordings
from portal.contact.models import WordingVersion
from tests.factories import NOW, make_contact, make_debtor, make_staff
from tests.portal.desk import make_words

ONE = {"code": "SMS_154950909", "fields": ["way=link", "sender"], "approved": False}


def approved(**values) -> WordingVersion:
    return wordings.approve(version=make_words(**values), by=make_staff(), now=NOW)


def said(template="new_message", *, language="en", channel="sms", context=None) -> Message:
    contact = make_contact(make_debtor(), channel=channel)
    context = {"link": "https://abcdefg/r/x"} if context is None else context
    return outbox.queue(
        key=f"key {contact.pk}",
        debtor=contact.debtor,
        contact=contact,
        purpose="service",
        template=template,
        language=language,
        context=context,
        laws=(),
        now=NOW,
    )
