"""Migration operations by which the database itself keeps rows from being changed.

PostgreSQL refuses UPDATE, DELETE and TRUNCATE. SQLite refuses UPDATE and DELETE; INSERT OR REPLACE deletes first, and
our connections set `recursive_triggers`, so it is refused too. On SQLite anyone who may write the file may also drop a
trigger: there it guards against mistakes, on PostgreSQL (where the site's role does not own the tables) against
tampering.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def append_only(table: str) -> migrations.RunPython:
    """No row of `table` is ever changed or deleted."""
    return _guard(table, "append_only", "OLD.id = OLD.id")


def frozen_columns(table: str, *columns: str) -> migrations.RunPython:
    """The named columns of `table` keep the value they were inserted with; rows are never deleted."""
    return _guard(table, "frozen", " OR ".join(f"NEW.{column} <> OLD.{column}" for column in columns))


def only_emptied(table: str, emptied: str | tuple[str, ...], *columns: str) -> migrations.RunPython:
    """The named columns keep their value, texts or bytes in `emptied` can only be emptied; rows are never deleted."""
    goes = (emptied,) if isinstance(emptied, str) else emptied
    changed = [f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns]
    changed += [f"(NEW.{name} <> OLD.{name} AND length(NEW.{name}) <> 0)" for name in goes]
    return _guard(table, "emptied", " OR ".join(changed))


def append_only_but(table: str, emptied: str, *columns: str) -> migrations.RunPython:
    """No row of `table` is changed or deleted, except that its text or bytes in `emptied` are once taken away."""
    changed = [f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns]
    changed.append(f"NOT (length(NEW.{emptied}) = 0 AND length(OLD.{emptied}) > 0)")
    return _guard(table, "append_only", " OR ".join(changed))


def unguarded(operation: migrations.RunPython) -> migrations.RunPython:
    """Takes away what `append_only` or another guard set up, for one that allows a little more."""
    return migrations.RunPython(operation.reverse_code or migrations.RunPython.noop, operation.code)


def frozen_when(table: str, condition: str) -> migrations.RunPython:
    """A row of `table` for which the SQL `condition` on OLD holds is never changed again; rows are never deleted."""
    return _guard(table, "frozen", condition)


def _guard(table: str, name: str, changed: str) -> migrations.RunPython:
    def forwards(apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        statements = _postgresql if schema_editor.connection.vendor == "postgresql" else _sqlite
        backwards(
            apps, schema_editor
        )  # so that it may be given again, to widen it or after SQLite has rebuilt the table
        for statement in statements(table, name, changed):
            schema_editor.execute(statement, params=None)

    def backwards(apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for event in ("update", "delete", "truncate"):
            if schema_editor.connection.vendor == "postgresql":
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}_{event} ON {table}", params=None)
            elif event != "truncate":
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}_{event}", params=None)

    return migrations.RunPython(forwards, backwards, elidable=False)


def _postgresql(table: str, name: str, changed: str) -> list[str]:
    return [
        """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION '% on % is refused: its rows are kept as they were written', TG_OP, TG_TABLE_NAME;
            END $$""",
        f"""CREATE TRIGGER {table}_{name}_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed})
            EXECUTE FUNCTION refuse_change()""",
        f"CREATE TRIGGER {table}_{name}_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"""CREATE TRIGGER {table}_{name}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT
            EXECUTE FUNCTION refuse_change()""",
    ]


def _sqlite(table: str, name: str, changed: str) -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, '{} on {} is refused: its rows are kept as they were written'); END"
    return [
        f"""CREATE TRIGGER {table}_{name}_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN {changed}
            {refuse.format("UPDATE", table)}""",
        f"CREATE TRIGGER {table}_{name}_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse.format('DELETE', table)}",
    ]
