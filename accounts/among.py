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
        self.ids = sorted(id.hex for id in ids)

    def as_postgresql(self, compiler, connection, **context):
        """With the stretch in which they all lie: without it PostgreSQL reads a whole table of 100,000 rows for 2,000
        neighbours, since it takes each of them for a page read from elsewhere on the disk.
        """
        sql, params = compiler.compile(self.source_expressions[0])
        first, last = (self.ids[0], self.ids[-1]) if self.ids else (None, None)  # as text they sort as UUIDs do
        among = [*params, f"{{{','.join(self.ids)}}}", *params, first, last]
        return f"({sql} = ANY(%s::uuid[]) AND {sql} BETWEEN %s::uuid AND %s::uuid)", among

    def as_sqlite(self, compiler, connection, **context):
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(self.ids)]  # noqa: S608
