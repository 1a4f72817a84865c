"""How long words are kept: what each rule set says of the contact log, with legal holds respected.

Rows stay: that, when and how somebody was reached is a fact, and events are never touched. What goes is what was said:
the text of messages, replies and the thread, people's files, what calls were asked for about, the notes of calls, and
what was told with a pause or a check that is over and what that came to, or about a need of somebody with nothing left
to pay. It goes once the longest time any rule set allows has passed, never before the shortest time that one asks for,
and not while a court or a check has the matter. Where a rule set names no longest time, the operator may (`longest`);
without that nothing goes there. A room above that keeps copies lets `sweep` take them by the same times.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import batched
from typing import Any, Final

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from accounts import history, rules
from accounts.locking import lock
from accounts.models import Creditor, Debt, Debtor, Hold, Message, Need, Outcome, Respite
from accounts.rules.contact_law import Retention
from accounts.rules.shapes import Period
from portal.contact import uploads
from portal.contact.models import Call, Heard, LoggedContact, ThreadMessage, Upload

RECORD: Final = "contact_log"
LEGAL_HOLDS: Final = (Hold.Kind.COURT, Hold.Kind.DISPUTE)
AT_ONCE: Final = 500
TOLD: Final = ("note", "answers", "happened", "ended_reason")  # of a hold, in words or in codes that tell of health
EMPTY: Final = {
    "message": {"body": "", "params": "", "subject": ""},
    "call": {"topic": ""},
    "logged": {"note": ""},
    "hold": dict.fromkeys(TOLD, ""),
    "outcome": {"why": ""},
    "respite": {"told_by": "", "reference": ""},
    "need": {"text": ""},
}


@dataclass
class Found:
    """What was emptied, or would be: rows by kind, people, and people whom a legal hold protects."""

    rows: Counter = field(default_factory=Counter)
    people: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Ends:
    """From which instant back the words of one creditor's contacts go; None while they stay."""

    of_creditor: dict[uuid.UUID, datetime | None]

    @property
    def of_all(self) -> datetime | None:
        """The same for what belongs to no creditor alone: the earliest, and none while one keeps."""
        ends = list(self.of_creditor.values())
        return min(end for end in ends if end) if ends and all(ends) else None


# The rows of one person with words whose time is over, by kind; and what takes their words away.
Old = Callable[[uuid.UUID, Ends, datetime], dict[str, QuerySet]]
Take = Callable[[dict[str, QuerySet], datetime], None]


def apply(*, now: datetime, longest: Period | None = None, dry_run: bool = False) -> Found:
    """Empty what is past its time, person by person; each has an event. A second run finds nothing."""
    before = before_all(now, longest)
    people = _with_old_words(before) if before else ()
    return sweep(people, _old, _take, now=now, longest=longest, dry_run=dry_run)


def sweep(
    people: Iterable[uuid.UUID], old: Old, take: Take, *, now: datetime, longest: Period | None, dry_run: bool
) -> Found:
    """Take away what these people's rules no longer keep, save where a court or a check has the matter."""
    found = Found()
    for ids in batched(people, AT_ONCE):
        debts: dict[uuid.UUID, list[Debt]] = defaultdict(list)
        for debt in Debt.objects.filter(debtor__in=ids).select_related("creditor", "debtor"):
            debts[debt.debtor_id].append(debt)
        held = set(_held(now).filter(debtor__in=ids).values_list("debtor", flat=True))
        active = last_active(ids)
        for debtor in ids:
            if not debts[debtor]:
                continue
            rows = partial(old, debtor, _ends(debts[debtor], active.get(debtor), now, longest), now)
            if debtor in held:
                found.held += any(some.exists() for some in rows().values())
            else:
                _empty(debts[debtor][0].debtor, rows, take, found, now=now, dry_run=dry_run)
    return found


def before_all(now: datetime, longest: Period | None) -> datetime | None:
    """What came after this instant stays, by whichever rule set; None where nothing ever goes."""
    times = [rule.max for rule in _every_rule() if rule.max] + ([longest] if longest else [])
    return max((_back(now, time) for time in times), default=None)


def _held(now: datetime) -> QuerySet[Hold]:
    return Hold.objects.open(now).filter(kind__in=LEGAL_HOLDS)


def _empty(
    debtor: Debtor,
    rows: Callable[[], dict[str, QuerySet]],
    take: Take,
    found: Found,
    *,
    now: datetime,
    dry_run: bool,
) -> None:
    with transaction.atomic():
        lock(Debtor, debtor.pk)
        if _held(now).filter(debtor=debtor).exists():  # placed since
            return
        old = rows()
        gone = Counter({kind: some.count() for kind, some in old.items()})
        if not gone.total():
            return
        found.rows += gone
        found.people += 1
        if not dry_run:
            take(old, now)
            data = {kind: count for kind, count in gone.items() if count}
            history.record(by="system", act="record.emptied", on=debtor, debtor=debtor, now=now, data=data)


def _take(old: dict[str, QuerySet], now: datetime) -> None:
    for file in old.pop("file").select_related("debtor"):
        uploads.remove(upload=file, by="system", now=now)
    for kind, rows in old.items():
        rows.update(**EMPTY.get(kind, {"body": ""}))


def _old(debtor: uuid.UUID, ends: Ends, now: datetime) -> dict[str, QuerySet]:
    """The person's rows with words whose time is over."""
    by_creditor = of_messages = of_calls = Q(pk__in=[])
    for creditor, end in ends.of_creditor.items():
        if end:
            by_creditor |= Q(creditor=creditor, at__lt=end)
            of_messages |= Q(creditor=creditor, created_at__lt=end)
            of_calls |= Q(creditor=creditor, settled_at__lt=end)
    if of_all := ends.of_all:
        of_messages |= Q(creditor=None, created_at__lt=of_all)
    anybodys, of_people = (Q(at__lt=of_all), Q(saved_at__lt=of_all)) if of_all else (Q(pk__in=[]), Q(pk__in=[]))
    over = _over(debtor, ends, now)
    # A logged contact is never changed through its own manager; the database lets its note be emptied, and no more.
    return {
        "message": Message.objects.filter(of_messages, debtor=debtor).exclude(body="", params=""),
        "reply": Heard.objects.filter(anybodys, debtor=debtor).exclude(body=""),
        "thread": ThreadMessage.objects.filter(anybodys, debtor=debtor).exclude(body=""),
        "file": Upload.objects.filter(anybodys, debtor=debtor).exclude(state=Upload.State.REMOVED),
        "call": Call.objects.filter(of_calls, debtor=debtor).exclude(topic=""),
        "logged": LoggedContact._base_manager.filter(by_creditor, debtor=debtor).exclude(note=""),
        "hold": over.exclude(**dict.fromkeys(TOLD, "")),
        "outcome": Outcome.objects.filter(hold__in=over).exclude(why=""),
        "respite": Respite.objects.filter(hold__in=over).exclude(told_by="", reference=""),
        "need": Need.objects.filter(of_people, ~Exists(_left(debtor)), debtor=debtor).exclude(text=""),
    }


def _over(debtor: uuid.UUID, ends: Ends, now: datetime) -> QuerySet[Hold]:
    """The person's holds that are no longer in force and began before the time that is kept."""
    old = Q(debt=None, from_at__lt=ends.of_all) if ends.of_all else Q(pk__in=[])
    for creditor, end in ends.of_creditor.items():
        if end:
            old |= Q(debt__creditor=creditor, from_at__lt=end)
    return Hold.objects.filter(old, debtor=debtor).exclude(pk__in=Hold.objects.open(now).values("pk"))


def _left(debtor: uuid.UUID) -> QuerySet[Debt]:
    return Debt.objects.filter(debtor=debtor, state=Debt.State.OPEN, balance_minor__gt=0)


def _with_old_words(before: datetime) -> list[uuid.UUID]:
    """People who have words of before this instant."""
    people: set[uuid.UUID] = set()
    for model, words, at in (
        (Message, "body", "created_at"),
        (Heard, "body", "at"),
        (ThreadMessage, "body", "at"),
        (Upload, "name", "at"),
        (Call, "topic", "settled_at"),
        (LoggedContact, "note", "at"),
        (Need, "text", "saved_at"),
    ):
        rows: Any = model._base_manager.filter(**{f"{at}__lt": before}, debtor__isnull=False).exclude(**{words: ""})
        people.update(rows.order_by().values_list("debtor", flat=True).distinct())
    told = Q(respite__isnull=False) & ~Q(respite__told_by="", respite__reference="") | ~Q(**dict.fromkeys(TOLD, ""))
    answered = Exists(Outcome.objects.filter(hold=OuterRef("pk")).exclude(why=""))
    holds = Hold.objects.filter(told | answered, from_at__lt=before)
    people.update(holds.order_by().values_list("debtor", flat=True).distinct())
    return sorted(people)


def _every_rule() -> Iterator[Retention]:
    for id in rules.rule_sets():
        for law in rules.rule_set(id):
            yield from (rule for rule in law.retention if rule.record == RECORD)


def last_active(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """When each person was last reached, wrote, asked for a call or was written to."""
    last: dict[uuid.UUID, datetime] = {}
    for model, at in (
        (Message, "created_at"),
        (Heard, "at"),
        (ThreadMessage, "at"),
        (LoggedContact, "at"),
        (Call, "asked_at"),
    ):
        rows = model._base_manager.filter(debtor__in=ids).order_by().values_list("debtor").annotate(Max(at))
        for debtor, when in rows:
            last[debtor] = max(when, last.get(debtor, when))
    return last


def _ends(debts: list[Debt], active: datetime | None, now: datetime, longest: Period | None) -> Ends:
    by: dict[uuid.UUID, list[Debt]] = defaultdict(list)
    for debt in debts:
        by[debt.creditor_id].append(debt)
    return Ends({pk: _end(some, active, now, longest) for pk, some in by.items()})


def _end(debts: list[Debt], active: datetime | None, now: datetime, longest: Period | None) -> datetime | None:
    """Words of before this instant have served; None while they stay."""
    creditor, end = debts[0].creditor, None
    said = list(binding(creditor, debts))
    most = [(rule, rule.max or longest) for rule in said if rule.max or longest] if said else []
    if not said and longest:
        return _back(now, longest)
    for rule, time in most:
        here = _passed(rule, time, debts, active, now)
        end = max(filter(None, (end, here)), default=None)  # the first longest time that is over
    for rule in said:
        if rule.until_settled and any(debt.balance_minor > 0 for debt in debts):
            return None
        if rule.min and end:
            least = _passed(rule, rule.min, debts, active, now)
            end = min(end, least) if least else None
    return end


def binding(creditor: Creditor, debts: list[Debt]) -> Iterator[Retention]:
    """What each rule set that binds asks of the contact log."""
    product = " / ".join(sorted({debt.product for debt in debts}))
    who, zones = {"actor": creditor.actor, "creditor": creditor.name}, [debts[0].debtor.time_zone]
    for law in rules.contact_laws(creditor.region, **who, zones=zones, product=product):
        yield from (rule for rule in law.retention if rule.record == RECORD)


def _passed(
    rule: Retention, time: Period | None, debts: list[Debt], active: datetime | None, now: datetime
) -> datetime | None:
    """Before which instant contacts have been kept for `time`; None where its clock has not run out, or not begun.

    Counted from the contact itself, or from the end of the account or of what was done about it, which is taken to be
    the last contact with the person, and not to have come while something is left to pay.
    """
    if time is None:
        return None
    if rule.from_ == "contact_date":
        return _back(now, time)
    if rule.from_ != "last_collection_activity" and any(_is_open(debt) for debt in debts):
        return None
    return now if active is not None and active < _back(now, time) else None


def _is_open(debt: Debt) -> bool:
    return debt.state == Debt.State.OPEN and debt.balance_minor > 0


def _back(now: datetime, time: Period) -> datetime:
    return now - relativedelta(months=time.months, days=time.days, seconds=time.seconds)
