"""Everything said and done about one person, in both directions and over all channels, as one list in order of time.

One statement reads it, however many kinds it holds; a page goes on from the key of the last row it showed.
"""

import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from accounts import outbox
from accounts.crypto import decrypt
from accounts.models import Debtor, Event, Helper, Message, User
from portal.contact.models import Call, Heard, LoggedContact, Recipient, ThreadMessage

KINDS: Final = ("message", "stopped", "reply", "call", "logged", "thread", "event")
# Events beside which the record holds the thing itself.
TOLD_ELSEWHERE: Final = ("thread.written", "thread.answered", "contact.logged", "call.asked")
TEXTS: Final = ("first", "second", "third", "fourth", "who", "body", "data")
COLUMNS: Final = ("r_kind", "r_moment", "r_ident", *(f"r_{name}" for name in TEXTS))


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the record. What `first` to `fourth` hold depends on its kind; see the function of that name."""

    kind: str
    at: datetime
    ident: str
    first: str
    second: str
    third: str
    fourth: str
    who: str  # as on an event: user:<id>, debtor:<id>, system …
    body: str
    data: Any

    @property
    def key(self) -> str:
        """Where the next page goes on."""
        return f"{self.at.isoformat()}~{self.ident}"


def entries(
    debtor: Debtor,
    *,
    kinds: Collection[str] = KINDS,
    before: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
    every_event: bool = False,
) -> list[Entry]:
    """The record's rows of these kinds, newest first, from before the row with the key `before`. One query.

    With `since` and `until` those at or after the one instant and before the other.

    With `every_event` also the events of what the record shows itself: the whole chain.
    """
    makers = {
        "message": lambda: _messages(debtor, stopped=False),
        "stopped": lambda: _messages(debtor, stopped=True),
        "reply": lambda: _replies(debtor),
        "call": lambda: _calls(debtor),
        "logged": lambda: _logged(debtor),
        "thread": lambda: _thread(debtor),
        "event": lambda: _events(debtor, every_event=every_event),
    }
    branches = [makers[kind]() for kind in KINDS if kind in kinds]
    if "stopped" in kinds:
        branches.append(_held_back(debtor))
    if not branches:
        return []
    key = _key(before)
    period = Q(r_moment__gte=since) if since else Q()
    period &= Q(r_moment__lt=until) if until else Q()
    rows = [_before(branch, key).filter(period).order_by().values_list(*COLUMNS) for branch in branches]
    union = (rows[0].union(*rows[1:], all=True) if len(rows) > 1 else rows[0]).order_by("-r_moment", "-r_ident")
    return [_entry(row) for row in (union[:limit] if limit else union)]


def names_of_staff(found: Iterable[Entry]) -> dict[str, str]:
    """Names of the staff members and helpers who appear, by `who`. A query for each of the two."""
    names_on = {one.who for one in found}
    staff = {who.removeprefix("user:") for who in names_on if who.startswith("user:")}
    names = {f"user:{user.pk}": user.first_name or str(user) for user in User.objects.filter(pk__in=staff)}
    helpers = {who.removeprefix("helper:") for who in names_on if who.startswith("helper:")}
    if helpers:
        names |= {f"helper:{one.pk}": one.first_name for one in Helper.objects.filter(pk__in=helpers)}
    return names


def _key(before: str) -> tuple[datetime, str] | None:
    at, _tilde, ident = before.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        if not moment.tzinfo:
            return None
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    plain = ident.isascii() and ident.isprintable() and len(ident) <= 40
    return (moment, ident) if plain else None


def _before(rows: QuerySet, key: tuple[datetime, str] | None) -> QuerySet:
    if key is None:
        return rows
    return rows.filter(Q(r_moment__lt=key[0]) | Q(r_moment=key[0], r_ident__lt=key[1]))


def _entry(row: tuple) -> Entry:
    kind, at, ident, first, second, third, fourth, who, body, data = row
    said = outbox.clear_text(outbox.redacted(decrypt(body))) if body else ""
    return Entry(kind, at, ident, first, second, third, fourth, _actor(who), said, json.loads(data) if data else {})


def _messages(debtor: Debtor, *, stopped: bool) -> QuerySet:
    """channel, template, state or receipt, reason: what was said, or was to be said and a rule or somebody stopped."""
    rows = Message.objects.filter(debtor=debtor)
    cancelled = Q(state=Message.State.CANCELLED)
    return _columns(
        rows.filter(cancelled) if stopped else rows.exclude(cancelled),
        "stopped" if stopped else "message",
        Coalesce("sent_at", "created_at"),
        first=F("channel"),
        second=F("template"),
        third=Case(When(receipt="", then=F("state")), default=F("receipt")),
        fourth=F("reason"),
        body=F("body"),
    )


def _held_back(debtor: Debtor) -> QuerySet:
    """A campaign's name where a message has its template, and its reasons as data."""
    rows = Recipient.objects.filter(debtor=debtor, state=Recipient.State.HELD_BACK, message=None, at__isnull=False)
    return _columns(rows, "stopped", F("at"), second=F("campaign__name"), third=F("state"), data=F("reasons"))


def _replies(debtor: Debtor) -> QuerySet:
    """kind, gateway, meaning; what was written. Receipts stand at their messages."""
    rows = Heard.objects.filter(debtor=debtor).exclude(kind=Heard.Kind.RECEIPT)
    given = {"first": F("kind"), "second": F("gateway"), "third": F("meaning"), "body": F("body")}
    return _columns(rows, "reply", F("at"), who=Value(f"debtor:{debtor.pk}"), **given)


def _calls(debtor: Debtor) -> QuerySet:
    """state, the hour that was promised; what it is about. It stands where it was asked for."""
    given = {"first": F("state"), "second": F("starts_at"), "who": Value(f"debtor:{debtor.pk}"), "body": F("topic")}
    return _columns(Call.objects.filter(debtor=debtor), "call", F("asked_at"), **given)


def _logged(debtor: Debtor) -> QuerySet:
    """channel, outcome, whether the person began it; the note."""
    inbound = Case(When(inbound=True, then=Value("inbound")), default=Value(""))
    given = {"first": F("channel"), "second": F("outcome"), "third": inbound, "body": F("note")}
    return _columns(LoggedContact.objects.filter(debtor=debtor), "logged", F("at"), who=_user(F("by")), **given)


def _thread(debtor: Debtor) -> QuerySet:
    person = Value(f"debtor:{debtor.pk}")
    helped = Concat(Value("helper:"), _text(F("helper")), output_field=TextField())
    spoke = [When(helper__isnull=False, then=_text(helped)), When(staff=None, then=_text(person))]
    who = Case(*spoke, default=_user(F("staff")))
    return _columns(ThreadMessage.objects.filter(debtor=debtor), "thread", F("at"), who=who, body=F("body"))


def _events(debtor: Debtor, *, every_event: bool) -> QuerySet:
    """act, number in the chain; its data."""
    rows = Event.objects.filter(stream=f"debtor:{debtor.pk}")
    rows = rows if every_event else rows.exclude(act__in=TOLD_ELSEWHERE)
    number = Cast("number", TextField())
    return _columns(rows, "event", F("at"), first=F("act"), second=number, who=F("by"), data=F("data"))


def _columns(rows: QuerySet, kind: str, moment: Any, **given: Any) -> QuerySet:
    """Every kind with the same columns, as text, so that one statement can bring them all."""
    texts = {f"r_{name}": _text(given.get(name, Value(""))) for name in TEXTS}
    return rows.annotate(r_kind=_text(Value(kind)), r_moment=moment, r_ident=_text(F("pk")), **texts)


def _text(value: Any) -> Cast:
    return Cast(value, TextField())


def _user(of: Any) -> Concat:
    return Concat(Value("user:"), _text(of), output_field=TextField())


def _actor(who: str) -> str:
    """An id as events write it: SQLite keeps it without its dashes."""
    kind, _colon, ident = who.partition(":")
    try:
        return f"{kind}:{uuid.UUID(ident)}"
    except ValueError:
        return who
