"""What would make it easier for a person (P29): one row for each, read by pages, by the desk and before every contact.

The person's own words are kept with their consent alone, encrypted, and go in the moment they are taken back. Events
name kinds, never words.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounts import history, outbox
from accounts.locking import lock
from accounts.models import Debtor, Need
from accounts.rules.contact_law import Channel

Kind = Need.Kind
LONGEST: Final = 1_000  # characters of the person's own words
TIMES_LONGER: Final = 2  # how much longer an offer stays open for somebody who needs more time
ON_PAPER: Final = frozenset({Channel.SMS, Channel.EMAIL, Channel.CHAT, Channel.PUSH, Channel.POST, Channel.FAX})
REACHED: Final = (Kind.WRITE, Kind.CALL, Kind.NOT_AT_WORK)  # say how somebody may be reached, and nothing of themselves
CLOSES: Final = {Kind.WRITE: frozenset(Channel) - ON_PAPER, Kind.CALL: ON_PAPER}


class Opposites(ValueError):
    """Not to be called and not to be written to: one of the two has to be left."""


@transaction.atomic
def keep(
    *, debtor: Debtor, kinds: Collection[str], words: str | None = None, by: history.Actor, now: datetime
) -> list[Need]:
    """From now on these are the person's needs, those in force already left as they are. The same again is no change.

    `words` None leaves the person's own words as they are, "" takes them away; whoever passes others has the consent.
    Reminders that wait to go out in writing to somebody who wants to be called are cancelled. Opposites; ValueError
    for a kind that is none, or more words than there is room for.
    """
    wanted = {Kind(kind) for kind in kinds} - {Kind.WORDS}
    if {Kind.WRITE, Kind.CALL} <= wanted:
        raise Opposites
    if words and len(words) > LONGEST:
        raise ValueError(f"At most {LONGEST} characters.")
    lock(Debtor, debtor.pk)
    before = {Kind(need.kind): need for need in open_for(debtor)}
    kept = before.get(Kind.WORDS)
    if (kept.text if kept else "") == words:
        words = None
    gone = before.keys() - wanted - ({Kind.WORDS} if words is None else set())
    _end(debtor, gone, now)
    new = {kind: "" for kind in Kind if kind in wanted - before.keys()} | ({Kind.WORDS: words} if words else {})
    Need.objects.bulk_create(Need(debtor=debtor, kind=kind, text=text, saved_at=now) for kind, text in new.items())
    _record(debtor, new, gone, by=by, now=now)
    return open_for(debtor)


@transaction.atomic
def remove(*, debtor: Debtor, kind: str, by: history.Actor, now: datetime) -> bool:
    """Take one back, its words with it; False when it is not there."""
    lock(Debtor, debtor.pk)
    gone = _end(debtor, [kind], now)
    _record(debtor, [], [kind] if gone else [], by=by, now=now)
    return bool(gone)


def open_for(debtor: Debtor) -> list[Need]:
    """The person's needs, in the order of the page. One query."""
    found = Need.objects.filter(debtor=debtor, removed_at=None)
    return sorted(found, key=lambda need: list(Kind).index(Kind(need.kind)))


def has(debtor: Debtor, kind: str) -> bool:
    return Need.objects.filter(debtor=debtor, kind=kind, removed_at=None).exists()


def closed(needs: Iterable[Need]) -> frozenset[Channel]:
    """The channels that are not to be used to ask somebody with these needs for something."""
    return frozenset[Channel]().union(*(CLOSES.get(Kind(need.kind), frozenset()) for need in needs))


def _end(debtor: Debtor, kinds: Collection[str], now: datetime) -> int:
    return Need.objects.filter(debtor=debtor, kind__in=kinds, removed_at=None).update(removed_at=now, text="")


def _record(debtor: Debtor, new: Collection[str], gone: Collection[str], *, by: history.Actor, now: datetime) -> None:
    if not new and not gone:
        return
    data: dict[str, Any] = {"kept": sorted(map(str, new)), "removed": sorted(map(str, gone))}
    if Kind.CALL in new:
        data["cancelled"] = outbox.cancel_for(debtor=debtor, reason="NOT_WISHED", now=now, reminders_only=True)
    if Kind.LARGE_TEXT in {*new, *gone}:
        Debtor.objects.filter(pk=debtor.pk).update(large_text=Kind.LARGE_TEXT in new)
    history.record(by=by, act="needs.changed", on=debtor, debtor=debtor, now=now, data=data)
