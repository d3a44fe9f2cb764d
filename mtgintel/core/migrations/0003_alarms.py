import django.utils.timezone
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("core", "0002_put_off_derivations")]

    operations = [
        migrations.AddField(
            model_name="putoff",
            name="noted_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("subject", models.CharField(blank=True, max_length=80)),
                ("message", models.CharField(max_length=300)),
                ("is_public", models.BooleanField()),
                ("raised_at", models.DateTimeField()),
                ("over_at", models.DateTimeField(blank=True, null=True)),
                ("is_told", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "alarms",
                "ordering": ["-raised_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["kind", "subject"],
                        condition=Q(over_at__isnull=True),
                        name="one_standing_alarm",
                    )
                ],
            },
        ),
    ]
