"""One reminder to one person, written by somebody at the desk: the same rules and the same words as for many. What the
rules do not allow now is refused before it is written, never after.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts import history
from accounts.locking import lock
from accounts.models import ContactPoint, Creditor, Debtor, Message, User
from accounts.once import KeyUsedOtherwise
from portal.contact import reminders, standing
from portal.contact.case import Reason
from portal.contact.decide import Decision, Never, Send
from portal.contact.reminders import Preview
from portal.contact.standing import Standing

ACT: Final = "contact.written"
REASONS: Final = ("first_contact", "second_contact")  # wordings that say why; a plan's own reminders go by its days


class NotAllowed(Exception):
    """The rules do not allow it now: `decision` says why, and from when on they would."""

    def __init__(self, decision: Decision):
        super().__init__("not allowed")
        self.decision = decision


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that could be said, and what the rules answer to it now."""

    creditor: Creditor
    contact: ContactPoint
    reason: str
    seen: Preview

    @property
    def open(self) -> bool:
        return isinstance(self.seen.decision, Send)


def ways(found: Standing, now: datetime) -> list[Way]:
    """All that could be said to this person: for each creditor, each channel that is on file, each reason."""
    contacts = [contact for channel in ContactPoint.Channel.values if (contact := found.contact(channel))]
    return [
        Way(creditor, contact, reason, _seen(found, creditor, contact, reason, now))
        for creditor in found.creditors()
        for contact in contacts
        for reason in REASONS
    ]


def _seen(found: Standing, creditor: Creditor, contact: ContactPoint, reason: str, now: datetime) -> Preview:
    return reminders.preview(standing=found, creditor=creditor, wording=reason, contact=contact, now=now)


@transaction.atomic
def write(
    *, debtor: Debtor, creditor: Creditor, channel: str, reason: str, by: User, key: uuid.UUID, now: datetime
) -> Message:
    """Queue one reminder to the person's contact of this channel; the same `key` again gives the first one.

    Raises NotAllowed, and once.KeyUsedOtherwise where the key was used for another reminder.
    """
    lock(Debtor, debtor.pk)
    key_of_message = f"desk:{debtor.pk}:{key}"
    if (said := Message.objects.filter(key=key_of_message).first()) is not None:
        if (said.creditor_id, said.channel, said.template) != (creditor.pk, channel, reason):
            raise KeyUsedOtherwise
        return said
    found = standing.of(debtor, now)
    contact = found.contact(channel)
    if contact is None:
        raise NotAllowed(Never((Reason("NO_ADDRESS"),)))
    answer = reminders.remind(
        standing=found, creditor=creditor, wording=reason, contact=contact, key=key_of_message, by=by, now=now
    )
    if not isinstance(answer, Message):
        raise NotAllowed(answer)
    data = {"channel": channel, "reason": reason, "creditor": str(creditor.pk)}
    history.record(by=by, act=ACT, on=answer, debtor=debtor, now=now, data=data)
    return answer
