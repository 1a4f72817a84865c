from django.db import migrations

from accounts.triggers import append_only, frozen_columns


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_papers")]
    operations = [
        append_only("documents_issuedfile"),
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
