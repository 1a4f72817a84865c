"""Which policy holds: the approved version of a creditor and currency that started last.

Versions are only ever added. Once approved, the database refuses every change (`0003_kept_once_approved`), because
offers and plans name the version they were made under. A creditor without any gets the shipped one, number 0.
"""

from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import CharField, DateField, Max, QuerySet, UUIDField

from accounts import history
from accounts.locking import lock
from accounts.models import Creditor, User
from accounts.money import Money, exponent
from accounts.prepared import Prepared
from plans.models import PolicyVersion
from plans.terms import Policy

SHIPPED_FROM: Final = date(2020, 1, 1)  # before any day a page may ask about
# In whole units of the currency: about what one person's bus fares of a month come to.
SMALLEST_INSTALMENT: Final = {"CNY": 100, "TWD": 500, "HKD": 100, "MOP": 100, "JPY": 2_000, "KRW": 20_000}
SMALLEST_ELSEWHERE: Final = 20
SHIPPED: Final = {
    "shortest_months": 1,
    "longest_months": 36,
    "latest_start_days": 45,
    "frequencies": ["monthly", "fortnightly", "weekly"],
    "settlement_ladder": [],
    "ask_share_bp": 5_000,
    "budget_over_months": 24,
    "person_over_months": 60,
    "rounds": 3,
    "offer_days": 14,
    "grace_days": 5,
    "breaks_after_missed": 3,
    "pause_days": [14, 30, 60],
    "pauses_per_year": 2,
}


class NotApproved(Exception):
    """A version with a share off needs the approval of somebody else than who wrote it."""


def _in_force(creditor, currency, on) -> QuerySet:
    approved = PolicyVersion.objects.filter(creditor=creditor, currency=currency, approved_at__isnull=False)
    return approved.filter(starts_on__lte=on).order_by("-starts_on", "-number")[:1]


_IN_FORCE = Prepared(_in_force, creditor=UUIDField(), currency=CharField(), on=DateField())


def in_force(*, creditor: Creditor, currency: str, on: date) -> PolicyVersion:
    """The version that holds on the day `on`. A creditor that has none gets the shipped one. One query, no writing.

    The shipped one is a row only once something was made under it: what is to be kept names `kept(version)`.
    """
    version = next(iter(_IN_FORCE(creditor=creditor.pk, currency=currency, on=on)), None)
    return version or shipped(creditor=creditor, currency=currency)


def shipped(*, creditor: Creditor, currency: str) -> PolicyVersion:
    """The policy the product comes with, as this creditor's version 0, not saved."""
    return PolicyVersion(
        creditor=creditor,
        currency=currency,
        number=0,
        starts_on=SHIPPED_FROM,
        approved_at=datetime.combine(SHIPPED_FROM, datetime.min.time(), UTC),
        **_shipped_values(currency),
    )


def kept(version: PolicyVersion) -> PolicyVersion:
    """The version as a row that an offer may name: the shipped one is written when it first binds. Twice is once."""
    if not version._state.adding:
        return version
    fields = {field.attname: getattr(version, field.attname) for field in PolicyVersion._meta.concrete_fields}
    same = {name: fields.pop(name) for name in ("creditor_id", "currency", "number")}
    return PolicyVersion.objects.get_or_create(**same, defaults=fields)[0]


@transaction.atomic
def write(
    *, creditor: Creditor, currency: str, starts_on: date, by: User | None, now: datetime, **values
) -> PolicyVersion:
    """A new version, not in force until it is approved. `values` are PolicyVersion fields; the rest are as shipped."""
    lock(Creditor, creditor.pk)  # numbers have no twin
    last = PolicyVersion.objects.filter(creditor=creditor, currency=currency).aggregate(last=Max("number"))["last"]
    version = PolicyVersion(
        creditor=creditor,
        currency=currency,
        number=(last or 0) + 1,
        starts_on=starts_on,
        created_by=by,
        **_shipped_values(currency) | values,
    )
    version.full_clean(exclude=["settlement_ladder", "frequencies", "pause_days"])
    version.save(force_insert=True)
    history.record(by=by or "system", act="policy.written", on=version, creditor=creditor, now=now)
    return version


@transaction.atomic
def approve(*, version: PolicyVersion, by: User | None, now: datetime) -> PolicyVersion:
    """Put a version in force from its day on; twice does no harm. Approving it approves its shares off.

    Raises NotApproved when it gives a share off and `by` wrote it (four eyes). `by` None: a command of the operator.
    """
    version = PolicyVersion.objects.select_for_update().get(pk=version.pk)
    if version.approved_at is not None:
        return version
    if version.settlement_ladder and by is not None and by.pk == version.created_by_id:
        raise NotApproved
    version.approved_by, version.approved_at = by, now
    version.save(update_fields=["approved_by", "approved_at"])
    history.record(by=by or "system", act="policy.approved", on=version, creditor=version.creditor, now=now)
    return version


def terms_of(version: PolicyVersion) -> Policy:
    """What a version allows, as the negotiation reads it."""
    return Policy.of(version)


def _shipped_values(currency: str) -> dict[str, Any]:
    smallest = SMALLEST_INSTALMENT.get(currency, SMALLEST_ELSEWHERE) * 10 ** exponent(currency)
    return SHIPPED | {"smallest_instalment_minor": Money(smallest, currency).ceil().minor}
