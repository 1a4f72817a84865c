"""Pausing: the policy says how long and how often, the hold then stops reminders and plan payments at once.

One pause covers the whole person, so with several creditors only a length that each of their policies has is offered,
and the smallest number of pauses a year counts. A pause that is made longer or shorter is still that pause, as long as
it is over within the longest length from its first day; beyond that, another one begins.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import transaction

from accounts import helper, history, holds, outbox
from accounts.days import today_in
from accounts.locking import lock
from accounts.models import ContactPoint, Debt, Debtor, Hold
from accounts.rules import Law
from plans import policies
from plans.models import PolicyVersion

YEAR: Final = timedelta(days=365)
WHILE_A_PERSON_LOOKS: Final = 7  # days without reminders once the pauses of a year are used up
ASKED_AGAIN: Final = "asked_again"
# What may have happened, as a person ticks it. Who would rather not say has said nothing.
HAPPENED: Final = ("income", "care", "cost", "waiting", "death")
WANTED: Final = ("smaller", "later", "talk", "advice", "nothing")  # what would help after the pause
REPLACED: Final = "replaced by another pause"
UNTIL_TOLD: Final = "until_told"  # the person did not name a day; the longest pause of the policy is the limit


class NotOffered(Exception):
    """A length that the policies in force do not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What may be paused now: lengths in days, shortest first, and how many pauses are left in the year.

    `same_until`: the instant to which the pause in force, if there is one, can be changed and still be that pause.
    """

    lengths: tuple[int, ...]
    left: int
    same_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """What came of asking: the hold, and whether a person looks because the year's pauses are used up."""

    hold: Hold
    needs_person: bool


def options(*, debtor: Debtor, debts: list[Debt], today: date, now: datetime) -> Options:
    """What the policies in force let this person pause. Two queries, however many debts there are."""
    rules = _policies(debts, today)
    lengths = set.intersection(*(set(pause_days) for pause_days, _times in rules)) if rules else set()
    most = min((times for _pause_days, times in rules), default=0)
    longest = max(lengths, default=0)
    taken = Hold.objects.filter(debtor=debtor, kind=Hold.Kind.PAUSE, from_at__gt=now - YEAR)
    in_turn = taken.only("from_at", "until_at", "ended_at", "ended_reason").order_by("from_at", "created_at")
    ends: list[datetime] = []
    last: Hold | None = None
    for hold in in_turn.exclude(reason=ASKED_AGAIN):
        if not (_follows(hold, last) and hold.until_at and hold.until_at <= ends[-1]):
            ends.append(holds.days_from(today_in(debtor.time_zone, hold.from_at), longest, debtor.time_zone))
        last = hold
    running = last is not None and holds.in_force(last, now)
    return Options(
        lengths=tuple(sorted(lengths)), left=max(0, most - len(ends)), same_until=ends[-1] if running else None
    )


def _follows(hold: Hold, before: Hold | None) -> bool:
    """Whether this pause took the place of the one before."""
    return before is not None and before.ended_reason == REPLACED and before.ended_at == hold.from_at


@transaction.atomic
def pause(
    *,
    debtor: Debtor,
    debts: list[Debt],
    days: int | None,
    law: Law,
    by: history.Actor,
    today: date,
    now: datetime,
    came_by: ContactPoint | None = None,
    happened: Collection[str] = (),
) -> Paused:
    """Stop reminders and plan payments now, for `days` from today. NotOffered for a length no policy has.

    None for `days` means until the person says so, and at most as long as the longest pause there is.
    With no pause left in the year a person looks, and reminders are held for 7 days meanwhile. A pause that is open is
    replaced, for `days` from today, and does not count twice up to `Options.same_until`. The same wish twice on a day
    changes nothing. `happened` is for staff.
    """
    lock(Debtor, debtor.pk)
    may = options(debtor=debtor, debts=debts, today=today, now=now)
    if not may.lengths or days not in {None, *may.lengths}:
        raise NotOffered(days)
    reason = UNTIL_TOLD if days is None else ""
    days = may.lengths[-1] if days is None else days
    until = holds.days_from(today, days, debtor.time_zone)
    current = open_pause(debtor, now)
    same = current is not None and (current.until_at, current.reason) == (until, reason)
    if current is not None and (same or (not may.left and current.reason == ASKED_AGAIN)):
        return Paused(hold=current, needs_person=current.reason == ASKED_AGAIN)
    needs_person = may.left == 0 and not (may.same_until and until <= may.same_until)
    if needs_person:
        until, reason = holds.days_from(today, WHILE_A_PERSON_LOOKS, debtor.time_zone), ASKED_AGAIN
        if current is not None and current.until_at is not None and current.until_at > until:
            return Paused(hold=current, needs_person=True)
    hold = _placed(debtor, current, happened, law=law, by=by, now=now, until=until, reason=reason)
    if not needs_person:
        _say(hold, came_by, until=today + timedelta(days=days), now=now)
    return Paused(hold=hold, needs_person=needs_person)


@transaction.atomic
def resume(*, debtor: Debtor, by: history.Actor, now: datetime) -> bool:
    """End the person's pause now; False when there is none."""
    current = open_pause(debtor, now)
    if current is None or not holds.end(hold=current, by=by, now=now, reason="ended by the person"):
        return False
    helper.tell(by=by, act="resumed", on=current, debtor=debtor, now=now)
    return True


@transaction.atomic
def want(*, debtor: Debtor, wanted: str, by: history.Actor, now: datetime) -> bool:
    """Keep with the open pause what would help after it; False when there is none. ValueError for an unknown code."""
    if wanted not in WANTED:
        raise ValueError(wanted)
    lock(Debtor, debtor.pk)
    current = open_pause(debtor, now)
    if current is None:
        return False
    if current.wanted != wanted:
        current.wanted = wanted
        current.save(update_fields=["wanted"])
        history.record(by=by, act="pause.help_wanted", on=current, debtor=debtor, now=now, data={"wanted": wanted})
    return True


def open_pause(debtor: Debtor, now: datetime) -> Hold | None:
    """The pause in force, the one that lasts longest; None when there is none."""
    return longest(Hold.objects.open(now).filter(debtor=debtor, kind=Hold.Kind.PAUSE))


def longest(pauses: Iterable[Hold]) -> Hold | None:
    """Of a person's pauses in force, the one that lasts longest; one without an end before all others."""
    return max(pauses, key=lambda hold: (hold.until_at or datetime.max.replace(tzinfo=UTC), hold.from_at), default=None)


def _policies(debts: list[Debt], today: date) -> list[tuple[list[int], int]]:
    """Lengths and pauses a year of the policy that holds for each creditor and currency, in one query."""
    wanted = {(debt.creditor_id, debt.currency) for debt in debts}
    approved = PolicyVersion.objects.filter(
        creditor__in={creditor for creditor, _currency in wanted}, approved_at__isnull=False, starts_on__lte=today
    ).order_by("starts_on", "number")
    found: dict[tuple, tuple] = {
        (creditor, currency): (pause_days, times)
        for creditor, currency, pause_days, times in approved.values_list(
            "creditor_id", "currency", "pause_days", "pauses_per_year"
        )
    }
    shipped = (policies.SHIPPED["pause_days"], policies.SHIPPED["pauses_per_year"])
    return [found.get(one, shipped) for one in wanted]


def _placed(
    debtor: Debtor, before: Hold | None, happened: Collection[str], *, by: history.Actor, now: datetime, **hold: Any
) -> Hold:
    """The new pause in the place of the one before. What is not said anew of why and of afterwards stays as it was."""
    if before is not None:
        holds.end(hold=before, by=by, now=now, reason=REPLACED)
    made = holds.place(debtor=debtor, kind=Hold.Kind.PAUSE, by=by, now=now, **hold)
    ticked = " ".join(code for code in HAPPENED if code in happened)
    made.happened = ticked or (before.happened if before else "")
    made.wanted = before.wanted if before else ""
    made.save(update_fields=["happened", "wanted"])
    helper.tell(by=by, act="paused", on=made, debtor=debtor, now=now)
    return made


def _say(hold: Hold, came_by: ContactPoint | None, *, until: date, now: datetime) -> None:
    contact = outbox.answerable(hold.debtor, came_by)
    if contact is not None:
        outbox.queue(
            key=f"pause_set:{hold.pk}",
            debtor=hold.debtor,
            contact=contact,
            purpose="service",
            template="pause_set",
            context={"until_on": until},
            now=now,
        )
