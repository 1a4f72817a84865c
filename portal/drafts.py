"""What a person has typed in one flow: kept 7 days, encrypted, and found again on any device."""

import json
import uuid
from datetime import datetime, timedelta

from django.db.models import CharField, DateTimeField, Field, QuerySet, UUIDField

from accounts.models import Debt, Debtor
from accounts.prepared import Prepared
from plans.models import Draft

LIFE = timedelta(days=7)  # `portal.upkeep` deletes what is older


_SLOTS: dict[str, Field] = {"debtor": UUIDField(), "flow": CharField(), "since": DateTimeField()}


def _kept(debtor, flow, since, debt=None) -> QuerySet:
    return Draft.objects.filter(debtor=debtor, flow=flow, debt=debt, updated_at__gt=since)


def _with_debt(debtor, flow, since, debt) -> QuerySet:
    return _kept(debtor, flow, since, debt).filter(debt__debtor=debtor).select_related("debt__creditor")


_OF_PERSON, _OF_DEBT = Prepared(_kept, **_SLOTS), Prepared(_kept, **_SLOTS, debt=UUIDField())
_WITH_DEBT = Prepared(_with_debt, **_SLOTS, debt=UUIDField())


def read(*, debtor: Debtor, flow: str, now: datetime, debt: Debt | None = None) -> dict:
    """The answers so far; {} where there are none, or they are older than seven days."""
    of = {"debtor": debtor.pk, "flow": flow, "since": now - LIFE}
    kept = _OF_DEBT(**of, debt=debt.pk) if debt else _OF_PERSON(**of)
    return json.loads(kept[0].data) if kept else {}


def read_with_debt(*, debtor: Debtor, flow: str, now: datetime, debt_id: uuid.UUID) -> tuple[Debt, dict] | None:
    """The answers so far about a debt of this person's, after the debt itself with its creditor; None where there are
    none. One query.
    """
    kept = _WITH_DEBT(debtor=debtor.pk, flow=flow, since=now - LIFE, debt=debt_id)
    return (kept[0].debt, json.loads(kept[0].data)) if kept else None


def last_debt(*, debtor: Debtor, flow: str, now: datetime) -> uuid.UUID | None:
    """Which debt's answers in this flow were written last, within seven days. One query."""
    kept = Draft.objects.filter(debtor=debtor, flow=flow, debt__isnull=False, updated_at__gt=now - LIFE)
    return kept.order_by("-updated_at", "debt").values_list("debt", flat=True).first()


def keep(*, debtor: Debtor, flow: str, data: dict, now: datetime, debt: Debt | None = None) -> None:
    """Write the answers so far. Two devices at once: the later one stays."""
    text = json.dumps(data, ensure_ascii=False)
    Draft.objects.update_or_create(debtor=debtor, flow=flow, debt=debt, defaults={"data": text, "updated_at": now})


def drop(*, debtor: Debtor, flow: str, debt: Debt | None = None) -> None:
    """Forget the answers, once they have become an act."""
    Draft.objects.filter(debtor=debtor, flow=flow, debt=debt).delete()
