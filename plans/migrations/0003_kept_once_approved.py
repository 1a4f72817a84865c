from django.db import migrations

from accounts.triggers import frozen_when


class Migration(migrations.Migration):
    dependencies = [("plans", "0002_frozen_terms")]
    operations = [frozen_when("plans_policyversion", "OLD.approved_at IS NOT NULL")]
