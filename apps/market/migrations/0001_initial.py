from django.db import migrations, models

import mtgintel.core.fields
import mtgintel.core.money
from mtgintel.core.timescale.operations import CreateContinuousAggregate

# Like with like: one grade, one language, and never what a shop pays among what it
# asks.
SOURCE = "price_snapshots s JOIN marketplaces m ON m.id = s.marketplace_id"
WHERE = "m.side <> 'BUYLIST' AND s.condition = 'NEAR_MINT' AND s.language = 'ENGLISH'"
KEY = {"currency": "s.currency", "finish": "s.finish"}
FIGURES = {
    "avg_price": "sum(s.price)::double precision / count(*)",
    "min_price": "min(s.price)",
    "max_price": "max(s.price)",
    "price_sum": "sum(s.price)",
    "price_count": "count(*)",
    "total_volume": "sum(s.total_quantity)",
    "unique_cards": "count(DISTINCT s.card_id)",
    "total_snapshots": "count(*)",
}


def market_index(name, width, **policy):
    return CreateContinuousAggregate(
        name,
        width=width,
        source=SOURCE,
        where=WHERE,
        key=KEY,
        select=FIGURES,
        **policy,
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [("prices", "0003_marketplaces")]

    operations = [
        migrations.CreateModel(
            name="MarketIndex30Min",
            fields=[
                ("bucket", models.DateTimeField()),
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
                (
                    "finish",
                    mtgintel.core.fields.EnumField(
                        choices=[
                            ("NONFOIL", "Nonfoil"),
                            ("FOIL", "Foil"),
                            ("ETCHED", "Etched"),
                        ],
                        enum_type="card_finish",
                        max_length=63,
                    ),
                ),
                ("avg_price", models.FloatField()),
                ("min_price", mtgintel.core.money.PriceField()),
                ("max_price", mtgintel.core.money.PriceField()),
                ("price_sum", models.BigIntegerField()),
                ("price_count", models.BigIntegerField()),
                ("total_volume", models.BigIntegerField(null=True)),
                ("unique_cards", models.BigIntegerField()),
                ("total_snapshots", models.BigIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bucket",
                        "currency",
                        "finish",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
            options={
                "db_table": "market_index_30min",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="MarketIndexDaily",
            fields=[
                ("bucket", models.DateTimeField()),
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
                (
                    "finish",
                    mtgintel.core.fields.EnumField(
                        choices=[
                            ("NONFOIL", "Nonfoil"),
                            ("FOIL", "Foil"),
                            ("ETCHED", "Etched"),
                        ],
                        enum_type="card_finish",
                        max_length=63,
                    ),
                ),
                ("avg_price", models.FloatField()),
                ("min_price", mtgintel.core.money.PriceField()),
                ("max_price", mtgintel.core.money.PriceField()),
                ("price_sum", models.BigIntegerField()),
                ("price_count", models.BigIntegerField()),
                ("total_volume", models.BigIntegerField(null=True)),
                ("unique_cards", models.BigIntegerField()),
                ("total_snapshots", models.BigIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bucket",
                        "currency",
                        "finish",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
            options={
                "db_table": "market_index_daily",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="MarketIndexHourly",
            fields=[
                ("bucket", models.DateTimeField()),
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
                (
                    "finish",
                    mtgintel.core.fields.EnumField(
                        choices=[
                            ("NONFOIL", "Nonfoil"),
                            ("FOIL", "Foil"),
                            ("ETCHED", "Etched"),
                        ],
                        enum_type="card_finish",
                        max_length=63,
                    ),
                ),
                ("avg_price", models.FloatField()),
                ("min_price", mtgintel.core.money.PriceField()),
                ("max_price", mtgintel.core.money.PriceField()),
                ("price_sum", models.BigIntegerField()),
                ("price_count", models.BigIntegerField()),
                ("total_volume", models.BigIntegerField(null=True)),
                ("unique_cards", models.BigIntegerField()),
                ("total_snapshots", models.BigIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bucket",
                        "currency",
                        "finish",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
            options={
                "db_table": "market_index_hourly",
                "managed": False,
            },
        ),
        market_index(
            "market_index_30min",
            "30 minutes",
            refresh_every="30 minutes",
            chunk_interval="7 days",
            compress_after="14 days",
            drop_after="35 days",
        ),
        market_index(
            "market_index_hourly",
            "1 hour",
            chunk_interval="28 days",
            compress_after="35 days",
            drop_after="400 days",
        ),
        market_index(
            "market_index_daily",
            "1 day",
            refresh_every="6 hours",
            refresh_from="7 days",
            chunk_interval="364 days",
            compress_after="35 days",
        ),
    ]
