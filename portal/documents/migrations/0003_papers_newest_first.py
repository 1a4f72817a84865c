from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_kept_as_issued")]
    operations = [
        migrations.AddIndex(
            model_name="document", index=models.Index(fields=["-requested_at", "-id"], name="document_newest")
        ),
    ]
