import django.db.models.deletion
from django.db import migrations, models

import mtgintel.core.fields
import mtgintel.core.money
from mtgintel.core.timescale.operations import CreateEnum

KINDS = [
    ("MOMENTUM", "Momentum"),
    ("TREND", "Trend"),
    ("BREAKOUT", "Breakout"),
    ("MEAN_REVERSION", "Mean reversion"),
    ("VOLATILITY", "Volatility"),
    ("SUPPLY", "Supply"),
    ("BUYLIST_PRESSURE", "Buylist pressure"),
    ("SPREAD_COMPRESSION", "Spread compression"),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cards", "0001_initial"),
        ("prices", "0001_initial"),
    ]

    operations = [
        CreateEnum("signal_kind", [slug for slug, _ in KINDS]),
        migrations.CreateModel(
            name="Signal",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "card_id",
                        "finish",
                        "currency",
                        "kind",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
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
                    "kind",
                    mtgintel.core.fields.EnumField(
                        choices=KINDS, enum_type="signal_kind", max_length=63
                    ),
                ),
                ("day", models.DateField()),
                ("direction", models.SmallIntegerField()),
                ("strength", models.FloatField()),
                ("confidence", models.FloatField()),
                ("observations", models.SmallIntegerField()),
                ("price", mtgintel.core.money.PriceField()),
                ("values", models.JSONField(default=dict)),
                ("version", models.SmallIntegerField()),
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
            options={
                "db_table": "signals",
                "indexes": [
                    models.Index(
                        fields=["day", "currency", "kind"], name="signals_of_a_day"
                    )
                ],
            },
        ),
    ]
