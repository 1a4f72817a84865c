"""Rows whose id is among many: the ids as one value. As a list of values Django and psycopg handle each several times,
which takes longer than the database takes to find its row.
"""

import json
import uuid
from collections.abc import Iterable

from django.db.models import BooleanField, F, Func


class Among(Func):
    """For `filter`: that the UUID in this field, or the one it leads to, is one of `ids`. None of them: no row."""

    def __init__(self, field: str, ids: Iterable[uuid.UUID]) -> None:
        super().__init__(F(field), output_field=BooleanField())
        self.ids = [id.hex for id in ids]

    def as_postgresql(self, compiler, connection, **context):
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} = ANY(%s::uuid[])", [*params, f"{{{','.join(self.ids)}}}"]

    def as_sqlite(self, compiler, connection, **context):
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(self.ids)]  # noqa: S608
