from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contact', '0010_learned_timing'),
    ]

    operations = [
        migrations.AddField(
            model_name='campaign',
            name='counted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='counted at'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='report',
            field=models.JSONField(blank=True, default=dict, verbose_name='what was counted'),
        ),
        migrations.AddField(
            model_name='recipient',
            name='channel',
            field=models.CharField(blank=True, max_length=8, verbose_name='channel'),
        ),
        migrations.AddField(
            model_name='recipient',
            name='language',
            field=models.CharField(blank=True, max_length=10, verbose_name='language'),
        ),
        migrations.AddField(
            model_name='recipient',
            name='shape',
            field=models.CharField(blank=True, max_length=10, verbose_name='way in'),
        ),
        migrations.AlterField(
            model_name='recipient',
            name='again_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='planned for'),
        ),
    ]
