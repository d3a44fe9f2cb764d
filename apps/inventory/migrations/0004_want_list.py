import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import mtgintel.core.fields
import mtgintel.core.money
from mtgintel.core.constants import Condition, Currency, Finish, Language


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0003_portfolio_values"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Want",
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
                ("is_any_printing", models.BooleanField(default=False)),
                (
                    "finish",
                    mtgintel.core.fields.EnumField(
                        blank=True,
                        choices=Finish.choices,
                        enum_type="card_finish",
                        max_length=63,
                        null=True,
                    ),
                ),
                (
                    "min_condition",
                    mtgintel.core.fields.EnumField(
                        choices=Condition.choices,
                        default="NEAR_MINT",
                        enum_type="card_condition",
                        max_length=63,
                    ),
                ),
                (
                    "language",
                    mtgintel.core.fields.EnumField(
                        blank=True,
                        choices=Language.choices,
                        enum_type="card_language",
                        max_length=63,
                        null=True,
                    ),
                ),
                ("quantity", models.PositiveIntegerField(default=1)),
                (
                    "target_price",
                    mtgintel.core.money.PriceField(blank=True, null=True),
                ),
                (
                    "currency",
                    models.CharField(
                        choices=Currency.choices, default="USD", max_length=3
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "High"), (2, "Normal"), (3, "Low")], default=2
                    ),
                ),
                (
                    "notes",
                    models.TextField(blank=True, default="", max_length=2000),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="wants",
                        to="cards.card",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="wants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "want_list",
                "ordering": ["priority", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            *("owner", "card", "is_any_printing", "finish"),
                            *("min_condition", "language", "currency"),
                        ),
                        name="wants_once",
                        nulls_distinct=False,
                        violation_error_message=(
                            "This is on your list already: change it there."
                        ),
                    ),
                    models.CheckConstraint(
                        condition=Q(quantity__gte=1, quantity__lte=10_000),
                        name="wants_have_copies",
                        violation_error_message="Between 1 and 10000 copies.",
                    ),
                    models.CheckConstraint(
                        condition=Q(target_price__isnull=True) | Q(target_price__gt=0),
                        name="wants_target_is_a_price",
                        violation_error_message="A target is more than nothing.",
                    ),
                ],
            },
        ),
    ]
