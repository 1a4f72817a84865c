from django.db import migrations

import accounts.crypto
from accounts.crypto import decrypt, encrypt, seal, unseal
from accounts.triggers import append_only_but, only_emptied, unguarded

AT_ONCE = 100  # rows; a paper with its file has some fifty kilobytes
DOCUMENTS = only_emptied(
    "documents_document",
    ("content", "code"),
    *("debtor_id", "debt_id", "outcome_id", "kind", "language", "as_of", "key", "content_hash", "code_hash"),
)
FILES = append_only_but("documents_issuedfile", "pdf", "id", "document_id", "size", "sha256", "issued_at")


def rewrite(apps, of_text, of_bytes) -> None:
    """Write each paper anew, some at a time. Runs while the columns are still read as they stand."""
    for model, name, change in (("Document", "content", of_text), ("IssuedFile", "pdf", of_bytes)):
        rows = apps.get_model("documents", model)._base_manager.order_by("pk")
        some = list(rows.values_list("pk", name)[:AT_ONCE])
        while some:
            for pk, kept in some:
                if kept:  # what was emptied stays empty
                    rows.filter(pk=pk).update(**{name: change(kept)})
            some = list(rows.filter(pk__gt=some[-1][0]).values_list("pk", name)[:AT_ONCE])


def lock_up(apps, schema_editor) -> None:
    rewrite(apps, encrypt, lambda file: seal(bytes(file)))


def open_up(apps, schema_editor) -> None:
    rewrite(apps, decrypt, lambda file: unseal(bytes(file)))


class Migration(migrations.Migration):
    """Papers say what people owe and what they wrote: encrypted at rest, like every other word of theirs."""

    dependencies = [("documents", "0008_records_of_a_period")]
    operations = [
        unguarded(DOCUMENTS),
        unguarded(FILES),
        migrations.RunPython(lock_up, open_up),
        migrations.AlterField(
            model_name="document",
            name="content",
            field=accounts.crypto.EncryptedTextField(verbose_name="content"),
        ),
        migrations.AlterField(
            model_name="issuedfile",
            name="pdf",
            field=accounts.crypto.EncryptedBinaryField(verbose_name="file"),
        ),
        DOCUMENTS,
        FILES,
    ]
