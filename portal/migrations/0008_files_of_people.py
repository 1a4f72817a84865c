from django.db import migrations

from portal import roles


def grant(apps, schema_editor):
    roles.grant(apps, roles.ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0007_campaigns"),
        ("contact", "0015_files_of_people"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
