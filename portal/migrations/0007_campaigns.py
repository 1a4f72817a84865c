from django.db import migrations

from portal import roles


def grant(apps, schema_editor):
    roles.grant(apps, roles.ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0006_what_was_heard"),
        ("contact", "0011_what_a_campaign_counts"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
