from django.db import migrations

from accounts.triggers import append_only_but

TABLE = "accounts_ledgerentry"
KEPT = ("debt_id", "entry_ref", "kind", "amount_minor", "effective_on", "reverses_id", "act", "posted_at")


class Migration(migrations.Migration):
    """An entry's text goes when the person's data does (`portal.privacy.erasing`); what was owed and paid stays."""

    dependencies = [("accounts", "0015_contact_changes_and_privacy_requests")]
    operations = [append_only_but(TABLE, "description", "id", *KEPT)]
