from django.db import migrations

from accounts.triggers import append_only, frozen_columns


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_the_promises")]
    operations = [
        append_only("plans_instalment"),
        frozen_columns("plans_plan", "terms", "terms_hash", "debt_id", "balance_minor", "total_minor", "discount_minor", "agreed_at"),
        frozen_columns("plans_offer", "terms", "terms_hash", "debt_id", "policy_id", "balance_minor"),
    ]
