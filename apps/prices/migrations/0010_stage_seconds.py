from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("prices", "0009_sealed_prices")]

    operations = [
        migrations.AddField(
            "ingestrun", "stage_seconds", models.JSONField(blank=True, default=dict)
        ),
    ]
