"""Doubted prices with all they need to become prices after all; overrides by hand."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import mtgintel.core.fields
import mtgintel.core.money
from mtgintel.core.constants import Condition, Currency, Finish, Language

DOUBTED = {
    "condition": mtgintel.core.fields.EnumField(
        blank=True,
        choices=Condition.choices,
        enum_type="card_condition",
        max_length=63,
        null=True,
    ),
    "finish": mtgintel.core.fields.EnumField(
        blank=True,
        choices=Finish.choices,
        enum_type="card_finish",
        max_length=63,
        null=True,
    ),
    "language": mtgintel.core.fields.EnumField(
        blank=True,
        choices=Language.choices,
        enum_type="card_language",
        max_length=63,
        null=True,
    ),
    "currency": models.CharField(blank=True, choices=Currency.choices, max_length=3),
    "time": models.DateTimeField(blank=True, null=True),
    "price": mtgintel.core.money.PriceField(blank=True, null=True),
    "price_low": mtgintel.core.money.PriceField(blank=True, null=True),
    "price_mid": mtgintel.core.money.PriceField(blank=True, null=True),
    "price_high": mtgintel.core.money.PriceField(blank=True, null=True),
    "price_market": mtgintel.core.money.PriceField(blank=True, null=True),
    "num_listings": models.IntegerField(blank=True, null=True),
    "total_quantity": models.IntegerField(blank=True, null=True),
    "evidence": models.JSONField(blank=True, default=dict),
    "override": models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="kept_out",
        to="prices.priceoverride",
    ),
    "decided_at": models.DateTimeField(blank=True, null=True),
    "decided_by": models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    ),
    "decision": models.CharField(blank=True, max_length=200),
}


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("prices", "0004_vendor_marketplaces"),
    ]

    operations = [
        migrations.CreateModel(
            name="PriceOverride",
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
                (
                    "condition",
                    mtgintel.core.fields.EnumField(
                        choices=Condition.choices,
                        default="NEAR_MINT",
                        enum_type="card_condition",
                        max_length=63,
                    ),
                ),
                (
                    "finish",
                    mtgintel.core.fields.EnumField(
                        choices=Finish.choices,
                        default="NONFOIL",
                        enum_type="card_finish",
                        max_length=63,
                    ),
                ),
                (
                    "language",
                    mtgintel.core.fields.EnumField(
                        choices=Language.choices,
                        default="ENGLISH",
                        enum_type="card_language",
                        max_length=63,
                    ),
                ),
                (
                    "currency",
                    models.CharField(choices=Currency.choices, max_length=3),
                ),
                ("price", mtgintel.core.money.PriceField(blank=True, null=True)),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(max_length=300)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now),
                ),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("revoke_reason", models.CharField(blank=True, max_length=300)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="cards.card",
                    ),
                ),
                (
                    "marketplace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="prices.marketplace",
                    ),
                ),
            ],
            options={"db_table": "price_overrides", "ordering": ["-id"]},
        ),
        *(
            migrations.AddField("QuarantinedPrice", name, column)
            for name, column in DOUBTED.items()
        ),
        migrations.AddConstraint(
            "QuarantinedPrice",
            models.UniqueConstraint(
                condition=models.Q(time__isnull=False),
                fields=[
                    "card",
                    "marketplace",
                    "condition",
                    "finish",
                    "language",
                    "time",
                    "price",
                ],
                name="doubted_price_once",
            ),
        ),
        migrations.AddIndex(
            "QuarantinedPrice",
            models.Index(
                condition=models.Q(time__isnull=False),
                fields=["time"],
                name="doubted_prices_in_time",
            ),
        ),
    ]
