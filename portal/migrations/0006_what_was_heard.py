from django.db import migrations

from portal import roles


def grant(apps, schema_editor):
    roles.grant(apps, roles.ROLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0005_words_of_messages"),
        ("contact", "0009_sender_of_what_was_heard"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
