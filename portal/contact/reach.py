"""How far reminders come, counted by day: sent, delivered, opened, verified, acted; and why not.

The counts of a day change for `SETTLES_AFTER` days; after that its rows stay as they are. Counting again gives the same
rows, so two workers that count at once do no harm. Who acted is counted at the last reminder before the act, so that
several reminders to one person do not each claim it.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Least

from accounts import outbox
from accounts.models import Code, Event, FactTry, LedgerEntry, Message
from portal.contact import reasons
from portal.contact.models import Reach, Recipient

SETTLES_AFTER: Final = timedelta(days=16)  # a link lives 14, and who came late acts within a day or two
LIVELY: Final = timedelta(days=2)  # days that are counted every minute, the others once an hour
ACTS_WITHIN: Final = timedelta(days=7)
FARTHEST_EAST: Final = timedelta(hours=14)
# Where a day's rows are told apart by, and what makes one.
KEY: Final = ("day", "hour", "creditor", "channel", "language", "template")
STAGES: Final = ("sent", "delivered", "opened", "verified", "acted")
DOORS: Final = ("plan", "pay", "pause", "check", "message", "not_me", "stop")
_DOOR_OF: Final = {
    "plan.agreed": "plan",
    "offer.sent": "plan",
    "ledger.posted": "pay",
    "thread.written": "message",
    "not_me.said": "not_me",
    "stop.said": "stop",
}
_HOLD_OF: Final = {"pause": "pause", "dispute": "check"}
_NOT_TAKEN: Final = (
    Message.Receipt.UNDELIVERED,
    Message.Receipt.EXPIRED,
    Message.Receipt.REJECTED,
    Message.Receipt.BLOCKED,
)
BOUNCED, EXPIRED_LINK, WRONG_FACT, WRONG_CODE, LEFT, OTHER = (
    "bounced",
    "expired_link",
    "wrong_fact",
    "wrong_code",
    "left",
    "other",
)
Key = tuple[date, int, Any, str, str, str]


class LocalDay(Func):
    """The day of an instant (first) in a time zone that a column names (second)."""

    output_field = DateField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="django_datetime_cast_date(%(expressions)s, 'UTC')")

    def as_postgresql(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="(%(expressions)s)::date", arg_joiner=" AT TIME ZONE ")


class LocalHour(Func):
    """The hour of the day, 0 to 23, in the same way."""

    output_field = IntegerField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="django_datetime_extract('hour', %(expressions)s, 'UTC')")

    def as_postgresql(self, compiler, connection, **context):
        template = "EXTRACT(hour FROM (%(expressions)s))::integer"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" AT TIME ZONE ")


def count(now: datetime) -> None:
    """Count what may have changed: the last days each time, all days that may still change once an hour."""
    recount(since=now - (SETTLES_AFTER if now.minute == 0 else LIVELY), now=now)


def recount(*, since: datetime, now: datetime) -> int:
    """Count every day from that of `since` on, where people are, anew; returns how many rows it came to."""
    first = since.date()
    rows: dict[Key, dict[str, Any]] = defaultdict(dict)
    for key, stages in _stages(first):
        rows[key] |= stages
    for key, doors in _acts(first):
        rows[key] |= {"acted": sum(doors.values()), "acts": dict(doors)}
    for key, why in _why_not(first, now):
        rows[key]["why_not"] = dict(why)
    made = [_row(key, values) for key, values in rows.items() if key[0] >= first]
    with transaction.atomic():
        Reach.objects.filter(day__gte=first).delete()
        Reach.objects.bulk_create(
            made,
            batch_size=500,
            update_conflicts=True,
            unique_fields=KEY,
            update_fields=(*STAGES, "acts", "why_not"),
        )
    return len(made)


def _row(key: Key, values: dict[str, Any]) -> Reach:
    day, hour, creditor, channel, language, template = key
    at = {"day": day, "hour": hour, "creditor_id": creditor}
    return Reach(**at, channel=channel, language=language, template=template, **values)


def _sent(first: date) -> QuerySet[Any]:
    """Reminders that went out on these days, each with its key."""
    begin = datetime.combine(first, datetime.min.time(), tzinfo=UTC) - FARTHEST_EAST
    sent = Message.objects.filter(sent_at__gte=begin, purpose__in=outbox.ASKING, creditor__isnull=False)
    return _keyed(sent, F("sent_at")).filter(day__gte=first)


def _keyed(messages: QuerySet[Any], at: Any) -> QuerySet[Any]:
    zone = F("debtor__time_zone")
    return messages.annotate(day=LocalDay(at, zone), hour=LocalHour(at, zone)).order_by()


def _stages(first: date) -> Iterator[tuple[Key, dict[str, int]]]:
    passed = Exists(FactTry.objects.filter(link=OuterRef("link"), passed=True))
    opened = Q(link__opened_at__isnull=False)
    counted = _sent(first).annotate(passed=passed).values(*KEY)
    for row in counted.annotate(
        sent=Count("pk"),
        delivered=Count("pk", filter=Q(receipt=Message.Receipt.DELIVERED) | opened),  # who opens it has received it
        opened=Count("pk", filter=opened),
        verified=Count("pk", filter=Q(passed=True)),
    ):
        yield _key(row), {stage: row[stage] for stage in STAGES[:-1]}


def _acts(first: date) -> Iterator[tuple[Key, Counter]]:
    counted = _with_door(_sent(first)).values(*KEY, "door").annotate(people=Count("pk"))
    found: dict[Key, Counter] = defaultdict(Counter)
    for row in counted:
        if row["door"] is not None:  # asked here: as a filter, each door would be looked for twice
            found[_key(row)][row["door"]] = row["people"]
    yield from found.items()


def answers(
    debtors: Collection[uuid.UUID], *, since: datetime, until: datetime
) -> Iterator[tuple[uuid.UUID, str, int, str | None]]:
    """Each reminder of these people in that time: person, channel, hour where they are, and the door or None."""
    sent = Message.objects.filter(debtor__in=debtors, sent_at__gte=since, sent_at__lt=until, purpose__in=outbox.ASKING)
    rows = _with_door(_keyed(sent, F("sent_at"))).values_list("debtor", "channel", "hour", "door")
    yield from rows


def _with_door(sent: QuerySet[Any]) -> QuerySet[Any]:
    """The first door that each person finished after a reminder, before the next one and within seven days.

    `sent` has its `day`, where the person is.
    """
    later = Message.objects.filter(
        debtor=OuterRef("debtor"), purpose__in=outbox.ASKING, sent_at__gt=OuterRef("sent_at")
    )
    within = ExpressionWrapper(F("sent_at") + Value(ACTS_WITHIN), output_field=DateTimeField())
    following = Subquery(later.order_by().values("debtor").annotate(next=Min("sent_at")).values("next"))
    ends = Coalesce(Least(following, within), within)  # on SQLite the least of something and nothing is nothing
    paid = paid_since(OuterRef("sent_at"), OuterRef("day")).filter(posted_at__lte=OuterRef("ends"))
    paid_at = Subquery(paid.order_by().values("debt__debtor").annotate(first=Min("posted_at")).values("first"))
    sent = sent.annotate(ends=ends).annotate(paid_at=paid_at)
    done = acts().filter(debtor=OuterRef("debtor"), at__gt=OuterRef("sent_at"))
    first = done.filter(at__lte=Coalesce(OuterRef("paid_at"), OuterRef("ends"))).order_by("at").values("door")[:1]
    paying = Case(When(paid_at__isnull=False, then=Value("pay")), output_field=CharField())
    return sent.annotate(door=Coalesce(Subquery(first, output_field=CharField()), paying))


def paid_since(at: Any, day: Any) -> QuerySet[LedgerEntry]:
    """Payments of the person of the outer query's row, learnt of after the instant `at` and made on `day` or later.

    A creditor's file says no more of a payment than its entry; of what it brings, the older ones are no answer.
    """
    return LedgerEntry.objects.filter(
        debt__debtor=OuterRef("debtor"), kind=LedgerEntry.Kind.PAYMENT, posted_at__gt=at, effective_on__gte=day
    )


def acts() -> QuerySet[Any]:
    """Events by which a person finished something, each with the `door` it was."""
    whens = [When(act=act, then=Value(door)) for act, door in _DOOR_OF.items()]
    whens += [When(data__kind=kind, then=Value(door)) for kind, door in _HOLD_OF.items()]
    own = Q(act="hold.placed", by__startswith="debtor:", data__kind__in=list(_HOLD_OF))
    finished = Q(act__in=[act for act in _DOOR_OF if act != "ledger.posted"])
    paid = Q(act="ledger.posted", data__kind="payment")
    return Event.objects.filter(finished | paid | own).annotate(door=Case(*whens, output_field=CharField()))


def _why_not(first: date, now: datetime) -> Iterator[tuple[Key, Counter]]:
    found: dict[Key, Counter] = defaultdict(Counter)
    for key, why, people in (*_held_back(first), *_came_no_further(first, now)):
        found[key][why] += people
    yield from found.items()


def _held_back(first: date) -> Iterator[tuple[Key, str, int]]:
    """What was not said: messages that were cancelled or failed, and people whom a rule kept from a campaign."""
    begin = datetime.combine(first, datetime.min.time(), tzinfo=UTC) - FARTHEST_EAST
    unsaid = Message.objects.filter(
        created_at__gte=begin,
        state__in=[Message.State.CANCELLED, Message.State.FAILED],
        purpose__in=outbox.ASKING,
        creditor__isnull=False,
    )
    for row in _keyed(unsaid, F("created_at")).values(*KEY, "state", "reason").annotate(people=Count("pk")):
        whys = [BOUNCED] if row["state"] == Message.State.FAILED else codes(row["reason"])
        yield from ((_key(row), why, row["people"]) for why in whys)
    held = Recipient.objects.filter(state=Recipient.State.HELD_BACK, at__gte=begin, message=None)
    zone = F("debtor__time_zone")
    held = held.annotate(
        day=LocalDay(F("at"), zone), hour=LocalHour(F("at"), zone), why=Cast("reasons", CharField())
    ).order_by()
    named = ("day", "hour", "campaign__creditor", "campaign__channels", "debtor__language", "campaign__wording")
    for row in held.values(*named, "why").annotate(people=Count("pk")):
        day, hour, creditor, channels, language, template = (row[name] for name in named)
        key = (day, hour, creditor, str((channels or [""])[0]), language, template)
        yield from ((key, why, row["people"]) for why in codes(row["why"]))


def codes(text: str) -> list[str]:
    """The codes in a message's reason, or in a list of them as JSON; `OTHER` where none of ours stands there."""
    plain = "".join(sign if sign.isalnum() or sign in "_-:" else " " for sign in text)
    words = plain.replace(":", " ").split()
    found = dict.fromkeys(word for word in words if word in reasons.SENTENCES or word.startswith(reasons.LIMIT))
    return list(found) or [OTHER]


def _came_no_further(first: date, now: datetime) -> Iterator[tuple[Key, str, int]]:
    """What went out and led to nothing, at the last step that is known of each."""
    tried = FactTry.objects.filter(link=OuterRef("link"))
    coded = Code.objects.filter(
        debtor=OuterRef("debtor"), created_at__gt=OuterRef("sent_at"), used_at=None, tries__gt=0, expires_at__lt=now
    )
    done = acts().filter(debtor=OuterRef("debtor"), at__gt=OuterRef("sent_at"))
    went = _sent(first).annotate(
        passed=Exists(tried.filter(passed=True)), failed_facts=Exists(tried.filter(passed=False))
    )
    paid = paid_since(OuterRef("sent_at"), OuterRef("day"))
    went = went.annotate(wrong_code=Exists(coded)).filter(~Exists(done), ~Exists(paid))
    unopened = Q(link__isnull=False, link__opened_at=None, link__expires_at__lt=now)
    why = Case(
        When(receipt__in=_NOT_TAKEN, then=Value(BOUNCED)),
        When(unopened, then=Value(EXPIRED_LINK)),
        When(passed=False, failed_facts=True, then=Value(WRONG_FACT)),
        When(passed=True, wrong_code=True, then=Value(WRONG_CODE)),
        When(passed=True, then=Value(LEFT)),
        output_field=CharField(),
    )
    for row in went.annotate(why=why).filter(why__isnull=False).values(*KEY, "why").annotate(people=Count("pk")):
        yield _key(row), row["why"], row["people"]


def _key(row: dict[str, Any]) -> Key:
    return tuple(row[name] for name in KEY)
