from django.db import migrations

from portal import roles


def grant(apps, schema_editor):
    roles.grant(apps, roles.ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0004_reminders_at_the_desk"),
        ("contact", "0008_wordings_kept"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
