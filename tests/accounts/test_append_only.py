"""No way into the database changes or deletes an entry or an event: invariant 3, fault test F37."""

import re
from collections.abc import Callable

import pytest
from django.db import Error, connection, transaction

from accounts import history
from accounts.models import Event, LedgerEntry
from accounts.models.append_only import AppendOnly
from tests.factories import NOW, make_debt

pytestmark = pytest.mark.django_db

FIELD = {LedgerEntry: "amount_minor", Event: "act"}
VALUE = {LedgerEntry: 1, Event: "nothing.happened"}


@pytest.fixture(params=[LedgerEntry, Event], ids=["entry", "event"])
def row(request):
    debt = make_debt()
    with transaction.atomic():
        event = history.record(by="system", act="test.done", on=debt, debtor=debt.debtor, now=NOW)
    if connection.vendor == "postgresql":  # nothing of the makers' may stand in the way instead of our trigger
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return debt.entries.get() if request.param is LedgerEntry else event


def saved(row) -> None:
    setattr(row, FIELD[type(row)], VALUE[type(row)])
    row.save()


def force_updated(row) -> None:
    setattr(row, FIELD[type(row)], VALUE[type(row)])
    row.save(force_update=True)


def bulk_updated(row) -> None:
    setattr(row, FIELD[type(row)], VALUE[type(row)])
    type(row).objects.bulk_update([row], [FIELD[type(row)]])


def upserted(row) -> None:
    setattr(row, FIELD[type(row)], VALUE[type(row)])
    type(row).objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=[FIELD[type(row)]])


def past_the_manager(row) -> None:
    """Django's own queryset, which knows nothing of our rule: only the database stands in the way."""
    type(row)._base_manager.filter(pk=row.pk).update(**{FIELD[type(row)]: VALUE[type(row)]})


def deleted_past_the_manager(row) -> None:
    type(row)._base_manager.filter(pk=row.pk).delete()


def raw(statement: str) -> Callable:
    def act(row) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(table=type(row)._meta.db_table, field=FIELD[type(row)]))

    return act


WAYS = {
    "save": saved,
    "save force_update": force_updated,
    "delete": lambda row: row.delete(),
    "queryset update": lambda row: type(row).objects.filter(pk=row.pk).update(**{FIELD[type(row)]: VALUE[type(row)]}),
    "queryset delete": lambda row: type(row).objects.all().delete(),
    "bulk_update": bulk_updated,
    "upsert": upserted,
    "base manager update": past_the_manager,
    "base manager delete": deleted_past_the_manager,
    "raw update": raw("UPDATE {table} SET {field} = {field}"),
    "raw delete": raw("DELETE FROM {table}"),
}
WAYS_OF_ENGINE = {
    "postgresql": {
        "truncate": raw("TRUNCATE {table}"),
        "truncate cascade": raw("TRUNCATE {table} CASCADE"),
        "insert on conflict": raw(
            "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT (id) DO UPDATE SET {field} = EXCLUDED.{field}"
        ),
        "with": raw("WITH gone AS (DELETE FROM {table} RETURNING *) SELECT count(*) FROM gone"),
        "merge": raw("MERGE INTO {table} t USING {table} s ON t.id = s.id WHEN MATCHED THEN DELETE"),
    },
    "sqlite": {
        "insert or replace": raw("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
        "replace": raw("REPLACE INTO {table} SELECT * FROM {table}"),
        "insert on conflict": raw(
            "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT (id) DO UPDATE SET {field} = {field}"
        ),
        "update or replace": raw("UPDATE OR REPLACE {table} SET id = id"),
        "update or ignore": raw("UPDATE OR IGNORE {table} SET {field} = {field}"),
    },
}


def ways() -> list[str]:
    return sorted({*WAYS, *WAYS_OF_ENGINE["postgresql"], *WAYS_OF_ENGINE["sqlite"]})


@pytest.mark.every_engine
@pytest.mark.parametrize("way", ways())
def test_no_way_changes_a_written_row(row, way):
    act = (WAYS | WAYS_OF_ENGINE[connection.vendor]).get(way)
    if act is None:
        return  # the other engine's
    before = type(row).objects.filter(pk=row.pk).values().get()
    with pytest.raises((AppendOnly, Error)) as refusal, transaction.atomic():
        act(row)
    if not isinstance(refusal.value, AppendOnly):
        assert re.search(
            r"is refused: its rows are kept as they were written|referenced in a foreign key", str(refusal.value)
        )
    assert type(row).objects.filter(pk=row.pk).values().get() == before


def test_what_is_added_is_let_in(row):
    with transaction.atomic():
        history.record(by="system", act="test.done", on=row, now=NOW)
    assert Event.objects.filter(stream="site").count() == 1
