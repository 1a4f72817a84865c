"""Who did what to whom: an append-only event, written inside the act's transaction.

Each stream of events (a debtor's, a creditor's, the site's) is a chain: an event's hash covers its number, its content
and the hash before it, so an edit, a gap or a swap shows when the chain is recomputed (`prove_ledger`). A cut tail
shows only against a head that was noted elsewhere, which `prove_ledger --heads` prints.
Data holds ids, codes and amounts, never names, addresses or typed words: it outlives them.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import models, transaction

from accounts.locking import lock
from accounts.models import Creditor, Debtor, Event, Helper, User

Actor = User | Debtor | Helper | str


class HelpEnded(Exception):
    """A helper's rights ended before their act was written: under the person's lock, so that the two have an order."""


def actor(by: Actor) -> str:
    """`by` as it stands on an event. A debtor's own user counts as the debtor, a helper's as the helper."""
    if isinstance(by, str):
        return by
    if isinstance(by, User) and by.debtor_id:
        return f"debtor:{by.debtor_id}"
    if isinstance(by, User) and by.helper_id:
        return f"helper:{by.helper_id}"
    return f"{'user' if isinstance(by, User) else type(by).__name__.lower()}:{by.pk}"


def record(
    *,
    by: Actor,
    act: str,
    on: models.Model,
    now: datetime,
    debtor: Debtor | None = None,
    creditor: Creditor | None = None,
    data: dict | None = None,
    event_id: uuid.UUID | None = None,
) -> Event:
    """Write one event. Must run inside the act's transaction; locks the stream's owner so that numbers have no gap.

    Raises HelpEnded, and with it undoes the act, for a helper whose rights have ended meanwhile.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event is written in the transaction of its act.")
    stream = _locked_stream(debtor or creditor)
    if isinstance(by, Helper) and not Helper.objects.in_force(now).filter(pk=by.pk).exists():
        raise HelpEnded
    last = Event.objects.filter(stream=stream).order_by("-number").values_list("number", "hash").first()
    number, previous = (last[0] + 1, last[1]) if last else (1, "")
    event = Event(
        id=event_id or uuid.uuid4(),
        stream=stream,
        number=number,
        debtor=debtor,
        by=actor(by),
        act=act,
        on=f"{type(on).__name__.lower()}:{on.pk}",
        data=data or {},
        at=now,
        previous_hash=previous,
    )
    event.hash = hash_of(event)
    event.save(force_insert=True)
    return event


def _locked_stream(owner: Debtor | Creditor | None) -> str:
    if owner is None:
        return "site"
    lock(type(owner), owner.pk)
    return f"{type(owner).__name__.lower()}:{owner.pk}"


def hash_of(event: Event) -> str:
    """SHA-256 over the event's canonical content and the hash before it."""
    content = {
        "id": str(event.id),
        "stream": event.stream,
        "number": event.number,
        "by": event.by,
        "act": event.act,
        "on": event.on,
        "data": event.data,
        "at": event.at.astimezone(UTC).isoformat(),
        "previous": event.previous_hash,
    }
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


def broken(events: Iterable[Event]) -> list[str]:
    """What disagrees in one stream's events, given in order of number: a sentence for each."""
    found, number, previous = [], 0, ""
    for event in events:
        number += 1
        if event.number != number:
            found.append(f"{event.stream}: event {number} is missing")
            number = event.number
        if event.previous_hash != previous:
            found.append(f"{event.stream}: event {event.number} does not follow the one before it")
        if event.hash != hash_of(event):
            found.append(f"{event.stream}: event {event.number} was changed")
        previous = event.hash
    return found
