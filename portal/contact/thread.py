"""The thread between a person and staff: both may write, the person sees all of it."""

import uuid
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts import history, once, outbox
from accounts.locking import lock
from accounts.models import ContactPoint, Debt, Debtor, Helper, User
from portal.contact.models import ThreadMessage
from portal.contact.safety import suggests_harm

LONGEST: Final = 2_000  # characters of one message
ACT: Final = "thread.written"


@transaction.atomic
def write(
    *, debtor: Debtor, body: str, key: uuid.UUID, by: history.Actor, now: datetime, debt: Debt | None = None
) -> ThreadMessage:
    """Write what the person says, or their helper. The same `key` again gives the first message; for other words it
    raises once.KeyUsedOtherwise.

    Words that suggest danger flag the message, so that it comes first at the desk.
    """
    body = body.strip()
    if not body or len(body) > LONGEST:
        raise ValueError(f"A message has 1 to {LONGEST} characters.")
    lock(Debtor, debtor.pk)
    request = {"body": body, "debt": str(debt.pk) if debt else ""}
    earlier = once.earlier_result(key=key, debtor=debtor, act=ACT, request=request)
    if earlier is not None:
        return ThreadMessage.objects.get(pk=earlier)
    helper = by if isinstance(by, Helper) else None
    said = {"debtor": debtor, "debt": debt, "helper": helper, "body": body, "safety": suggests_harm(body)}
    message = ThreadMessage.objects.create(**said, at=now)
    once.keep_result(key=key, debtor=debtor, act=ACT, request=request, result=str(message.pk), now=now)
    history.record(by=by, act=ACT, on=message, debtor=debtor, now=now, data={"safety": message.safety})
    return message


@transaction.atomic
def answer(*, debtor: Debtor, staff: User, body: str, now: datetime) -> ThreadMessage:
    """Write a staff member's answer, settle what waited for one, and queue the text that says so (C2, no content).

    The text goes to a verified contact; without one the person finds the answer on the page.
    """
    body = body.strip()
    if not body or len(body) > LONGEST:
        raise ValueError(f"A message has 1 to {LONGEST} characters.")
    lock(Debtor, debtor.pk)
    message = ThreadMessage.objects.create(debtor=debtor, staff=staff, body=body, at=now)
    waiting = ThreadMessage.objects.filter(debtor=debtor, staff=None, answered_at=None, at__lte=now)
    settled = waiting.update(answered_at=now)
    history.record(by=staff, act="thread.answered", on=message, debtor=debtor, now=now, data={"settled": settled})
    contact = _last_known(debtor)
    if contact is not None:
        outbox.queue(
            key=f"new_message:{message.pk}",
            debtor=debtor,
            contact=contact,
            purpose="service",
            template="new_message",
            now=now,
        )
    return message


def seen(*, debtor: Debtor, now: datetime) -> int:
    """Note that the person went to read what is new, which the home page then no longer says is new."""
    unseen = ThreadMessage.objects.filter(debtor=debtor, staff__isnull=False, seen_at=None)
    return unseen.update(seen_at=now)


def _last_known(debtor: Debtor) -> ContactPoint | None:
    """A contact of someone who has signed in: verified, or the one the person last came in by."""
    came_by = debtor.links.filter(helper=None, opened_at__isnull=False, revoked_at=None).order_by("-opened_at").first()
    return outbox.answerable(debtor, came_by.contact if came_by else None)
