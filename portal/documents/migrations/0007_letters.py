from django.db import migrations, models
from django.db.models import Q

from accounts.triggers import only_emptied

DOCUMENT = ("debtor_id", "debt_id", "outcome_id", "kind", "language", "as_of", "key", "content_hash", "code_hash")

FITS = (
    Q(kind="statement", start_on__isnull=False, end_on__isnull=False, plan=None)
    | Q(kind="agreement", start_on=None, end_on=None, plan__isnull=False)
    | Q(kind__in=["record", "letter"], start_on=None, end_on=None, plan=None)
)


class Migration(migrations.Migration):
    dependencies = [("documents", "0006_papers_may_be_emptied"), ("accounts", "0020_checks_of_a_part")]
    operations = [
        migrations.AddField(
            model_name="document",
            name="outcome",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="documents",
                to="accounts.outcome",
            ),
        ),
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(
                choices=[
                    ("statement", "Statement"),
                    ("agreement", "Plan agreement"),
                    ("record", "Record of contact"),
                    ("letter", "Answer"),
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
        only_emptied("documents_document", ("content", "code"), *DOCUMENT),
    ]
