"""Calls that people ask for: an hour that law, creditor and person all allow, promised, made and written down.

A helper who may talk asks for one to their own number; it counts while they may. To a person who needs an interpreter
nobody calls before one is arranged.

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
from django.db.models import Q, QuerySet

from accounts import history, once, opening, outbox
from accounts.helper import is_open
from accounts.locking import lock
from accounts.models import ContactPoint, Creditor, Debtor, Helper, Message, Need, User
from accounts.rules.contact_law import Channel, Purpose
from portal.contact import logged, standing, thread
from portal.contact.case import Reason
from portal.contact.decide import Decision, Never, decide, in_hours
from portal.contact.facts import Person, Request
from portal.contact.models import Call, LoggedContact

DAYS: Final = 3
HOUR: Final = timedelta(hours=1)
AHEAD: Final = timedelta(minutes=30)  # nobody is called before they have put the phone down
TO_ARRANGE: Final = timedelta(days=1)  # so long it takes to find an interpreter
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


class NotTheirs(Exception):
    """The call was asked for by somebody else: a helper takes back their own only."""


class NotOpen(Exception):
    """The call was settled before."""


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour in which the person may be called."""

    starts_at: datetime
    until_at: datetime


def open_call(debtor: Debtor) -> Call | None:
    """The call that is to come, of the person or of a helper."""
    asked = Call.objects.filter(debtor=debtor, state=State.ASKED)
    return asked.select_related("debtor", "contact", "creditor", "helper").first()


def last_call(debtor: Debtor, now: datetime) -> Call | None:
    """The newest call of the last days: to come, or one that did not come about."""
    last = Call.objects.filter(debtor=debtor).select_related("contact", "helper").order_by("-asked_at").first()
    if last is None or (last.settled_at is None and is_void(last, now)):
        return None
    return last if last.settled_at is None or last.settled_at > now - SHOWN_FOR else None


def is_void(call: Call, now: datetime) -> bool:
    """Whether whoever asked for it may no longer talk for the person."""
    return call.helper is not None and not (is_open(call.helper, now) and call.helper.may_talk)


def wants_no_call(needs: Iterable[Need]) -> bool:
    """Whether the person asked to be written to and not called."""
    return any(need.kind == Need.Kind.WRITE for need in needs)


def needs_interpreter(needs: Iterable[Need]) -> bool:
    return any(need.kind == Need.Kind.INTERPRETER for need in needs)


def numbers(debtor: Debtor, helper: Helper | None = None) -> list[ContactPoint]:
    """The numbers on file that may be called, the one confirmed last first; a helper's is their own."""
    if helper is not None:
        own = helper.contact
        return [own] if own.channel == ContactPoint.Channel.SMS and own.blocked_at is None else []
    usable = debtor.contacts.filter(channel=ContactPoint.Channel.SMS, blocked_at=None, retired_at=None)
    return sorted(usable, key=lambda one: (one.verified_at is None, -(one.verified_at or one.created_at).timestamp()))


def slots(*, found: standing.Standing, creditor: Creditor, number: ContactPoint | None, now: datetime) -> list[Slot]:
    """The hours of three working days in which this number may be called and somebody is there with time to do it."""
    if not creditor.calls_an_hour or wants_no_call(found.needs):
        return []
    ahead = TO_ARRANGE if needs_interpreter(found.needs) else AHEAD
    offered, day_count = list(_offered(creditor, now, ahead)), 0
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
    request, person, laws = _case(found, creditor, number), _asked(found.person(number)), found.laws(creditor)
    ends = (slot.starts_at, slot.until_at - _LAST)
    return all(in_hours(request=request, person=person, laws=laws, at=at) for at in ends)


def may_now(call: Call, now: datetime) -> Decision:
    """Asked again before the number is dialled: somebody may have said stop, or died, since the call was asked for."""
    if is_void(call, now):
        return Never((Reason("HELP_ENDED"),))
    if call.interpreter and call.arranged_at is None:
        return Never((Reason("INTERPRETER"),))
    found = standing.of(call.debtor, now)
    found = found if call.helper is None else found.for_helper()
    return _decide(found, call.creditor, call.contact, asked_at=call.asked_at, now=now)


def _decide(
    found: standing.Standing, creditor: Creditor, number: ContactPoint | None, *, asked_at: datetime, now: datetime
) -> Decision:
    """What was said to stop before they asked is overtaken by the asking, for this one call."""
    person = _asked(found.person(number))
    since = replace(person, stops=tuple(stop for stop in person.stops if stop.at > asked_at))
    request, said, laws = _case(found, creditor, number), tuple(found.history), found.laws(creditor)
    return decide(request=request, person=since, history=said, laws=laws, now=now)


def _asked(person: Person) -> Person:
    """Who chose the hour and the number themselves; of an interpreter `may_now` asks the call."""
    if person.wishes is None:
        return person
    return replace(person, wishes=replace(person.wishes, not_at_work=False, interpreter=False))


def _case(found: standing.Standing, creditor: Creditor, number: ContactPoint | None) -> Request:
    return standing.request_for(found, creditor=creditor, channel=Channel.CALL, purpose=Purpose.SERVICE, contact=number)


@transaction.atomic
def ask(
    *, debtor: Debtor, creditor: Creditor, starts_at: datetime, contact: ContactPoint | None, number: str, topic: str,
    language: str, by: history.Actor, key: uuid.UUID, now: datetime, interpreter: bool = False,
) -> Call:  # fmt: skip
    """Promise a call in the hour from `starts_at`, to a number on file or, for this call alone, to `number`.

    By a helper it is a call to them. The same `key` again gives the first call. Raises AskedAlready, NotFree,
    once.KeyUsedOtherwise.
    """
    lock(Debtor, debtor.pk)
    helper = by if isinstance(by, Helper) else None
    request = {"at": starts_at, "contact": str(contact.pk) if contact else "", "number": number, "topic": topic}
    earlier = once.earlier_result(key=key, debtor=debtor, act="call.asked", request=request)
    if earlier is not None:
        return Call.objects.get(pk=earlier)
    _make_room(debtor, now)
    dialled = contact or _unfiled(debtor, number, now)
    found = standing.of(debtor, now)
    slot = _still_free(found if helper is None else found.for_helper(), creditor, dialled, starts_at, now)
    call = Call.objects.create(
        debtor=debtor,
        creditor=creditor,
        helper=helper,
        contact=contact,
        number="" if contact else number,
        ending=dialled.address[-4:],
        topic=topic.strip()[:LONGEST_TOPIC],
        language=language,
        interpreter=interpreter,
        asked_at=now,
        **asdict(slot),
    )
    once.keep_result(key=key, debtor=debtor, act="call.asked", request=request, result=str(call.pk), now=now)
    history.record(by=by, act="call.asked", on=call, debtor=debtor, now=now, data={"on_file": contact is not None})
    return call


def _make_room(debtor: Debtor, now: datetime) -> None:
    """There is one call at a time, unless whoever asked for it may no longer talk. Raises AskedAlready."""
    before = open_call(debtor)
    if before is not None and not is_void(before, now):
        raise AskedAlready
    if before is not None:
        _take_back(before, by="system", now=now)


def _still_free(
    found: standing.Standing, creditor: Creditor, number: ContactPoint, starts_at: datetime, now: datetime
) -> Slot:
    """The hour, locked so that it is not promised once too often. Raises NotFree."""
    lock(Creditor, creditor.pk)
    free = slots(found=found, creditor=creditor, number=number, now=now)
    slot = next((one for one in free if one.starts_at == starts_at), None)
    if slot is None:
        raise NotFree
    return slot


@transaction.atomic
def cancel(*, debtor: Debtor, by: history.Actor, now: datetime) -> bool:
    """Take the call back that is to come; False when there is none. A helper takes back their own only: NotTheirs."""
    lock(Debtor, debtor.pk)
    call = open_call(debtor)
    if call is None:
        return False
    if isinstance(by, Helper) and call.helper != by:
        raise NotTheirs
    _take_back(call, by=by, now=now)
    return True


def _take_back(call: Call, *, by: history.Actor, now: datetime) -> None:
    _settle(call, State.CANCELLED, now=now)
    history.record(by=by, act="call.cancelled", on=call, debtor=call.debtor, now=now)


@transaction.atomic
def arrange(*, call: Call, by: User, now: datetime) -> bool:
    """An interpreter will be there: the call may be made in its hour. False when that was known, or it is settled."""
    lock(Debtor, call.debtor_id)
    waits = Call.objects.filter(pk=call.pk, state=State.ASKED, interpreter=True, arranged_at=None)
    if not waits.update(arranged_at=now):
        return False
    history.record(by=by, act="call.arranged", on=call, debtor=call.debtor, now=now)
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
    call = Call.objects.select_related("debtor", "creditor", "contact", "helper__contact").get(pk=pk)
    lock(Debtor, call.debtor_id)
    if not Call.objects.filter(pk=pk, state=State.ASKED).exists():
        return False
    if is_void(call, now):
        _take_back(call, by="system", now=now)
        return False
    _settle(call, State.MISSED, now=now)
    history.record(by="system", act="call.missed", on=call, debtor=call.debtor, now=now)
    contact = call.helper.contact if call.helper else outbox.answerable(call.debtor)
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
            **({} if call.helper else thread.way_in(call.debtor, contact, "call_missed", now)),
        )
    return True


def to_make(now: datetime) -> QuerySet[Call]:
    """Calls to make, the next one first."""
    by_whom = Q(helper=None) | Q(helper__in=Helper.objects.in_force(now).filter(may_talk=True))
    waiting = Call.objects.filter(by_whom, state=State.ASKED).select_related("debtor", "creditor", "contact", "helper")
    return waiting.order_by("starts_at", "asked_at", "pk")


def _settle(call: Call, state: str, *, now: datetime, by: User | None = None) -> None:
    settled = {"state": state, "settled_at": now, "settled_by": by, "number": ""}
    Call.objects.filter(pk=call.pk).update(**settled)
    for name, value in settled.items():
        setattr(call, name, value)


def _offered(creditor: Creditor, now: datetime, ahead: timedelta) -> Iterator[tuple[date, list[Slot]]]:
    """Whole hours in which somebody is there, day by day, from `ahead` of now on."""
    for count, (day, hours) in enumerate(opening.open_days(creditor, now)):
        if count > 2 * DAYS:  # further off, the person's own hours would have to change
            return
        found = []
        for begin, end in hours:
            at = begin
            while at + HOUR <= end:
                if at >= now + ahead:
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
