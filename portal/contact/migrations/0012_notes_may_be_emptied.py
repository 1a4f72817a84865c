from django.db import migrations

from accounts.triggers import append_only, only_emptied

TABLE = "contact_loggedcontact"
KEPT = ("key", "debtor_id", "creditor_id", "channel", "inbound", "outcome", "at", "by_id", "written_at")


class Migration(migrations.Migration):
    """A note goes when its time is over (`portal.contact.retention`); that there was a contact stays."""

    dependencies = [("contact", "0011_what_a_campaign_counts")]
    operations = [
        migrations.RunPython(append_only(TABLE).reverse_code, append_only(TABLE).code),
        only_emptied(TABLE, "note", *KEPT),
    ]
