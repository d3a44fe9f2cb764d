from django.db import migrations, models

import mtgintel.core.fields
import mtgintel.core.money
from mtgintel.core.timescale.operations import CreateContinuousAggregate

SERIES = {
    "card_id": "s.card_id",
    "marketplace_id": "s.marketplace_id",
    "condition": "s.condition",
    "finish": "s.finish",
    "language": "s.language",
}
CANDLE = {
    "currency": "min(s.currency)::varchar(3)",
    "open_price": "{first}",
    "high_price": "max(s.price)",
    "low_price": "min(s.price)",
    "close_price": "{last}",
    "avg_price": "sum(s.price)::double precision / count(*)",
    "price_sum": "sum(s.price)",
    "price_count": "count(*)",
    "total_quantity": "sum(s.total_quantity)",
}


class Migration(migrations.Migration):
    dependencies = [("prices", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CardPriceHourly",
            fields=[
                (
                    "condition",
                    mtgintel.core.fields.EnumField(
                        choices=[
                            ("MINT", "Mint"),
                            ("NEAR_MINT", "Near Mint"),
                            ("LIGHTLY_PLAYED", "Lightly Played"),
                            ("MODERATELY_PLAYED", "Moderately Played"),
                            ("HEAVILY_PLAYED", "Heavily Played"),
                            ("DAMAGED", "Damaged"),
                        ],
                        default="NEAR_MINT",
                        enum_type="card_condition",
                        max_length=63,
                    ),
                ),
                (
                    "finish",
                    mtgintel.core.fields.EnumField(
                        choices=[
                            ("NONFOIL", "Nonfoil"),
                            ("FOIL", "Foil"),
                            ("ETCHED", "Etched"),
                        ],
                        default="NONFOIL",
                        enum_type="card_finish",
                        max_length=63,
                    ),
                ),
                (
                    "language",
                    mtgintel.core.fields.EnumField(
                        choices=[
                            ("ENGLISH", "English"),
                            ("JAPANESE", "Japanese"),
                            ("GERMAN", "German"),
                            ("FRENCH", "French"),
                            ("ITALIAN", "Italian"),
                            ("SPANISH", "Spanish"),
                            ("PORTUGUESE", "Portuguese"),
                            ("KOREAN", "Korean"),
                            ("RUSSIAN", "Russian"),
                            ("CHINESE_SIMPLIFIED", "Chinese (simplified)"),
                            ("CHINESE_TRADITIONAL", "Chinese (traditional)"),
                            ("PHYREXIAN", "Phyrexian"),
                            ("OTHER", "Other"),
                        ],
                        default="ENGLISH",
                        enum_type="card_language",
                        max_length=63,
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
                        max_length=3,
                    ),
                ),
                ("bucket", models.DateTimeField()),
                ("open_price", mtgintel.core.money.PriceField()),
                ("high_price", mtgintel.core.money.PriceField()),
                ("low_price", mtgintel.core.money.PriceField()),
                ("close_price", mtgintel.core.money.PriceField()),
                ("avg_price", models.FloatField()),
                ("price_sum", models.BigIntegerField()),
                ("price_count", models.BigIntegerField()),
                ("total_quantity", models.BigIntegerField(null=True)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bucket",
                        "card_id",
                        "marketplace_id",
                        "condition",
                        "finish",
                        "language",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
            options={
                "db_table": "card_prices_hourly",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="CardPriceDaily",
            fields=[
                (
                    "condition",
                    mtgintel.core.fields.EnumField(
                        choices=[
                            ("MINT", "Mint"),
                            ("NEAR_MINT", "Near Mint"),
                            ("LIGHTLY_PLAYED", "Lightly Played"),
                            ("MODERATELY_PLAYED", "Moderately Played"),
                            ("HEAVILY_PLAYED", "Heavily Played"),
                            ("DAMAGED", "Damaged"),
                        ],
                        default="NEAR_MINT",
                        enum_type="card_condition",
                        max_length=63,
                    ),
                ),
                (
                    "finish",
                    mtgintel.core.fields.EnumField(
                        choices=[
                            ("NONFOIL", "Nonfoil"),
                            ("FOIL", "Foil"),
                            ("ETCHED", "Etched"),
                        ],
                        default="NONFOIL",
                        enum_type="card_finish",
                        max_length=63,
                    ),
                ),
                (
                    "language",
                    mtgintel.core.fields.EnumField(
                        choices=[
                            ("ENGLISH", "English"),
                            ("JAPANESE", "Japanese"),
                            ("GERMAN", "German"),
                            ("FRENCH", "French"),
                            ("ITALIAN", "Italian"),
                            ("SPANISH", "Spanish"),
                            ("PORTUGUESE", "Portuguese"),
                            ("KOREAN", "Korean"),
                            ("RUSSIAN", "Russian"),
                            ("CHINESE_SIMPLIFIED", "Chinese (simplified)"),
                            ("CHINESE_TRADITIONAL", "Chinese (traditional)"),
                            ("PHYREXIAN", "Phyrexian"),
                            ("OTHER", "Other"),
                        ],
                        default="ENGLISH",
                        enum_type="card_language",
                        max_length=63,
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
                        max_length=3,
                    ),
                ),
                ("bucket", models.DateTimeField()),
                ("open_price", mtgintel.core.money.PriceField()),
                ("high_price", mtgintel.core.money.PriceField()),
                ("low_price", mtgintel.core.money.PriceField()),
                ("close_price", mtgintel.core.money.PriceField()),
                ("avg_price", models.FloatField()),
                ("price_sum", models.BigIntegerField()),
                ("price_count", models.BigIntegerField()),
                ("total_quantity", models.BigIntegerField(null=True)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bucket",
                        "card_id",
                        "marketplace_id",
                        "condition",
                        "finish",
                        "language",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
            options={
                "db_table": "card_prices_daily",
                "managed": False,
            },
        ),
        # Feeds are daily or hourly: an hourly candle is worth keeping for the charts
        # of a month, the daily one for ever.
        CreateContinuousAggregate(
            "card_prices_hourly",
            width="1 hour",
            source="price_snapshots s",
            key=SERIES,
            is_per_series=True,
            select=CANDLE,
            compress_after="14 days",
            drop_after="35 days",
        ),
        CreateContinuousAggregate(
            "card_prices_daily",
            width="1 day",
            source="price_snapshots s",
            key=SERIES,
            is_per_series=True,
            select=CANDLE,
            chunk_interval="28 days",
            refresh_from="7 days",
            compress_after="35 days",
        ),
    ]
