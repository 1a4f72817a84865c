"""Several questions to the database as one: the rows of different models in a single statement.

Each question becomes a part of one UNION ALL that gives every row as a JSON array; models are made of them again here.
What a page about one person asks for is many small sets of rows, and each round trip costs more than the rows do.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, QuerySet

_ARRAY = {"postgresql": "jsonb_build_array", "sqlite": "json_array"}


def fetch(questions: Mapping[str, QuerySet]) -> dict[str, list[Any]]:
    """The rows of each question by its name, in no certain order. One query; only whole rows of one model each, with
    `only` or `defer` at will, but without joins.
    """
    parts, given, makers = [], [], []
    for number, rows in enumerate(questions.values()):
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        fields = [column[0].target for column in compiler.select]
        names = ", ".join(f"q.{connection.ops.quote_name(field.column)}" for field in fields)
        parts.append(f"SELECT {number} AS n, {_ARRAY[connection.vendor]}({names}) AS r FROM ({sql}) q")  # noqa: S608
        given += params
        makers.append((rows.model, fields, compiler))
    found: dict[str, list[Any]] = {name: [] for name in questions}
    names_of = list(questions)
    if not parts:
        return found
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), given)
        for number, row in cursor.fetchall():
            model, fields, compiler = makers[number]
            values = _values(json.loads(row), fields, compiler)
            found[names_of[number]].append(model.from_db(connection.alias, [one.attname for one in fields], values))
    return found


def _values(raw: list[Any], fields: list[Field], compiler: Any) -> list[Any]:
    """What the columns held, as a model takes it."""
    if connection.vendor == "sqlite":  # JSON holds what the column holds: Django's own converters read it
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return list(next(iter(compiler.apply_converters([raw], converters)))) if converters else raw
    return [_read(value, field) for value, field in zip(raw, fields, strict=True)]


def _read(value: Any, field: Any) -> Any:
    if value is None or isinstance(field, JSONField):
        return value
    while field.is_relation:
        field = field.target_field
    value = field.to_python(value)
    return field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
