import django.db.models.deletion
from django.db import migrations, models

import mtgintel.core.money

CURRENCIES = [("USD", "US dollar"), ("EUR", "Euro"), ("TIX", "MTGO event ticket")]
FINISHES = [("NONFOIL", "Nonfoil"), ("FOIL", "Foil"), ("ETCHED", "Etched")]


def composite_key(*fields):
    return models.CompositePrimaryKey(
        *fields, blank=True, editable=False, primary_key=True, serialize=False
    )


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0006_set_values"),
        ("prices", "0003_marketplaces"),
    ]

    operations = [
        migrations.CreateModel(
            name="MarketBreadth",
            fields=[
                ("pk", composite_key("currency", "slug", "finish", "day")),
                ("currency", models.CharField(choices=CURRENCIES, max_length=3)),
                ("slug", models.CharField(max_length=24)),
                (
                    "finish",
                    models.CharField(blank=True, choices=FINISHES, max_length=7),
                ),
                ("day", models.DateField()),
                ("variants", models.IntegerField()),
                *(
                    (f"{name}_{window}", models.IntegerField())
                    for window in ("1d", "7d", "30d")
                    for name in ("advancers", "decliners", "unchanged")
                ),
                ("with_mean", models.IntegerField()),
                ("above_mean", models.IntegerField()),
                ("with_volatility", models.IntegerField()),
                ("median_volatility", models.FloatField(null=True)),
                ("version", models.SmallIntegerField()),
            ],
            options={"db_table": "market_breadth"},
        ),
        migrations.CreateModel(
            name="DailyCloses",
            fields=[
                ("pk", composite_key("day", "marketplace_id")),
                ("day", models.DateField()),
                ("packed", models.BinaryField()),
                (
                    "marketplace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="prices.marketplace",
                    ),
                ),
            ],
            options={"db_table": "daily_closes"},
        ),
        # Numbers in columns: compressing them takes longer than reading them.
        migrations.RunSQL(
            "ALTER TABLE daily_closes ALTER packed SET STORAGE EXTERNAL",
            "ALTER TABLE daily_closes ALTER packed SET STORAGE EXTENDED",
        ),
        migrations.CreateModel(
            name="MarketTotals",
            fields=[
                (
                    "currency",
                    models.CharField(
                        choices=CURRENCIES,
                        max_length=3,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("priced_card_count", models.IntegerField()),
                ("series_count", models.IntegerField()),
                ("average_price", mtgintel.core.money.PriceField(null=True)),
            ],
            options={"db_table": "market_totals"},
        ),
        migrations.CreateModel(
            name="StreamVolume",
            fields=[
                (
                    "marketplace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="prices.marketplace",
                    ),
                ),
                ("series_count", models.IntegerField()),
                ("listed_count", models.IntegerField()),
                ("listings", models.BigIntegerField()),
                ("counted_count", models.IntegerField()),
                ("quantity", models.BigIntegerField()),
            ],
            options={"db_table": "stream_volumes"},
        ),
    ]
