from django.db import migrations

from accounts.triggers import append_only_but, frozen_columns, only_emptied, unguarded

DOCUMENT = ("debtor_id", "debt_id", "kind", "language", "as_of", "key", "content_hash", "code_hash")
FILE = ("document_id", "size", "sha256", "issued_at")


class Migration(migrations.Migration):
    """What a paper says goes when the person's data does (`portal.privacy.erasing`); that it was issued stays."""

    dependencies = [("documents", "0005_copies")]
    operations = [
        unguarded(frozen_columns("documents_document", *DOCUMENT, "content", "code")),
        only_emptied("documents_document", ("content", "code"), *DOCUMENT),
        append_only_but("documents_issuedfile", "pdf", "id", *FILE),
    ]
