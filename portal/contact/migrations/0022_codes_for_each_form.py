from django.db import migrations

from accounts.triggers import frozen_columns, unguarded

WORDS = ("name", "number", "texts", "made_by_id", "made_at")


def rewrite(apps, change) -> None:
    rows = apps.get_model("contact", "WordingVersion").objects.exclude(gateway_templates={})
    for version in rows.only("gateway_templates"):
        version.gateway_templates = {
            gateway: {language: change(one) for language, one in by_language.items()}
            for gateway, by_language in version.gateway_templates.items()
        }
        version.save(update_fields=["gateway_templates"])


def to_forms(apps, schema_editor) -> None:
    rewrite(apps, lambda one: {one["form"]: {name: one[name] for name in ("code", "fields", "approved")}})


def to_one(apps, schema_editor) -> None:
    rewrite(apps, lambda by_form: next(one | {"form": form} for form, one in by_form.items()))


class Migration(migrations.Migration):
    """A gateway's template stands for one form of the words, so each form has its code. A row keeps its codes for ever,
    like its words: other codes are another version, which a second person approves.
    """

    dependencies = [("contact", "0021_files_of_emails_not_taken")]
    operations = [
        unguarded(frozen_columns("contact_wordingversion", *WORDS)),
        migrations.RunPython(to_forms, to_one),
        frozen_columns("contact_wordingversion", *WORDS, "gateway_templates"),
    ]
