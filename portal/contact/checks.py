"""Says before the start what keeps texts from going out, where the settings alone look right: `check --deploy`."""

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Error as CheckError
from django.core.checks import Warning as CheckWarning
from django.db import DatabaseError

from accounts.rules import wording
from portal.contact import wordings


def texts_can_go_out(app_configs, **kwargs) -> list[CheckMessage]:
    """A gateway that knows no code for one-time codes lets nobody in; a sender's name may be barred in every text."""
    return [*_senders(), *_codes()]


def _codes() -> list[CheckMessage]:
    try:
        lacking = wordings.without_codes()
    except DatabaseError:
        return []  # there are no tables yet
    return [
        CheckWarning(
            f"No one-time code can be sent over {one.gateway} in {', '.join(one.nothing_in)}: it has no code for these "
            "words, and nobody who reads that language can agree a plan.",
            hint="At the desk, under Words of messages, One-time code, At the gateways.",
            id="contact.W001",
        )
        for one in lacking
    ]


def _senders() -> list[CheckMessage]:
    named = {
        "SENDER_NAME": settings.SENDER_NAME,
        **{f"SMS_SENDERS {key}": of for key, of in settings.SMS_SENDERS.items()},
    }
    return [
        CheckError(
            f"{setting}: the name {name!r} tells a stranger what a text is about, so no text that holds it goes out.",
            hint="Choose a neutral name, such as that of the service.",
            id="contact.E001",
        )
        for setting, name in named.items()
        if wording.forbidden_in(name, [wording.NEUTRAL])
    ]
