from django.db import migrations, models
from django.db.models import Q

from accounts.triggers import frozen_columns


class Migration(migrations.Migration):
    dependencies = [("contact", "0007_why_not_in_reach")]
    operations = [
        migrations.AddConstraint(
            model_name="wordingversion",
            constraint=models.CheckConstraint(
                condition=Q(("state", "approved"), _negated=True)
                | Q(("approved_at__isnull", False), ("approved_by__isnull", False)),
                name="wording_approved_by_someone",
            ),
        ),
        frozen_columns("contact_wordingversion", "name", "number", "texts", "made_by_id", "made_at"),
    ]
