import django.db.models.deletion
from django.db import migrations, models


def leave_room(apps, schema_editor):
    """Each payment changes a balance: with room on its page, PostgreSQL writes it there and touches no index."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE accounts_debt SET (fillfactor = 60)")


def fill_pages(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE accounts_debt RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_lists_newest_first")]

    operations = [
        # The unique constraint (creditor, debt_ref) begins with it.
        migrations.AlterField(
            model_name="debt",
            name="creditor",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="debts",
                to="accounts.creditor",
            ),
        ),
        migrations.RunPython(leave_room, fill_pages),
    ]
