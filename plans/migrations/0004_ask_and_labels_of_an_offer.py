from django.conf import settings
from django.db import migrations, models

from accounts.triggers import frozen_columns


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_append_only"),
        ("plans", "0003_kept_once_approved"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="offer",
            name="ask",
            field=models.JSONField(default=dict, verbose_name="ask"),
        ),
        migrations.AddField(
            model_name="offer",
            name="labels",
            field=models.JSONField(blank=True, default=list, verbose_name="labels"),
        ),
        migrations.AlterField(
            model_name="offer",
            name="terms",
            field=models.TextField(blank=True, verbose_name="terms"),
        ),
        migrations.AlterField(
            model_name="offer",
            name="terms_hash",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("proposer", "debtor"), models.Q(("terms", ""), _negated=True), _connector="OR"),
                name="offer_that_can_be_signed_has_terms",
            ),
        ),
        # SQLite rebuilds the table for the changes above, and a rebuilt table has lost its triggers.
        frozen_columns("plans_offer", "terms", "terms_hash", "ask", "debt_id", "policy_id", "balance_minor"),
    ]
