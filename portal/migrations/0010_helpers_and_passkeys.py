from django.db import migrations

from portal import roles


def grant(apps, schema_editor):
    roles.grant(apps, roles.ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0009_talking_at_the_desk"),
        ("accounts", "0018_passkeys_of_debtors"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
