"""How a person is reached, changed by themselves: proved first, told to every old address, and undone for a week.

Whoever changes a number cannot confirm it with itself: for `COOLING_OFF` codes go to the old one (`codes.contact_for`),
and whoever reads messages there can undo the change without signing in. Links sent to what was replaced end at once. A
creditor's file does not overrule what the person chose (`portfolio_debts`): what it says differently waits for staff.
"""

import secrets
import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import codes, helper, history, knocks, links, outbox, passkeys
from accounts.crypto import blind_index, keyed_hash
from accounts.locking import lock
from accounts.models import ContactChange, ContactPoint, Debtor, Helper, Link, Message, Session, User

COOLING_OFF: Final = outbox.STILL_HEARS
UNPROVED: Final = "not proved yet"  # reasons of a block, as staff read them
UNDONE: Final = "change undone"
DIFFERS: Final = "file differs"
PURPOSE: Final = "contact"
DAY: Final = timedelta(days=1)
MOST_ASKED: Final = 5  # changes in a day; each sends a code to a number that may be anybody's


class NotPossible(Exception):
    """This contact cannot be taken: it is used already, or is the last that a code can go to."""


class NotMeSaid(Exception):
    """Somebody who reads messages there said "this is not me": they get none again, not even a code, until staff have
    taken that back (`knocks.unblock`).
    """


class TooMany(Exception):
    """`MOST_ASKED` changes were begun within a day."""


class TooLate(Exception):
    """A change can be undone for a week; afterwards staff help."""


def current(debtor: Debtor) -> QuerySet[ContactPoint]:
    """What the person is reached by."""
    used = ContactPoint.objects.filter(debtor=debtor, blocked_at=None, retired_at=None)
    return used.order_by("channel", "created_at")


def chosen_channels(debtors: Iterable[uuid.UUID]) -> set[tuple[uuid.UUID, str]]:
    """(person, channel) for each channel of which a person, or staff for them, has changed a contact that still is so.
    One query.
    """
    changes = ContactChange.objects.filter(debtor__in=list(debtors), in_force_at__isnull=False, undone_at=None)
    return set(changes.values_list("debtor", "channel"))


@transaction.atomic
def ask(
    *, debtor: Debtor, channel: str, address: str, replaces: ContactPoint | None, by: history.Actor, now: datetime
) -> ContactChange:
    """Begin to add a contact, or to replace one: it is kept, blocked, until the code sent to it comes back.

    The one begun before makes room. Raises NotPossible where it is in use already, NotMeSaid, TooMany.
    """
    lock(Debtor, debtor.pk)
    if replaces is not None and not current(debtor).filter(pk=replaces.pk, channel=channel).exists():
        raise NotPossible
    if ContactChange.objects.filter(debtor=debtor, asked_at__gt=now - DAY).count() >= MOST_ASKED:
        raise TooMany
    new = _kept(debtor, channel, address, now)
    kind = ContactChange.Kind.REPLACE if replaces else ContactChange.Kind.ADD
    change = ContactChange.objects.create(
        debtor=debtor, kind=kind, channel=channel, old=replaces, new=new, asked_at=now
    )
    history.record(by=by, act="contact.asked", on=change, debtor=debtor, now=now, data=_about(change))
    return change


def waiting(debtor: Debtor, change_id: uuid.UUID, now: datetime) -> ContactChange | None:
    """The change that waits for its code: the newest one, for a day."""
    newest = ContactChange.objects.filter(debtor=debtor).select_related("new", "old", "debtor").order_by("-asked_at")
    change = newest.first()
    fits = change is not None and change.pk == change_id and change.in_force_at is None
    return change if fits and change and change.asked_at > now - DAY else None


@transaction.atomic
def put_in_force(*, change: ContactChange, by: history.Actor, now: datetime) -> None:
    """The code came back: the new contact is used, the old one put away, and every old address told. Twice is once."""
    lock(Debtor, change.debtor_id)
    if not ContactChange.objects.filter(pk=change.pk, in_force_at=None).update(in_force_at=now):
        return
    others = list(current(change.debtor))
    if change.new is not None:
        given = {"verified_at": None if isinstance(by, User) and by.is_staff else now, "changed_at": now}
        ContactPoint.objects.filter(pk=change.new.pk).update(
            blocked_at=None, blocked_reason="", retired_at=None, **given
        )
    if change.old is not None:
        ContactPoint.objects.filter(pk=change.old.pk).update(retired_at=now)
        links.revoke(links=Link.objects.filter(contact=change.old), reason="contact changed", now=now)
        outbox.cancel_for(contact=change.old, reason="contact replaced", now=now, keep_codes=True)
    _tell(change, others, now)
    history.record(by=by, act="contact.changed", on=change, debtor=change.debtor, now=now, data=_about(change))


@transaction.atomic
def remove(*, contact: ContactPoint, by: history.Actor, now: datetime) -> ContactChange:
    """Stop using a contact. Raises NotPossible for the last one that a code can go to."""
    debtor = contact.whose
    lock(Debtor, debtor.pk)
    settled = current(debtor).filter(
        Q(changed_at=None) | Q(changed_at__lte=now - COOLING_OFF), channel__in=codes.CHANNELS
    )
    if not current(debtor).filter(pk=contact.pk).exists() or not settled.exclude(pk=contact.pk).exists():
        raise NotPossible
    kind = ContactChange.Kind.REMOVE
    change = ContactChange.objects.create(debtor=debtor, kind=kind, channel=contact.channel, old=contact, asked_at=now)
    put_in_force(change=change, by=by, now=now)
    return change


@transaction.atomic
def set_by_staff(
    *, debtor: Debtor, channel: str, address: str, replaces: ContactPoint | None, by: User, now: datetime
) -> ContactChange:
    """Who lost the old number tells staff, who made sure of them: the same change, the same week before it counts.

    It is verified when its first code comes back. Raises as `ask`.
    """
    change = ask(debtor=debtor, channel=channel, address=address, replaces=replaces, by=by, now=now)
    put_in_force(change=change, by=by, now=now)
    return change


@transaction.atomic
def mark_at_work(*, debtor: Debtor, points: Collection[uuid.UUID], by: history.Actor, now: datetime) -> None:
    """Of what the person is reached by, these are at work and the others are not. The same again is no change."""
    lock(Debtor, debtor.pk)
    mine = current(debtor)
    begun, ended = mine.filter(pk__in=points, at_work=False), mine.filter(at_work=True).exclude(pk__in=points)
    data = {"at_work": _ids(begun), "no_longer": _ids(ended)}
    if data["at_work"] or data["no_longer"]:
        ContactPoint.objects.filter(pk__in=data["at_work"]).update(at_work=True)
        ContactPoint.objects.filter(pk__in=data["no_longer"]).update(at_work=False)
        history.record(by=by, act="contact.at_work", on=debtor, debtor=debtor, now=now, data=data)


@transaction.atomic
def mark_one_at_work(*, contact: ContactPoint, at_work: bool, by: history.Actor, now: datetime) -> None:
    """The same of one contact of the person; what is known of their others stays."""
    debtor = contact.whose
    lock(Debtor, debtor.pk)
    others = current(debtor).filter(at_work=True).exclude(pk=contact.pk)
    points = {*others.values_list("pk", flat=True), *([contact.pk] if at_work else [])}
    mark_at_work(debtor=debtor, points=points, by=by, now=now)


def _ids(points: QuerySet[ContactPoint]) -> list[str]:
    return sorted(str(pk) for pk in points.values_list("pk", flat=True))


@transaction.atomic
def take(*, contact: ContactPoint, by: User, now: datetime) -> bool:
    """Staff have looked: what a file says beside what the person chose is used as well. False where it is no more."""
    debtor = contact.whose
    lock(Debtor, debtor.pk)
    if not ContactPoint.objects.filter(pk=contact.pk, blocked_reason=DIFFERS, retired_at=None).exists():
        return False
    kind = ContactChange.Kind.ADD
    change = ContactChange.objects.create(debtor=debtor, kind=kind, channel=contact.channel, new=contact, asked_at=now)
    put_in_force(change=change, by=by, now=now)
    return True


def by_token(token: str) -> ContactChange | None:
    """The change that this address undoes; None for a token nobody made."""
    if len(token) != links.TOKEN_LENGTH or not token.isascii():
        return None
    hashes = [keyed_hash(key, "undo", token) for key in settings.LINKS_KEYS]
    return ContactChange.objects.select_related("debtor", "old", "new").filter(token_hash__in=hashes).first()


def may_undo(change: ContactChange, now: datetime) -> bool:
    return change.undone_at is None and change.in_force_at is not None and change.in_force_at > now - COOLING_OFF


@transaction.atomic
def undo(*, change: ContactChange, by: history.Actor, now: datetime, keep: str | None = None) -> None:
    """Everything as it was: the old contact is used again, the new one closed with its links. Twice is once.

    Whoever changed it was perhaps not the person, so all visits end, but for the one with the key `keep`, and with
    them the helpers named and the passkeys added since it was asked for. Changes that stand on this one are undone with
    it: who replaced the new one again has not got past the old one. Raises TooLate after a week.
    """
    lock(Debtor, change.debtor_id)
    change = ContactChange.objects.select_related("debtor", "old", "new").get(pk=change.pk)
    if change.undone_at is not None:
        return
    if not may_undo(change, now):
        raise TooLate
    if change.new is not None:
        later = ContactChange.objects.filter(old=change.new, in_force_at__gte=change.in_force_at, undone_at=None)
        for built_on in later.select_related("debtor"):
            undo(change=built_on, by=by, now=now, keep=keep)
    ContactChange.objects.filter(pk=change.pk).update(undone_at=now)
    if change.new is not None:
        ContactPoint.objects.filter(pk=change.new.pk).update(blocked_at=now, blocked_reason=UNDONE, verified_at=None)
        links.revoke(links=Link.objects.filter(contact=change.new), reason="contact changed", now=now)
        outbox.cancel_for(contact=change.new, reason="contact blocked", now=now)
    if change.old is not None:
        ContactPoint.objects.filter(pk=change.old.pk).update(retired_at=None)
    Session.objects.filter(user__debtor=change.debtor).exclude(session_key=keep or "").delete()
    history.record(by=by, act="contact.undone", on=change, debtor=change.debtor, now=now, data=_about(change))
    passkeys.remove_all(debtor=change.debtor, since=change.asked_at, by=by, now=now)
    helper.end_all(debtor=change.debtor, since=change.asked_at, reason=Helper.Ended.NOT_ME, by=by, now=now)


def ending(channel: str, address: str) -> str:
    """What of an address is shown to its owner: the last four signs, or d***@exampl…"""
    if channel != ContactPoint.Channel.EMAIL:
        return address[-4:]
    masked = f"{address[0]}***@{address.rpartition('@')[2]}"
    return masked if len(masked) <= 12 else f"{masked[:11]}…"


def _kept(debtor: Debtor, channel: str, address: str, now: datetime) -> ContactPoint:
    """The row of this address, blocked until it is proved. Raises NotPossible, NotMeSaid."""
    index = blind_index(channel, address)
    known = ContactPoint.objects.filter(debtor=debtor, channel=channel, address_index=index).first()
    if known is None:
        given = {"address": address, "address_index": index, "ending": ending(channel, address)}
        return ContactPoint.objects.create(
            debtor=debtor, channel=channel, blocked_at=now, blocked_reason=UNPROVED, **given
        )
    if known.blocked_at is not None and known.blocked_reason == knocks.BLOCKED:
        raise NotMeSaid
    if known.blocked_at is None and (known.retired_at is None or known.retired_at > now - COOLING_OFF):
        raise NotPossible  # in use, or just replaced: then the change is undone instead
    ContactPoint.objects.filter(pk=known.pk).update(
        blocked_at=now, blocked_reason=UNPROVED, retired_at=None, verified_at=None
    )
    known.refresh_from_db()
    return known


def _tell(change: ContactChange, others: list[ContactPoint], now: datetime) -> None:
    """A text to each address that was in use before, with the one-press way to undo it."""
    told = [one for one in others if change.new is None or one.pk != change.new.pk]
    token = "".join(secrets.choice(links.BASE58) for _ in range(links.TOKEN_LENGTH))
    token_hash = keyed_hash(settings.LINKS_KEYS[0], "undo", token)
    ContactChange.objects.filter(pk=change.pk).update(token_hash=token_hash)
    for contact in told:
        contact.refresh_from_db()
        outbox.queue(
            key=f"contact_changed:{change.pk}:{contact.pk}",
            debtor=change.debtor,
            contact=contact,
            purpose=Message.Purpose.SERVICE,
            template="contact_changed",
            context={"link": f"{settings.PUBLIC_BASE_URL}/u/{token}", "undoes": "1"},
            now=now,
            not_after=now + COOLING_OFF,
        )


def _about(change: ContactChange) -> dict[str, str]:
    """Ids alone: an address has no place in an event."""
    about = {"kind": str(change.kind), "channel": change.channel}
    about |= {"old": str(change.old_id)} if change.old_id else {}
    return about | ({"new": str(change.new_id)} if change.new_id else {})
