from decimal import Decimal

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


def multiplier(label, default):
    return models.DecimalField(
        decimal_places=3,
        default=Decimal(default),
        max_digits=4,
        validators=[MinValueValidator(0), MaxValueValidator(2)],
        verbose_name=label,
    )


def threshold(label):
    return models.DecimalField(
        decimal_places=2,
        default=Decimal(0),
        max_digits=3,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        verbose_name=label,
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="UserPreferences",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="preferences",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        choices=[
                            ("USD", "US dollar"),
                            ("EUR", "Euro"),
                            ("TIX", "MTGO event ticket"),
                        ],
                        default="USD",
                        max_length=3,
                    ),
                ),
                (
                    "theme",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("system", "Colours of the system"),
                            ("light", "Light"),
                            ("dark", "Dark"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "marketplaces",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SlugField(db_index=False, max_length=40),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "cost_basis",
                    models.CharField(
                        choices=[
                            ("FIFO", "First in, first out"),
                            ("AVERAGE", "Average cost"),
                            ("SPECIFIC", "The lot I name"),
                        ],
                        default="FIFO",
                        max_length=8,
                    ),
                ),
                ("mint_multiplier", multiplier("Mint", "1.00")),
                ("near_mint_multiplier", multiplier("Near Mint", "1.00")),
                ("lightly_played_multiplier", multiplier("Lightly Played", "0.87")),
                (
                    "moderately_played_multiplier",
                    multiplier("Moderately Played", "0.72"),
                ),
                ("heavily_played_multiplier", multiplier("Heavily Played", "0.55")),
                ("damaged_multiplier", multiplier("Damaged", "0.35")),
                ("fees", models.JSONField(blank=True, default=dict)),
                ("signal_min_strength", threshold("Strength of a signal, at least")),
                (
                    "signal_min_confidence",
                    threshold("Confidence in a signal, at least"),
                ),
                ("hide_amounts", models.BooleanField(default=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "preferences",
                "verbose_name_plural": "preferences",
                "db_table": "user_preferences",
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                (
                    "digest",
                    models.CharField(editable=False, max_length=64, unique=True),
                ),
                ("hint", models.CharField(editable=False, max_length=12)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("last_used_at", models.DateTimeField(editable=False, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "API token",
                "db_table": "api_tokens",
                "ordering": ["-created_at", "-id"],
            },
        ),
    ]
