"""The thread between a person and staff: both may write, the person sees all of it.

Under the person's lock each message gets a later instant than the one before, so whoever knows the newest one can ask
for what came after it and misses nothing.
"""

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max

from accounts import history, limitation, links, once, opening, outbox
from accounts.letterhead import kind_for, laws_for, shape_for
from accounts.locking import lock
from accounts.models import ContactPoint, Creditor, Debt, Debtor, Helper, Link, Message, User
from portal.contact import on_duty
from portal.contact.models import ThreadMessage
from portal.contact.safety import suggests_harm

LONGEST: Final = 2_000  # characters of one message
ACT: Final = "thread.written"
_TICK: Final = timedelta(microseconds=1)
_A_VISIT: Final = timedelta(hours=1)


class AnsweredMeanwhile(Exception):
    """A colleague has answered since the page was opened."""


@transaction.atomic
def write(
    *,
    debtor: Debtor,
    body: str,
    key: uuid.UUID,
    by: history.Actor,
    now: datetime,
    debt: Debt | None = None,
    creditor: Creditor | None = None,
    came_by: str = "",
) -> ThreadMessage:
    """Write what the person says, or their helper. The same `key` again gives the first message; for other words it
    raises once.KeyUsedOtherwise.

    Words that suggest danger flag the message, and tell who is on duty. The day of the answer is promised by the hours
    of `creditor`, by default the debt's or the first whom the person owes. `came_by` names another way than the site.
    """
    body = body.strip()
    if not body or len(body) > LONGEST:
        raise ValueError(f"A message has 1 to {LONGEST} characters.")
    lock(Debtor, debtor.pk)
    request = {"body": body, "debt": str(debt.pk) if debt else ""}
    earlier = once.earlier_result(key=key, debtor=debtor, act=ACT, request=request)
    if earlier is not None:
        return ThreadMessage.objects.get(pk=earlier)
    message = ThreadMessage.objects.create(
        debtor=debtor,
        debt=debt,
        helper=by if isinstance(by, Helper) else None,
        body=body,
        at=_next_instant(debtor, now),
        safety=suggests_harm(body),
        came_by=came_by,
        reply_by_on=_promised(debtor, debt.creditor if debt else creditor, now),
    )
    once.keep_result(key=key, debtor=debtor, act=ACT, request=request, result=str(message.pk), now=now)
    history.record(by=by, act=ACT, on=message, debtor=debtor, now=now, data={"safety": message.safety})
    if message.safety:
        on_duty.tell(message, debtor=debtor, now=now)
    return message


@transaction.atomic
def answer(
    *,
    debtor: Debtor,
    body: str,
    by: User,
    now: datetime,
    seen: ThreadMessage | None = None,
    despite: Iterable[str] = (),
) -> ThreadMessage:
    """Write a staff member's answer, settle what waited for one, and queue the text that says so (C2, no content).

    `seen` is the newest message the staff member had before them: what the person wrote since goes on waiting. Raises
    AnsweredMeanwhile where a colleague wrote since. The text goes to a verified contact with a way in; without one the
    person finds the answer on the page. `despite` are words of a court in it that staff said are no threat.
    """
    body = body.strip()
    if not body or len(body) > LONGEST:
        raise ValueError(f"A message has 1 to {LONGEST} characters.")
    lock(Debtor, debtor.pk)
    mine = ThreadMessage.objects.filter(debtor=debtor)
    if seen is not None and mine.filter(at__gt=seen.at, staff__isnull=False).exclude(staff=by).exists():
        raise AnsweredMeanwhile
    waiting = mine.filter(staff=None, answered_at=None)
    if seen is not None:
        waiting = waiting.filter(at__lte=seen.at)
    settled = waiting.update(answered_at=now)
    message = ThreadMessage.objects.create(debtor=debtor, staff=by, body=body, at=_next_instant(debtor, now))
    history.record(by=by, act="thread.answered", on=message, debtor=debtor, now=now, data={"settled": settled})
    limitation.looked_twice(debtor=debtor, words=despite, by=by, now=now)
    _tell(message, now)
    return message


def seen(*, debtor: Debtor, now: datetime) -> int:
    """Note that the person went to read what is new, which the home page then no longer says is new."""
    unseen = ThreadMessage.objects.filter(debtor=debtor, staff__isnull=False, seen_at=None)
    return unseen.update(seen_at=now)


def _next_instant(debtor: Debtor, now: datetime) -> datetime:
    last = ThreadMessage.objects.filter(debtor=debtor).aggregate(last=Max("at"))["last"]
    return now if last is None or last < now else last + _TICK


def _promised(debtor: Debtor, creditor: Creditor | None, now: datetime) -> date | None:
    first = creditor or Creditor.objects.filter(debts__debtor=debtor).order_by("created_at").first()
    return opening.reply_by(first, now) if first else None


def _tell(message: ThreadMessage, now: datetime) -> None:
    """Queue the text that somebody has replied, with a way in of its own.

    Not while the person may be in: with each new way in the oldest ends, and with it the visit that came by it.
    """
    debtor, contact = message.debtor, _last_known(message.debtor)
    if contact is None:
        return
    way: dict = {}
    if not debtor.links.filter(opened_at__gt=now - _A_VISIT).exists():
        way = way_in(debtor, contact, "new_message", now)
    outbox.queue(
        key=f"new_message:{message.pk}",
        debtor=debtor,
        contact=contact,
        purpose=Message.Purpose.SERVICE,
        template="new_message",
        now=now,
        **way,
    )


def way_in(debtor: Debtor, contact: ContactPoint, template: str, now: datetime) -> dict:
    """What `outbox.queue` is to be given for a text with a way in of its own; nothing where none may be given."""
    creditor = Creditor.objects.filter(debts__debtor=debtor).order_by("created_at").first()
    if creditor is None or outbox.why_not(contact, template, now):
        return {}
    kind = kind_for(shape_for(laws_for(debtor), contact.channel))
    link, secret = links.make(
        debtor=debtor,
        creditor=creditor,
        contact=contact,
        channel=Link.Channel(contact.channel),
        kind=kind,
        by="system",
        now=now,
    )
    return {"link": link, "context": links.way_in(secret, kind)}


def _last_known(debtor: Debtor) -> ContactPoint | None:
    """A contact of someone who has signed in: verified, or the one the person last came in by."""
    came_by = debtor.links.filter(helper=None, opened_at__isnull=False, revoked_at=None).order_by("-opened_at").first()
    return outbox.answerable(debtor, came_by.contact if came_by else None)
