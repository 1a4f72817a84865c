"""Measures of kindness, counted by day where the creditor is: what managers see beside money.

`count` writes `KindnessDay`; a name in its `counts` is a measure and, behind a colon, which part of it:

    visit:DOOR      came in with two facts, and what was finished first within the hour (`LOOKED`: nothing)
    reply:TIME      a pause or a check began, and how soon a person of the team answered (`NONE`: not yet)
    promise:KEPT    an answer was promised by a day that has passed, and it came by then, or not
    plan:STATE      a plan ended: paid to its end, by missed payments, or stopped by the person
    move:WHEN       the person moved a payment before its day, or after it
    share:BY        a plan was agreed whose share of what is left was within the limit, or above it and by whom
    sends:NUMBER    so many reminders went to one person in the week that began on that day
    complaint, upheld   a complaint was written down; a check found that the person was right
    accounts        how many accounts there are; of the newest day alone, since it is no count of a day

Counting again gives the same rows, so two workers that count at once do no harm.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
)
from django.db.models.functions import Coalesce

from accounts import days, outbox
from accounts.models import Debt, Event, FactTry, Hold, Message, Outcome
from plans import affordability, policies
from plans.models import Move, Plan
from plans.terms import Terms
from portal.contact import reach
from portal.contact.models import KindnessDay

SETTLES_AFTER: Final = timedelta(days=21)  # with the rest of a week, less than what came in is kept for
VISIT: Final = timedelta(hours=1)
LOOKED, NONE = "looked", "none"
SOON: Final = (("day", timedelta(days=1)), ("two_days", timedelta(days=2)), ("week", timedelta(days=7)))
LATER: Final = "later"
ACCOUNTS: Final = "accounts"
MOST_SENDS: Final = 8  # that many and more are one bar
BY_RULES, WITHIN = "rules", "within"
ANSWERS: Final = ("thread.answered", "contact.logged", "hold.ended", "offer.suggested", "offer.question_asked")
ENDS: Final = (Plan.State.COMPLETED, Plan.State.BROKEN, Plan.State.STOPPED)
Key = tuple[date, Any, str]
Counted = Iterator[tuple[Key, str, int]]


def count(now: datetime) -> int:
    """Count every day that may still change anew; returns how many rows it came to."""
    begun = (now - SETTLES_AFTER).date()
    first = begun - timedelta(days=begun.weekday())  # a week is counted whole
    since = datetime.combine(first, datetime.min.time(), tzinfo=UTC) - reach.FARTHEST_EAST
    rows: dict[Key, Counter] = defaultdict(Counter)
    for part in PARTS:
        for key, name, number in part(since, now):
            rows[key][name] += number
    made = [
        KindnessDay(day=day, creditor_id=creditor, language=language, counts=dict(counts))
        for (day, creditor, language), counts in rows.items()
        if day >= first and creditor is not None
    ]
    with transaction.atomic():
        KindnessDay.objects.filter(day__gte=first).delete()
        unique = ["day", "creditor", "language"]
        KindnessDay.objects.bulk_create(
            made, batch_size=500, update_conflicts=True, unique_fields=unique, update_fields=["counts"]
        )
    return len(made)


def _on(rows: QuerySet[Any], at: str, creditor: str) -> QuerySet[Any]:
    """Rows with their `day`, where the creditor is."""
    return rows.annotate(day=reach.LocalDay(F(at), F(f"{creditor}__time_zone"))).order_by()


def _visits(since: datetime, now: datetime) -> Counted:
    ends = ExpressionWrapper(F("tried_at") + Value(VISIT), output_field=DateTimeField())
    own = reach.acts().filter(debtor=OuterRef("link__debtor"), at__gt=OuterRef("tried_at"), at__lte=OuterRef("ends"))
    own = own.exclude(Q(by="system") | Q(by__startswith="user:") | Q(by__startswith="creditor:"))
    door = Subquery(own.order_by("at").values("door")[:1], output_field=CharField())
    came = FactTry.objects.filter(passed=True, tried_at__gte=since, tried_at__lte=now, link__isnull=False)
    came = _on(came, "tried_at", "link__creditor").annotate(ends=ends).annotate(door=Coalesce(door, Value(LOOKED)))
    named = ("day", "link__creditor", "link__debtor__language", "door")
    for day, creditor, language, what, number in came.values_list(*named).annotate(number=Count("pk")):
        yield (day, creditor, language), f"visit:{what}", number


def _replies(since: datetime, now: datetime) -> Counted:
    by_staff = Event.objects.filter(
        debtor=OuterRef("debtor"), at__gt=OuterRef("from_at"), by__startswith="user:", act__in=ANSWERS
    )
    whose = Debt.objects.filter(debtor=OuterRef("debtor")).order_by("created_at", "pk").values("creditor")[:1]
    asked = Hold.objects.filter(kind__in=[Hold.Kind.PAUSE, Hold.Kind.DISPUTE], from_at__gte=since, from_at__lte=now)
    asked = asked.annotate(
        answered_at=Subquery(by_staff.order_by("at").values("at")[:1]),
        creditor=Coalesce("debt__creditor", Subquery(whose), output_field=UUIDField()),
    ).annotate(day=reach.LocalDay(F("from_at"), F("debtor__time_zone")))
    named = ("day", "creditor", "debtor__language", "debtor__time_zone", "from_at", "answered_at", "reply_by_on")
    for day, creditor, language, zone, begun, answered, promised in asked.values_list(*named).order_by().iterator():
        key = (day, creditor, language)
        yield key, f"reply:{_how_soon(begun, answered)}", 1
        in_time = promised and days.today_in(zone, answered or now) <= promised  # the day was promised where they are
        if promised and (answered or not in_time):
            yield key, f"promise:{'kept' if in_time else 'broken'}", 1


def _how_soon(begun: datetime, answered: datetime | None) -> str:
    if answered is None:
        return NONE
    return next((name for name, time in SOON if answered - begun <= time), LATER)


def _ended_plans(since: datetime, now: datetime) -> Counted:
    ended = _on(
        Plan.objects.filter(ended_at__gte=since, ended_at__lte=now, state__in=ENDS), "ended_at", "debt__creditor"
    )
    for day, creditor, language, state, number in ended.values_list(
        "day", "debt__creditor", "language", "state"
    ).annotate(number=Count("pk")):
        yield (day, creditor, language), f"plan:{state}", number


def _moves(since: datetime, now: datetime) -> Counted:
    moved = _on(Move.objects.filter(at__gte=since, at__lte=now), "at", "plan__debt__creditor")
    for day, creditor, language, from_on in moved.values_list(
        "day", "plan__debt__creditor", "plan__language", "from_on"
    ).iterator():
        yield (day, creditor, language), f"move:{'before' if day <= from_on else 'after'}", 1


def _shares(since: datetime, now: datetime) -> Counted:
    agreed = Plan.objects.filter(agreed_at__gte=since, agreed_at__lte=now, offer__left_minor__isnull=False)
    agreed = _on(agreed, "agreed_at", "debt__creditor").select_related("offer", "policy", "debt")
    for plan in agreed.iterator(chunk_size=500):
        terms = Terms.from_json(plan.terms)
        largest = terms.largest if terms.count > 1 else None
        taken = affordability.taken(largest, terms.total, terms.frequency, plan.offer.left_minor or 0)
        above = taken is None or taken > policies.terms_of(plan.policy).ask_share_bp
        by = (str(plan.offer.staff_id) if plan.offer.staff_id else BY_RULES) if above else WITHIN
        yield (plan.day, plan.debt.creditor_id, plan.language), f"share:{by}", 1  # type: ignore[attr-defined]


def _sends(since: datetime, now: datetime) -> Counted:
    sent = Message.objects.filter(
        sent_at__gte=since, sent_at__lte=now, purpose__in=outbox.ASKING, creditor__isnull=False
    )
    week: Counter = Counter()
    named = ("day", "creditor", "debtor__language", "debtor")
    for day, creditor, language, debtor, number in (
        _on(sent, "sent_at", "creditor").values_list(*named).annotate(number=Count("pk")).iterator()
    ):
        week[day - timedelta(days=day.weekday()), creditor, language, debtor] += number
    for (day, creditor, language, _debtor), number in week.items():
        yield (day, creditor, language), f"sends:{min(number, MOST_SENDS)}", 1


def _complaints(since: datetime, now: datetime) -> Counted:
    """Complaints that staff wrote down, and checks that found the person right, wholly or in part."""
    whose = Debt.objects.filter(debtor=OuterRef("debtor")).order_by("created_at", "pk")
    right = [Outcome.Result.UPHELD, Outcome.Result.PARTLY]
    said = Event.objects.filter(
        Q(act="contact.logged", data__complaint=True) | Q(act="check.answered", data__result__in=right),
        at__gte=since,
        at__lte=now,
        debtor__isnull=False,
    )
    creditor_of, zone = (Subquery(whose.values(name)[:1]) for name in ("creditor", "creditor__time_zone"))
    said = said.annotate(creditor=creditor_of, zone=zone).annotate(day=reach.LocalDay(F("at"), F("zone"))).order_by()
    for day, creditor, language, act, number in said.values_list("day", "creditor", "debtor__language", "act").annotate(
        number=Count("pk")
    ):
        yield (day, creditor, language), "complaint" if act == "contact.logged" else "upheld", number


def _accounts(_since: datetime, now: datetime) -> Counted:
    named = ("creditor", "creditor__time_zone", "debtor__language")
    owed = Debt.objects.values_list(*named).annotate(number=Count("pk")).order_by()
    for creditor, zone, language, number in owed:
        yield (days.today_in(zone, now), creditor, language), ACCOUNTS, number


PARTS: Final[tuple[Callable[[datetime, datetime], Counted], ...]] = (
    _visits, _replies, _ended_plans, _moves, _shares, _sends, _complaints, _accounts,
)  # fmt: skip
