"""A queryset whose SQL is built once. Building it takes Django several times longer than running it, so the pages that
are opened most keep theirs; what comes back are the same model instances, or the same tuples for `values_list`.

    DEBTS = Prepared(lambda debtor: Debt.objects.filter(debtor=debtor), debtor=UUIDField())
    DEBTS(debtor=person.pk)

The queryset is written as any other, with a Slot wherever a value comes in. A value that decides the shape of the SQL
(a list for `in`, None for "is null") cannot be a slot.

PostgreSQL too takes longer to plan such a statement than to run it. So its values are sent beside it, and psycopg lets
the server keep the plan of what has run a few times on a connection (`prepare_threshold` in the settings).
"""

from collections.abc import Callable
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import FETCH_ONE, Expression, Field, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery


class Slot(Expression):
    """The place of a value in a prepared queryset; `field` knows how the database writes such a value."""

    def __init__(self, name: str, field: Field):
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler, connection):
        return "%s", [self]

    def value(self, given: dict[str, Any], connection) -> Any:
        return self.output_field.get_db_prep_value(given[self.name], connection)


class Prepared:
    """Call it with the slots' values for the list of rows."""

    def __init__(self, build: Callable[..., QuerySet], **slots: Field):
        self._build = build
        self._slots = slots
        self._compiled: dict[str, _Compiled] = {}

    def __call__(self, **values: Any) -> list:
        connection = connections[DEFAULT_DB_ALIAS]
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            compiled = self._compiled[connection.vendor] = _Compiled(self.queryset(), connection)
        return compiled.run(values, connection)

    def queryset(self) -> QuerySet:
        """The queryset as it is written, its slots still open."""
        return self._build(**{name: Slot(name, field) for name, field in self._slots.items()})


class PreparedUpdate:
    """The same for an update: `build` gives the queryset and what changes. Called, it says how many rows changed.

    A change is written as the field's own value is, so its slot has the model's field.
    """

    def __init__(self, build: Callable[..., tuple[QuerySet, dict[str, Any]]], **slots: Field):
        self._build = build
        self._slots = slots
        self._compiled: dict[str, tuple[str, tuple]] = {}

    def __call__(self, **values: Any) -> int:
        connection = connections[DEFAULT_DB_ALIAS]
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            compiled = self._compiled[connection.vendor] = self._compile(connection)
        with connection.cursor() as cursor:
            _execute(cursor, *compiled, values, connection)
            return cursor.rowcount

    def _compile(self, connection) -> tuple[str, tuple]:
        rows, changes = self._build(**{name: Slot(name, field) for name, field in self._slots.items()})
        query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
        query.add_update_values(changes)
        return query.get_compiler(connection=connection).as_sql()


def _execute(cursor, sql: str, params, values: dict[str, Any], connection) -> None:
    if connection.vendor == "postgresql":  # Django's own cursor writes values into the statement
        cursor.cursor = connection.Database.Cursor(connection.connection)
    cursor.execute(sql, [part.value(values, connection) if isinstance(part, Slot) else part for part in params])


class _Compiled:
    """The SQL of one queryset for one kind of database, and how its rows become objects (as Django's ModelIterable)."""

    def __init__(self, queryset: QuerySet, connection):
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, self.params = compiler.as_sql()
        self.columns = [column for column, _sql, _alias in compiler.select]
        self.convert = compiler.apply_converters
        self.converters = compiler.get_converters(self.columns)
        self.model: Any = None
        if not queryset.query.has_select_fields:  # whole rows, not `values_list`
            fields = compiler.klass_info["select_fields"]
            self.model = compiler.klass_info["model"]
            self.start, self.end = fields[0], fields[-1] + 1
            self.names = [column.target.attname for column in self.columns[self.start : self.end]]
            self.related = get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS, FETCH_ONE)
            self.annotations = compiler.annotation_col_map

    def run(self, values: dict[str, Any], connection) -> list:
        with connection.cursor() as cursor:
            _execute(cursor, self.sql, self.params, values, connection)
            rows = cursor.fetchall()
        if self.converters:
            rows = self.convert(rows, self.converters)
        return [tuple(row) if self.model is None else self._object(row) for row in rows]

    def _object(self, row):
        found = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.start : self.end])
        for related in self.related:
            related.populate(row, found)
        for name, place in self.annotations.items():
            setattr(found, name, row[place])
        return found
