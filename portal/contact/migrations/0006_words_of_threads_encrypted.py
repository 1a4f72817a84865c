from itertools import batched

from django.db import migrations

import accounts.crypto
from accounts.crypto import decrypt, encrypt

AT_ONCE = 1_000  # rows


def rewrite(apps, change) -> None:
    """Write each message's text anew, as `change` gives it. Runs while the column is still read as plain text."""
    ThreadMessage = apps.get_model("contact", "ThreadMessage")
    keys = ThreadMessage.objects.order_by("pk").values_list("pk", flat=True)
    for some in batched(list(keys), AT_ONCE):
        messages = list(ThreadMessage.objects.filter(pk__in=some).only("body"))
        for message in messages:
            message.body = change(message.body)
        ThreadMessage.objects.bulk_update(messages, ["body"])


def lock_up(apps, schema_editor) -> None:
    rewrite(apps, encrypt)


def open_up(apps, schema_editor) -> None:
    rewrite(apps, decrypt)


class Migration(migrations.Migration):
    dependencies = [("contact", "0005_reminders")]

    operations = [
        migrations.RunPython(lock_up, open_up),
        migrations.AlterField(
            model_name="threadmessage",
            name="body",
            field=accounts.crypto.EncryptedTextField(max_length=2000, verbose_name="message"),
        ),
    ]
