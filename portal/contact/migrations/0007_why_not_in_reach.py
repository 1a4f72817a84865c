from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contact", "0006_words_of_threads_encrypted")]
    operations = [
        migrations.AddField(
            model_name="reach", name="why_not", field=models.JSONField(default=dict, verbose_name="why not")
        ),
    ]
