from django.db import migrations, models
from django.db.models import Q

from accounts.triggers import only_emptied

DOCUMENT = ("debtor_id", "debt_id", "outcome_id", "kind", "language", "as_of", "key", "content_hash", "code_hash")
FITS = (
    Q(kind="statement", start_on__isnull=False, end_on__isnull=False, plan=None)
    | Q(kind="agreement", start_on=None, end_on=None, plan__isnull=False)
    | Q(kind="record", plan=None)
    | Q(kind="letter", start_on=None, end_on=None, plan=None)
)


class Migration(migrations.Migration):
    dependencies = [("documents", "0007_letters")]
    operations = [
        migrations.RemoveConstraint(model_name="document", name="document_kind_fits"),
        migrations.AddConstraint(
            model_name="document", constraint=models.CheckConstraint(condition=FITS, name="document_kind_fits")
        ),
        # SQLite makes the table anew for a constraint, and its triggers go with the old one.
        only_emptied("documents_document", ("content", "code"), *DOCUMENT),
    ]
