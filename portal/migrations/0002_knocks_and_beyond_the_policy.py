from django.db import migrations

from portal import roles


def grant(apps, schema_editor):
    roles.grant(apps, roles.ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0001_roles"),
        ("accounts", "0003_words_left_at_the_door"),
        ("plans", "0005_who_may_exceed_a_policy"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
