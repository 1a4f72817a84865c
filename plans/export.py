"""What a creditor is told about its debts: what was agreed, changed, paused and disputed, a row for each.

Columns: `at` (the instant, UTC), `what`, `creditor`, `debtor_ref`, `debt_ref`, `plan` (the agreement's reference),
`currency`, `total`, `discount` (taken off when a reduced payment was agreed), `instalments` (how many), `schedule` (day
and amount of each, separated by semicolons), `until` (when a pause or check ends by itself), `reason` (a code; of a
dispute that ended, what it came to), `part` (how much of the debt is disputed, where it is not all), `event` (unique: a
row that was read before can be told by it), `booked` (what it changed in our ledger, as the balance feels it: what a
check put right, what a kept plan lets go) and `reverses_ref` (the creditor's reference of the entry that was taken back
by it). A pause of everything a person owes is a row for each of the debts.

Only pauses and disputes are told of the holds: why somebody else's contact with a person rests is not the creditor's
matter. A text that a spreadsheet would run as a formula begins with an apostrophe; amounts are numbers.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import batched

from django.db.models import Prefetch

from accounts import disputes
from accounts.models import Creditor, CreditorRef, Debt, Event, Hold, LedgerEntry, Outcome
from accounts.money import Money
from accounts.spreadsheet import harmless
from plans import agreements
from plans.models import Plan

COLUMNS = [
    "at", "what", "creditor", "debtor_ref", "debt_ref", "plan", "currency", "total", "discount", "instalments",
    "schedule", "until", "reason", "part", "event", "booked", "reverses_ref",
]  # fmt: skip
PLAN_ACTS = {
    "plan.agreed": "agreed",
    "plan.replaced": "changed",  # this plan ended; the one that takes its place is a row of its own
    "plan.completed": "completed",
    "plan.broken": "broken",
    "plan.stopped": "stopped",
}
HOLD_ACTS = {
    ("hold.placed", Hold.Kind.PAUSE): "paused",
    ("hold.ended", Hold.Kind.PAUSE): "pause ended",
    ("hold.placed", Hold.Kind.DISPUTE): "disputed",
    ("hold.widened", Hold.Kind.DISPUTE): "dispute widened",
    ("hold.narrowed", Hold.Kind.DISPUTE): "dispute narrowed",
    ("hold.ended", Hold.Kind.DISPUTE): "dispute ended",
}
LETS_GO = "plan.completed"
PAGE = 500


def rows(*, since: datetime, creditor: Creditor | None = None) -> Iterator[list[str]]:
    """Rows after the header, oldest first, from the aware instant `since` on; of one creditor's debts, or of all."""
    acts = {*PLAN_ACTS, *(act for act, _kind in HOLD_ACTS)}
    events = Event.objects.filter(at__gte=since, act__in=acts).order_by("at", "stream", "number")
    for some in batched(events.iterator(chunk_size=PAGE), PAGE):
        yield from _page(some, creditor)


def _page(events: tuple[Event, ...], creditor: Creditor | None) -> Iterator[list[str]]:
    plan_ids, hold_ids = ([_id(event) for event in events if event.on.startswith(kind)] for kind in ("plan:", "hold:"))
    found = Plan.objects.select_related("debt__creditor").prefetch_related("instalments").filter(pk__in=plan_ids)
    plans = {str(plan.pk): plan for plan in found}
    outcomes = Prefetch("outcomes", Outcome.objects.filter(decided_at__isnull=False).select_related("entry__reverses"))
    holds = {str(hold.pk): hold for hold in Hold.objects.filter(pk__in=hold_ids).prefetch_related(outcomes)}
    people = {event.debtor_id for event in events}
    debts = list(Debt.objects.filter(debtor__in=people).select_related("creditor").order_by("debt_ref"))
    refs, let_go = _refs(people), _let_go(plans.values())
    for event in events:
        for debt, what, rest in _told(event, plans, holds, debts):
            if creditor is None or debt.creditor_id == creditor.pk:
                ref = refs.get((debt.creditor_id, debt.debtor_id), "")
                at = event.at.astimezone(UTC).isoformat(timespec="seconds")
                known = [at, what, debt.creditor.name, ref, debt.debt_ref]
                entry = let_go.get(_id(event)) if event.act == LETS_GO else _put_right(event, holds, debt)
                yield [*(harmless(cell) for cell in (*known, *rest, str(event.pk))), *_booked(entry, debt)]


def _id(event: Event) -> str:
    return event.on.partition(":")[2]


def _refs(people: set) -> dict[tuple, str]:
    """The creditor's own reference of each person; all of them, where a creditor has several for one person."""
    found: dict[tuple, str] = {}
    for ref in CreditorRef.objects.filter(debtor__in=people).order_by("debtor_ref"):
        key = (ref.creditor_id, ref.debtor_id)
        found[key] = f"{found[key]} {ref.debtor_ref}" if key in found else ref.debtor_ref
    return found


def _let_go(plans: Iterable[Plan]) -> dict[str, LedgerEntry]:
    """What was written off when a plan was kept, by the plan's id."""
    kept = {agreements.let_go_ref(plan): plan for plan in plans if plan.state == Plan.State.COMPLETED}
    found = LedgerEntry.objects.filter(debt__in={plan.debt_id for plan in kept.values()}, entry_ref__in=kept)
    return {str(kept[entry.entry_ref].pk): entry for entry in found}


def _put_right(event: Event, holds: dict, debt: Debt) -> LedgerEntry | None:
    """What a check that ended put right in this debt."""
    hold = holds.get(_id(event)) if event.act == "hold.ended" else None
    entries = [one.entry for one in hold.outcomes.all()] if hold else []
    return next((entry for entry in entries if entry and entry.debt_id == debt.pk), None)


def _booked(entry: LedgerEntry | None, debt: Debt) -> tuple[str, str]:
    if entry is None:
        return "", ""
    taken_back = harmless(entry.reverses.entry_ref) if entry.reverses else ""
    return Money(entry.amount_minor, debt.currency).as_text(), taken_back


def _told(event: Event, plans: dict, holds: dict, debts: list[Debt]) -> Iterator[tuple[Debt, str, list[str]]]:
    """The debts an event is about, what happened to each, and the cells from `plan` to `part`."""
    if event.act in PLAN_ACTS and (plan := plans.get(_id(event))):
        yield plan.debt, PLAN_ACTS[event.act], _of_plan(plan, event)
    elif hold := holds.get(_id(event)):
        what = HOLD_ACTS.get((event.act, Hold.Kind(hold.kind)))
        until = hold.until_at.astimezone(UTC).isoformat(timespec="seconds") if hold.until_at else ""
        for debt in debts:
            if what and debt.debtor_id == hold.debtor_id and hold.debt_id in (None, debt.pk):
                minor = hold.disputed_minor if event.act == "hold.ended" else event.data.get("part_minor")
                part = Money(minor, debt.currency).as_text() if minor else ""
                yield debt, what, ["", debt.currency, "", "", "", "", until, _reason(hold, event), part]


def _reason(hold: Hold, event: Event) -> str:
    """Why it was placed; of a check that ended, what it came to, or that it was taken back."""
    if event.act != "hold.ended":
        return str(event.data.get("reason") or "")
    taken_back = disputes.WITHDRAWN if hold.ended_reason == disputes.WITHDRAWN else ""
    return next((one.result for one in hold.outcomes.all()), taken_back)


def _of_plan(plan: Plan, event: Event) -> list[str]:
    currency, instalments = plan.debt.currency, list(plan.instalments.all())
    schedule = "; ".join(f"{one.due_on} {Money(one.amount_minor, currency).as_text()}" for one in instalments)
    discount = Money(plan.discount_minor, currency).as_text()
    reason = str(event.data.get("reason") or "")
    return [plan.reference, currency, plan.total.as_text(), discount, str(len(instalments)), schedule, "", reason, ""]
