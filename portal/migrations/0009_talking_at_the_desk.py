from django.db import migrations

from portal import roles


def grant(apps, schema_editor):
    roles.grant(apps, roles.ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0008_files_of_people"),
        ("contact", "0016_talking"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
