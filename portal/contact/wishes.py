"""What people ask of being written to: stop, write again, and how. Each is one act, in force as soon as it is kept.

A stop closes a channel, at one number or address or at all of them; the rule sets that bind say how much further it
reaches (`opt_out.scope`), and the furthest one holds. `decide` reads stops and wishes when a message is planned and
again just before it is sent; what waits in the outbox is cancelled here, in the act's own transaction.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounts import helper, history, outbox
from accounts.days import today_in
from accounts.locking import lock
from accounts.models import ContactPoint, Creditor, Debtor, Helper, Message
from accounts.rules.contact_law import Channel, Purpose, Scope
from portal.contact import barred, standing
from portal.contact.decide import Send
from portal.contact.facts import Address, Request, Stopped
from portal.contact.models import Stop, Wish
from portal.contact.past import law_channel
from portal.contact.wished import closed_by

REASON: Final = "OPTED_OUT"
CONFIRMATION: Final = "stop_confirmed"
WRITTEN: Final = ("channel", "hours_from", "hours_until", "days", "called", "instalment_texts")


@transaction.atomic
def stop(
    *,
    debtor: Debtor,
    channel: str,
    source: str,
    by: history.Actor,
    now: datetime,
    contact: ContactPoint | None = None,
) -> Stop:
    """Close a channel at once, at this contact or (None) at all of them, and cancel what waits to go out by it.

    Said again while it is closed, the first one is returned and nothing is written. One-time codes are left alone:
    whoever asked for one sits and waits for it. A stop sent as a reply is confirmed once where every rule set that
    binds allows it, and then within its minutes.
    """
    if contact is not None and contact.debtor_id != debtor.pk:
        raise ValueError("The contact belongs to another person.")
    channel = law_channel(channel)
    lock(Debtor, debtor.pk)
    same = Stop.objects.filter(debtor=debtor, channel=channel, contact=contact, ended_at=None).first()
    if same is not None:
        _cancel_reached(same, debtor, now)
        return same
    made = Stop.objects.create(debtor=debtor, channel=channel, contact=contact, source=source, at=now)
    cancelled = _cancel_reached(made, debtor, now)
    data = {"channel": str(channel), "source": str(source), "cancelled": cancelled}
    data |= {"contact": str(contact.pk) if contact else None}
    history.record(by=by, act="stop.said", on=made, debtor=debtor, now=now, data=data)
    return made


@transaction.atomic
def reopen(
    *, debtor: Debtor, channel: str, by: history.Actor, now: datetime, contact: ContactPoint | None = None
) -> int:
    """Open a channel again: what was said of this contact, or (None) everything said of the channel. How many ended.

    Nothing that was cancelled comes back. Twice does no harm.
    """
    channel = law_channel(channel)
    lock(Debtor, debtor.pk)
    still = Stop.objects.filter(debtor=debtor, channel=channel, ended_at=None)
    if contact is not None:
        still = still.filter(contact=contact)
    ended = still.update(ended_at=now)
    if ended:
        data = {"channel": str(channel), "contact": str(contact.pk) if contact else None, "ended": ended}
        history.record(by=by, act="stop.ended", on=debtor, debtor=debtor, now=now, data=data)
    return ended


@transaction.atomic
def wish(*, debtor: Debtor, by: history.Actor, now: datetime, **given: Any) -> Wish:
    """Keep what a person wishes: any of `WRITTEN`, the rest stays. What was so already is no change.

    Reminders that wait for a channel which is no longer wished for are cancelled. TypeError for a field of another
    name; the hours are in order or IntegrityError.
    """
    if unknown := given.keys() - set(WRITTEN):
        raise TypeError(f"no such wish: {', '.join(sorted(unknown))}")
    lock(Debtor, debtor.pk)
    kept = Wish.objects.filter(debtor=debtor).first() or Wish(debtor=debtor, updated_at=now)
    changed = {name for name, value in given.items() if getattr(kept, name) != value}
    if not changed and not kept._state.adding:
        return kept
    for name, value in given.items():
        setattr(kept, name, value)
    kept.updated_at = now
    kept.save()
    data: dict[str, Any] = {"changed": sorted(given)}  # how to address somebody is in their own words: not in here
    data |= {name: given[name] for name in ("channel", "instalment_texts") if name in given}
    data["cancelled"] = _cancel_unwished(kept, debtor, now)
    history.record(by=by, act="wish.kept", on=debtor, debtor=debtor, now=now, data=data)
    return kept


def stopped(debtor: Debtor) -> dict[str, list[Stop]]:
    """The stops in force, by channel of the law. One query."""
    found: dict[str, list[Stop]] = {}
    for one in Stop.objects.filter(debtor=debtor, ended_at=None).order_by("at"):
        found.setdefault(one.channel, []).append(one)
    return found


def same_address(contact: ContactPoint) -> list[ContactPoint]:
    """Every person's contact with this number or address, in the order in which they are locked: a phone may be shared,
    and whoever says stop from it says so for all.
    """
    same = {"channel": contact.channel, "address_index": contact.address_index}
    rows = ContactPoint.objects.filter(**same, debtor__isnull=False)
    return list(rows.select_related("debtor").order_by("debtor_id"))


@transaction.atomic
def confirm(one: Stop, *, now: datetime) -> Message | None:
    """Queue the one answer to a stop that came as a reply, where all rule sets that bind allow it; else None."""
    if one.contact is None or one.ended_at is not None:
        return None
    person = standing.of(one.debtor, now)
    about: dict[str, Any] = {
        "channel": one.channel,
        "contact": one.contact,
        "purpose": Purpose.CONFIRMATION,
        "now": now,
    }
    creditors = person.creditors()
    answers = [standing.ask(person, creditor=creditor, **about) for creditor in creditors]
    if not answers or not all(isinstance(answer, Send) for answer in answers):
        return None
    return outbox.queue(
        key=f"{CONFIRMATION}:{one.pk}",
        debtor=one.debtor,
        contact=one.contact,
        purpose=Message.Purpose.CONFIRMATION,
        template=CONFIRMATION,
        creditor=creditors[0] if len(creditors) == 1 else None,
        now=now,
    )


@transaction.atomic
def unsubscribed(*, contact: ContactPoint, source: str, now: datetime) -> None:
    """Somebody pressed "unsubscribe", or complained to their mail provider: this address hears nothing more, whoever
    it stands for on file.
    """
    helper.leave(contact=contact, reason=Helper.Ended.STOP, now=now)
    for one in same_address(contact):
        stop(debtor=one.whose, channel=one.channel, contact=one, source=source, by="visitor", now=now)


def _cancel_reached(one: Stop, debtor: Debtor, now: datetime) -> int:
    """Cancel what this stop reaches, by the rule sets of each message's creditor. How many."""
    waiting = Message.objects.filter(debtor=debtor, state=Message.State.QUEUED).select_related("creditor")
    waiting = waiting.exclude(purpose__in=[Message.Purpose.CODE, Message.Purpose.CONFIRMATION])
    messages = list(waiting)
    if not messages:
        return 0
    person, today = standing.of(debtor, now), today_in(debtor.time_zone, now)
    said = Stopped(at=one.at, channel=Channel(one.channel), address=str(one.contact_id or ""))
    reached = []
    for message in messages:
        creditors = [message.creditor] if message.creditor else person.creditors()
        request = Request(channel=law_channel(message.channel), matters=(), address=Address(id=str(message.contact_id)))
        scopes = [scope for creditor in creditors for scope in _scopes(person, creditor, today)] or [Scope.CHANNEL]
        if any(barred.reaches(said, scope, request) for scope in scopes):
            reached.append(message.pk)
    return _cancel(debtor, reached, REASON, now)


def _scopes(person: standing.Standing, creditor: Creditor, today) -> list[Scope]:
    laws = [law for law in person.laws(creditor) if law.opt_out is not None and law.covers(today)]
    return [law.opt_out.scope_on(today) for law in laws if law.opt_out is not None]


def _cancel_unwished(kept: Wish, debtor: Debtor, now: datetime) -> int:
    closed = {str(channel) for channel in closed_by(kept)}
    waiting = Message.objects.filter(debtor=debtor, state=Message.State.QUEUED, purpose__in=outbox.ASKING)
    unwished = [pk for pk, channel in waiting.values_list("pk", "channel") if law_channel(channel) in closed]
    return _cancel(debtor, unwished, "NOT_WISHED", now)


def _cancel(debtor: Debtor, messages: Collection, reason: str, now: datetime) -> int:
    return outbox.cancel_for(debtor=debtor, only=messages, reason=reason, now=now) if messages else 0
