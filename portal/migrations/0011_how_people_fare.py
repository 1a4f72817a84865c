from django.db import migrations

from portal import roles


def grant(apps, schema_editor):
    roles.grant(apps, roles.ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0010_helpers_and_passkeys"),
        ("contact", "0018_days_of_kindness"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
