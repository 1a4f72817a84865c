from django.db import migrations

from accounts.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_the_facts")]
    operations = [append_only("accounts_ledgerentry"), append_only("accounts_event")]
