from django.db import migrations

from portal import roles


def grant(apps, schema_editor):
    roles.grant(apps, roles.ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0002_knocks_and_beyond_the_policy"),
        ("documents", "0003_papers_newest_first"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
