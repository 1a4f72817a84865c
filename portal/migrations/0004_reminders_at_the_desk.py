from django.db import migrations

from portal import roles


def grant(apps, schema_editor):
    roles.grant(apps, roles.ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0003_papers_are_listed"),
        ("contact", "0005_reminders"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
