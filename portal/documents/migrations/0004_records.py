from django.db import migrations, models
from django.db.models import Q

from accounts.triggers import frozen_columns

FITS = (
    Q(kind="statement", start_on__isnull=False, end_on__isnull=False, plan=None)
    | Q(kind="agreement", start_on=None, end_on=None, plan__isnull=False)
    | Q(kind="record", start_on=None, end_on=None, plan=None)
)


class Migration(migrations.Migration):
    dependencies = [("documents", "0003_papers_newest_first")]
    operations = [
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(
                choices=[
                    ("statement", "Statement"),
                    ("agreement", "Plan agreement"),
                    ("record", "Record of contact"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.RemoveConstraint(model_name="document", name="document_kind_fits"),
        migrations.AddConstraint(
            model_name="document", constraint=models.CheckConstraint(condition=FITS, name="document_kind_fits")
        ),
        # SQLite makes the table anew for a constraint, and its triggers go with the old one.
        frozen_columns(
            "documents_document",
            *(
                "debtor_id",
                "debt_id",
                "kind",
                "language",
                "as_of",
                "key",
                "content",
                "content_hash",
                "code",
                "code_hash",
            ),
        ),
    ]
