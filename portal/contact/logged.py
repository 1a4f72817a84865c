"""Calls, letters and visits as staff write them down. Facts are facts: one that was not allowed is kept all the same,
and its event says so. They count towards the limits like messages.
"""

import uuid
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounts import days, history, notices
from accounts.locking import lock
from accounts.models import ContactPoint, Creditor, Debt, Debtor, User
from accounts.once import KeyUsedOtherwise
from accounts.rules.contact_law import Channel as LawChannel
from portal.contact import standing
from portal.contact.decide import Decision, Defer, Never
from portal.contact.models import LoggedContact

ACT: Final = "contact.logged"
LONGEST: Final = 1_000  # characters of a note
Channel, Outcome = LoggedContact.Channel, LoggedContact.Outcome
OUTCOMES: Final = {
    Channel.CALL: (Outcome.CONVERSATION, Outcome.VOICEMAIL, Outcome.UNANSWERED, Outcome.FAILED),
    Channel.POST: (Outcome.SENT, Outcome.FAILED),
    Channel.VISIT: (Outcome.CONVERSATION, Outcome.UNANSWERED, Outcome.FAILED),
}


class ImpossibleContact(Exception):
    """What is written down cannot have been: in the time to come, or with an outcome its channel does not have."""


def may(*, debtor: Debtor, creditor: Creditor, channel: str, at: datetime) -> Decision:
    """Whether the person may be called, written to or visited at `at`, by what is known and was said before it."""
    found = standing.of(debtor, at)
    found.history = [past for past in found.history if past.at <= at]
    return standing.ask(found, creditor=creditor, channel=channel, contact=number_of(found, channel), now=at)


def number_of(found: standing.Standing, channel: str) -> ContactPoint | None:
    """The number that a call goes to; letters and visits go to an address that is not on file here."""
    return found.contact(ContactPoint.Channel.SMS) if channel == LawChannel.CALL else None


@transaction.atomic
def log(
    *, debtor: Debtor, creditor: Creditor, debt: Debt | None, channel: str, outcome: str, note: str, at: datetime,
    by: User, key: uuid.UUID, now: datetime, inbound: bool = False, complaint: bool = False, notice: str = "",
) -> tuple[LoggedContact, Decision | None]:  # fmt: skip
    """Write down one contact of `creditor` about `debt`, or about all of its debts (None), made at `at`.

    With it comes what the rules said of it, None where the person began it. The same `key` again gives the first row;
    once.KeyUsedOtherwise for another contact. Raises ImpossibleContact.
    A letter that was sent may have been a `notice` the law asks for: that it was given is noted on each debt.
    """
    if at > now or outcome not in OUTCOMES[Channel(channel)]:
        raise ImpossibleContact
    if notice and (channel != Channel.POST or outcome != Outcome.SENT or inbound):
        raise ImpossibleContact
    lock(Debtor, debtor.pk)
    same: dict[str, Any] = {"debtor_id": debtor.pk, "creditor_id": creditor.pk, "debt_id": debt.pk if debt else None}
    same |= {"channel": channel, "outcome": outcome, "note": note.strip(), "inbound": inbound}
    decision = None if inbound else may(debtor=debtor, creditor=creditor, channel=channel, at=at)
    earlier = LoggedContact.objects.filter(key=key).first()
    if earlier is not None:
        if any(getattr(earlier, name) != value for name, value in same.items()):
            raise KeyUsedOtherwise
        return earlier, decision
    row = LoggedContact.objects.create(key=key, at=at, by=by, written_at=now, **same)
    data = {"channel": str(channel), "outcome": str(outcome), "inbound": inbound, "at": at.isoformat()}
    if complaint:
        data["complaint"] = True  # counted, and seen in the record
    if isinstance(decision, Defer | Never):
        data["not_allowed"] = sorted({reason.code for reason in decision.reasons})
    if notice:
        data["notice"] = notice
    history.record(by=by, act=ACT, on=row, debtor=debtor, now=now, data=data)
    if notice:
        on = days.today_in(debtor.time_zone, at)
        for one in [debt] if debt else Debt.objects.filter(debtor=debtor, creditor=creditor).order_by("pk"):
            notices.give(debt=one, notice=notice, on=on, by=by, now=now)
    return row, decision
