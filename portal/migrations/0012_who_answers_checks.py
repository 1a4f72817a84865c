from django.db import migrations

from portal import roles


def grant(apps, schema_editor):
    roles.grant(apps, roles.ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0011_how_people_fare"),
        ("accounts", "0020_checks_of_a_part"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
