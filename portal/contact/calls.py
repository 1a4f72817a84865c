"""Calls that people ask for: an hour that law, creditor and person all allow, promised, made and written down.

A call somebody asked for is an answer, so limits and holds do not count against it (12 CFR 1006.14(b)(3)(i) leaves
calls that the person has agreed to out of the count); hours do, and a "stop" said after they asked.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from accounts import history, once, opening, outbox
from accounts.locking import lock
from accounts.models import ContactPoint, Creditor, Debtor, Message, Need, User
from accounts.rules.contact_law import Channel, Purpose
from portal.contact import logged, standing, thread
from portal.contact.decide import Decision, Never, decide, in_hours
from portal.contact.facts import Request
from portal.contact.models import Call, LoggedContact

DAYS: Final = 3
HOUR: Final = timedelta(hours=1)
AHEAD: Final = timedelta(minutes=30)  # nobody is called before they have put the phone down
GRACE: Final = timedelta(minutes=30)  # after its hour a call that nobody wrote down counts as not made
LONGEST_TOPIC: Final = 200
SHOWN_FOR: Final = timedelta(days=7)  # how long a page says that a call did not come about
_LAST: Final = timedelta(seconds=1)
State = Call.State
SETTLES: Final = {
    LoggedContact.Outcome.CONVERSATION: State.DONE,
    LoggedContact.Outcome.VOICEMAIL: State.UNANSWERED,
    LoggedContact.Outcome.UNANSWERED: State.UNANSWERED,
}


class NotFree(Exception):
    """The hour is not offered any more: it is full, over, or closed for this number."""


class AskedAlready(Exception):
    """The person has a call to come already."""


class NotOpen(Exception):
    """The call was settled before."""


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour in which the person may be called."""

    starts_at: datetime
    until_at: datetime


def open_call(debtor: Debtor) -> Call | None:
    """The call that is to come."""
    return Call.objects.filter(debtor=debtor, state=State.ASKED).select_related("contact", "creditor").first()


def last_call(debtor: Debtor, now: datetime) -> Call | None:
    """The newest call of the last days: to come, or one that did not come about."""
    last = Call.objects.filter(debtor=debtor).select_related("contact").order_by("-asked_at").first()
    return last if last and (last.settled_at is None or last.settled_at > now - SHOWN_FOR) else None


def wants_no_call(needs: Iterable[Need]) -> bool:
    """Whether the person asked to be written to and not called."""
    return any(need.kind == Need.Kind.WRITE for need in needs)


def numbers(debtor: Debtor) -> list[ContactPoint]:
    """The numbers on file that may be called, the one confirmed last first."""
    usable = debtor.contacts.filter(channel=ContactPoint.Channel.SMS, blocked_at=None, retired_at=None)
    return sorted(usable, key=lambda one: (one.verified_at is None, -(one.verified_at or one.created_at).timestamp()))


def slots(*, found: standing.Standing, creditor: Creditor, number: ContactPoint | None, now: datetime) -> list[Slot]:
    """The hours of three working days in which this number may be called and somebody is there with time to do it."""
    if not creditor.calls_an_hour or wants_no_call(found.needs):
        return []
    offered, day_count = list(_offered(creditor, now)), 0
    taken = _taken(creditor, [slot.starts_at for _day, of_day in offered for slot in of_day])
    free: list[Slot] = []
    for _day, of_day in offered:
        allowed = [slot for slot in of_day if may(found, creditor=creditor, number=number, slot=slot, now=now)]
        day_count += bool(allowed)
        free += [slot for slot in allowed if taken[slot.starts_at] < creditor.calls_an_hour]
        if day_count == DAYS:
            break
    return free


def may(
    found: standing.Standing, *, creditor: Creditor, number: ContactPoint | None, slot: Slot, now: datetime
) -> bool:
    """Whether this number may be called in the whole of this hour, by what is known now."""
    if isinstance(_decide(found, creditor, number, asked_at=now, now=slot.starts_at), Never):
        return False
    request, person, laws = _case(found, creditor, number), found.person(number), found.laws(creditor)
    ends = (slot.starts_at, slot.until_at - _LAST)
    return all(in_hours(request=request, person=person, laws=laws, at=at) for at in ends)


def may_now(call: Call, now: datetime) -> Decision:
    """Asked again before the number is dialled: somebody may have said stop, or died, since the call was asked for."""
    return _decide(standing.of(call.debtor, now), call.creditor, call.contact, asked_at=call.asked_at, now=now)


def _decide(
    found: standing.Standing, creditor: Creditor, number: ContactPoint | None, *, asked_at: datetime, now: datetime
) -> Decision:
    """What was said to stop before they asked is overtaken by the asking, for this one call."""
    person = found.person(number)
    since = replace(person, stops=tuple(stop for stop in person.stops if stop.at > asked_at))
    request, said, laws = _case(found, creditor, number), tuple(found.history), found.laws(creditor)
    return decide(request=request, person=since, history=said, laws=laws, now=now)


def _case(found: standing.Standing, creditor: Creditor, number: ContactPoint | None) -> Request:
    return standing.request_for(found, creditor=creditor, channel=Channel.CALL, purpose=Purpose.SERVICE, contact=number)


@transaction.atomic
def ask(
    *,
    debtor: Debtor,
    creditor: Creditor,
    starts_at: datetime,
    contact: ContactPoint | None,
    number: str,
    topic: str,
    language: str,
    by: history.Actor,
    key: uuid.UUID,
    now: datetime,
) -> Call:
    """Promise a call in the hour from `starts_at`, to a number on file or, for this call alone, to `number`.

    The same `key` again gives the first call. Raises AskedAlready, NotFree, once.KeyUsedOtherwise.
    """
    lock(Debtor, debtor.pk)
    request = {"at": starts_at, "contact": str(contact.pk) if contact else "", "number": number, "topic": topic}
    earlier = once.earlier_result(key=key, debtor=debtor, act="call.asked", request=request)
    if earlier is not None:
        return Call.objects.get(pk=earlier)
    if open_call(debtor):
        raise AskedAlready
    dialled = contact or _unfiled(debtor, number, now)
    slot = _still_free(debtor, creditor, dialled, starts_at, now)
    call = Call.objects.create(
        debtor=debtor,
        creditor=creditor,
        contact=contact,
        number="" if contact else number,
        ending=dialled.address[-4:],
        topic=topic.strip()[:LONGEST_TOPIC],
        language=language,
        asked_at=now,
        **asdict(slot),
    )
    once.keep_result(key=key, debtor=debtor, act="call.asked", request=request, result=str(call.pk), now=now)
    history.record(by=by, act="call.asked", on=call, debtor=debtor, now=now, data={"on_file": contact is not None})
    return call


def _still_free(debtor: Debtor, creditor: Creditor, number: ContactPoint, starts_at: datetime, now: datetime) -> Slot:
    """The hour, locked so that it is not promised once too often. Raises NotFree."""
    lock(Creditor, creditor.pk)
    free = slots(found=standing.of(debtor, now), creditor=creditor, number=number, now=now)
    slot = next((one for one in free if one.starts_at == starts_at), None)
    if slot is None:
        raise NotFree
    return slot


@transaction.atomic
def cancel(*, debtor: Debtor, by: history.Actor, now: datetime) -> bool:
    """Take the call back that is to come; False when there is none."""
    lock(Debtor, debtor.pk)
    call = open_call(debtor)
    if call is None:
        return False
    _settle(call, State.CANCELLED, now=now)
    history.record(by=by, act="call.cancelled", on=call, debtor=debtor, now=now)
    return True


@transaction.atomic
def settle(*, call: Call, outcome: str, note: str, by: User, key: uuid.UUID, now: datetime) -> Call:
    """Write down what came of a call, as a contact that the person began. Raises NotOpen when it was settled before."""
    lock(Debtor, call.debtor_id)
    call = Call.objects.select_related("debtor", "creditor").get(pk=call.pk)
    if call.state != State.ASKED:
        raise NotOpen
    logged.log(
        debtor=call.debtor,
        creditor=call.creditor,
        debt=None,
        channel=LoggedContact.Channel.CALL,
        outcome=outcome,
        note=note,
        at=now,
        by=by,
        key=key,
        now=now,
        inbound=True,
    )
    _settle(call, SETTLES[LoggedContact.Outcome(outcome)], now=now, by=by)
    history.record(by=by, act="call.settled", on=call, debtor=call.debtor, now=now, data={"outcome": str(outcome)})
    return call


def settle_missed(now: datetime) -> int:
    """Calls whose hour has passed and nobody made: each person gets an apology and the offer of another hour."""
    late = Call.objects.filter(state=State.ASKED, until_at__lt=now - GRACE)
    return sum(_missed(pk, now) for pk in list(late.values_list("pk", flat=True)))


@transaction.atomic
def _missed(pk: uuid.UUID, now: datetime) -> bool:
    call = Call.objects.select_related("debtor", "creditor", "contact").get(pk=pk)
    lock(Debtor, call.debtor_id)
    if not Call.objects.filter(pk=pk, state=State.ASKED).exists():
        return False
    _settle(call, State.MISSED, now=now)
    history.record(by="system", act="call.missed", on=call, debtor=call.debtor, now=now)
    contact = outbox.answerable(call.debtor)
    if contact is not None:
        outbox.queue(
            key=f"call_missed:{call.pk}",
            debtor=call.debtor,
            contact=contact,
            purpose=Message.Purpose.SERVICE,
            template="call_missed",
            creditor=call.creditor,
            language=call.language,
            now=now,
            **thread.way_in(call.debtor, contact, "call_missed", now),
        )
    return True


def to_make() -> QuerySet[Call]:
    """Calls to make, the next one first."""
    waiting = Call.objects.filter(state=State.ASKED).select_related("debtor", "creditor", "contact")
    return waiting.order_by("starts_at", "asked_at", "pk")


def _settle(call: Call, state: str, *, now: datetime, by: User | None = None) -> None:
    settled = {"state": state, "settled_at": now, "settled_by": by, "number": ""}
    Call.objects.filter(pk=call.pk).update(**settled)
    for name, value in settled.items():
        setattr(call, name, value)


def _offered(creditor: Creditor, now: datetime) -> Iterator[tuple[date, list[Slot]]]:
    """Whole hours in which somebody is there, day by day, from half an hour from now on."""
    for count, (day, hours) in enumerate(opening.open_days(creditor, now)):
        if count > 2 * DAYS:  # further off, the person's own hours would have to change
            return
        found = []
        for begin, end in hours:
            at = begin
            while at + HOUR <= end:
                if at >= now + AHEAD:
                    found.append(Slot(at, at + HOUR))
                at += HOUR
        if found:
            yield day, found


def _taken(creditor: Creditor, starts: list[datetime]) -> Counter:
    promised = Call.objects.filter(creditor=creditor, state=State.ASKED, starts_at__in=starts)
    return Counter(promised.values_list("starts_at", flat=True))


def _unfiled(debtor: Debtor, number: str, now: datetime) -> ContactPoint:
    """A number for one call, as the rules see it; it is never saved as a contact."""
    return ContactPoint(debtor=debtor, channel=ContactPoint.Channel.SMS, address=number, created_at=now)
