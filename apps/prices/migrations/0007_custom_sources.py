import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import apps.prices.models.sources
from mtgintel.core.constants import Condition, Finish, Language


class Migration(migrations.Migration):
    dependencies = [("prices", "0006_series_breaks")]

    operations = [
        migrations.CreateModel(
            name="CustomSource",
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
                ("slug", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=40)),
                (
                    "marketplace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="custom_source",
                        to="prices.marketplace",
                    ),
                ),
                ("is_active", models.BooleanField(default=False)),
                ("url", models.URLField(blank=True, max_length=500)),
                (
                    "upload",
                    models.FileField(
                        blank=True,
                        storage=apps.prices.models.sources.upload_storage,
                        upload_to="",
                    ),
                ),
                (
                    "every_hours",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(744),
                        ],
                    ),
                ),
                (
                    "file_format",
                    models.CharField(
                        choices=[("CSV", "CSV (or TSV)"), ("JSON", "JSON")],
                        default="CSV",
                        max_length=4,
                    ),
                ),
                ("records_path", models.CharField(blank=True, max_length=200)),
                (
                    "delimiter",
                    models.CharField(
                        blank=True,
                        choices=[
                            (",", "comma"),
                            (";", "semicolon"),
                            ("\t", "tab"),
                            ("|", "vertical bar"),
                        ],
                        max_length=1,
                    ),
                ),
                (
                    "encoding",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("utf-8", "UTF-8"),
                            ("utf-16", "UTF-16"),
                            ("cp1252", "Windows-1252"),
                            ("iso8859-15", "ISO 8859-15"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "decimal_mark",
                    models.CharField(
                        choices=[(".", "1.50"), (",", "1,50")],
                        default=".",
                        max_length=1,
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("WHOLE", "the currency (1.50)"),
                            ("CENTS", "hundredths of it (150)"),
                        ],
                        default="WHOLE",
                        max_length=5,
                    ),
                ),
                ("columns", models.JSONField(default=dict)),
                (
                    "finish",
                    models.CharField(blank=True, choices=Finish.choices, max_length=20),
                ),
                (
                    "condition",
                    models.CharField(
                        blank=True,
                        choices=Condition.choices,
                        default="NEAR_MINT",
                        max_length=20,
                    ),
                ),
                (
                    "condition_scale",
                    models.CharField(default="default", max_length=20),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True, choices=Language.choices, max_length=20
                    ),
                ),
                ("zero_is_absent", models.BooleanField(default=False)),
                ("tried_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.TextField(blank=True)),
            ],
            options={"db_table": "custom_sources", "ordering": ["slug"]},
        )
    ]
