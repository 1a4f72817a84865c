"""What a thing heard brings about: a stop closes, a start opens, other words reach the people they are meant for.

A reply is judged by the rule sets that bind towards whoever has its number on file. Where a rule set wants a person to
read free words first (`queue_for_human`), words that may mean "stop" close the channel until staff have read them: what
is not sure counts as the stricter case.
"""

import uuid
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max, Q

from accounts import helper, history
from accounts.days import today_in
from accounts.locking import lock
from accounts.models import ContactPoint, Debtor, Helper, Once, User
from accounts.rules import ContactLaw
from portal.contact import on_duty, replies, standing, thread, wishes
from portal.contact.models import Heard, Stop, ThreadMessage
from portal.contact.replies import Meaning
from portal.contact.safety import suggests_harm

TO_READ: Final = (Meaning.MAYBE_STOP, Meaning.OTHER)  # replies that staff read; the others were obeyed
FOR_STAFF: Final = (Heard.Kind.REPLY, Heard.Kind.TOO_LONG)  # what staff settle, where nothing else did
_CLOSES: Final = {
    Heard.Kind.UNSUBSCRIBE: Stop.Source.UNSUBSCRIBE,
    Heard.Kind.COMPLAINT: Stop.Source.COMPLAINT,
    Heard.Kind.LEFT: Stop.Source.UNSUBSCRIBE,
}


@transaction.atomic
def obey(heard: Heard, now: datetime) -> None:
    """Do what was heard asks for. Its caller hears each thing once; a second call does no harm all the same.

    What comes from a number or an address that is on no file stays a `Heard` for staff to read.
    """
    contact = heard.contact
    if heard.kind == Heard.Kind.REPLY:
        _reply(heard, contact, now)
    elif contact is not None and heard.kind in _CLOSES:
        wishes.unsubscribed(contact=contact, source=_CLOSES[Heard.Kind(heard.kind)], now=now)
    elif contact is not None and heard.kind == Heard.Kind.JOINED:
        _open(contact, now)


@transaction.atomic
def read(heard: Heard, *, by: User, now: datetime, open_again: bool = False) -> bool:
    """Staff have read a reply; False when somebody had before. With `open_again` it was no stop: what such replies had
    closed opens again, for everybody with that number. What was closed in any other way, or by words that were a stop
    or are still to be read, stays closed.
    """
    judged = heard.meaning
    if judged == Meaning.MAYBE_STOP:
        judged = Meaning.OTHER if open_again else Meaning.STOP
    waiting = Heard.objects.filter(pk=heard.pk, kind__in=FOR_STAFF, settled_at=None)
    if not waiting.update(settled_at=now, meaning=judged):
        return False
    opened = 0
    if open_again and heard.meaning == Meaning.MAYBE_STOP and heard.contact:
        everyone = wishes.same_address(heard.contact)
        for one in everyone:
            lock(Debtor, one.whose.pk)
        for one in _closed_by_nothing_else(everyone):
            opened += wishes.reopen(debtor=one.whose, channel=one.channel, contact=one, by=by, now=now)
    data = {"meaning": heard.meaning, "opened": opened}
    history.record(by=by, act="reply.read", on=heard, debtor=heard.debtor, now=now, data=data)
    return True


def _closed_by_nothing_else(everyone: list[ContactPoint]) -> list[ContactPoint]:
    """Those contacts of one number that are closed only by words which staff have since judged to be no stop."""
    stops = {stop.contact_id: stop for stop in Stop.objects.filter(contact__in=everyone, ended_at=None)}
    closing = Q(meaning=Meaning.STOP) | Q(meaning=Meaning.MAYBE_STOP, settled_at=None) | Q(kind__in=_CLOSES)
    last = Heard.objects.filter(closing, contact__in=everyone).aggregate(last=Max("heard_at"))["last"]
    found = [one for one in everyone if one.pk in stops and stops[one.pk].source == Stop.Source.REPLY]
    return [one for one in found if last is None or last < stops[one.pk].at]


def _reply(heard: Heard, contact: ContactPoint | None, now: datetime) -> None:
    everyone = wishes.same_address(contact) if contact else []
    people = {one.whose.pk: one.whose for one in [*everyone, *([contact] if contact else [])]}  # a helper is of no file
    laws = {pk: _laws(person, now) for pk, person in people.items()}
    binding = tuple(law for of_one in laws.values() for law in of_one)
    meant = replies.meaning(heard.body, binding)
    if meant is Meaning.START and not _is_proved(heard):
        meant = Meaning.OTHER  # anybody may write a name into a mail, and nobody is opened to again by a stranger
    if meant in {Meaning.STOP, Meaning.MAYBE_STOP}:
        _close(heard, everyone, meant, now)
    elif meant is Meaning.START and contact is not None:
        _open(contact, now)
    owner = _proved_owner(everyone) if _is_proved(heard) else None
    if owner is not None and not replies.is_keyword(heard.body, binding):
        _to_thread(heard, owner.whose, now)
    elif suggests_harm(heard.body):  # staff find it among the replies to read
        on_duty.tell(heard, debtor=heard.debtor, now=now)
    read = meant not in TO_READ or (meant is Meaning.OTHER and owner is not None)  # the thread is read anyway
    Heard.objects.filter(pk=heard.pk).update(meaning=meant, settled_at=now if read else None)
    heard.meaning, heard.settled_at = meant, now if read else None


def _close(heard: Heard, everyone: list[ContactPoint], meant: Meaning, now: datetime) -> None:
    """Close the number for everybody who has it on file; one answer goes to it, where it may.

    Whoever reads messages there helps nobody any more. A mail that proves nothing closes too, since silence harms
    least, but it is nobody's act and takes no rights: anybody may write a name into a mail.
    """
    proved = _is_proved(heard)
    if proved and meant is Meaning.STOP and heard.contact is not None:
        helper.leave(contact=heard.contact, reason=Helper.Ended.STOP, now=now)
    source = Stop.Source.REPLY
    made = [
        wishes.stop(
            debtor=one.whose,
            channel=one.channel,
            contact=one,
            source=source,
            by=_by(one) if proved else "visitor",
            now=now,
        )
        for one in everyone
    ]
    fresh = [one for one in made if one.at == now]
    spoken_to = [one for one in fresh if one.contact_id == heard.contact_id] or fresh
    if meant is Meaning.STOP and spoken_to:
        wishes.confirm(spoken_to[0], now=now)


def _open(contact: ContactPoint, now: datetime) -> None:
    for one in wishes.same_address(contact):
        wishes.reopen(debtor=one.whose, channel=one.channel, contact=one, by=_by(one), now=now)


def _by(contact: ContactPoint) -> Debtor | str:
    """Whose act it is: the person's, if they have proved to hold this number."""
    return contact.whose if contact.verified_at else "visitor"


def _laws(debtor: Debtor, now: datetime) -> tuple[ContactLaw, ...]:
    person, day = standing.of(debtor, now), today_in(debtor.time_zone, now)
    laws = [law for creditor in person.creditors() for law in person.laws(creditor)]
    return tuple(law for law in laws if law.covers(day))


def _proved_owner(everyone: list[ContactPoint]) -> ContactPoint | None:
    """The one person who has proved to hold this number. Words from any other number may be a stranger's."""
    proved = [one for one in everyone if one.verified_at and not one.blocked_at and not one.retired_at]
    return proved[0] if len(proved) == 1 else None


def _is_proved(heard: Heard) -> bool:
    """Operators vouch for the number of a text; an e-mail names whom it likes, unless it answers a message of ours."""
    by_mail = heard.contact is not None and heard.contact.channel == ContactPoint.Channel.EMAIL
    return not by_mail or heard.message_id is not None


def in_thread(heard: Heard) -> ThreadMessage | None:
    """The message that a reply became in a person's thread; None where it stands in none."""
    written = Once.objects.filter(key=_key(heard)).values_list("result", flat=True).first()
    return ThreadMessage.objects.select_related("debtor").filter(pk=written).first() if written else None


def _key(heard: Heard) -> uuid.UUID:
    return uuid.uuid5(heard.pk, "thread")


def _to_thread(heard: Heard, debtor: Debtor, now: datetime) -> None:
    body = heard.body.strip()[: thread.LONGEST]
    if body:
        came_by = heard.contact.channel if heard.contact else ""
        thread.write(debtor=debtor, body=body, key=_key(heard), by=debtor, came_by=came_by, now=now)
