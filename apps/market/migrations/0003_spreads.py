import django.db.models.deletion
from django.db import migrations, models

import mtgintel.core.fields
import mtgintel.core.money

KINDS = [
    ("arbitrage", "Shop to buylist"),
    ("buylist-gap", "Between buylists"),
    ("region-gap", "US ↔ Europe"),
]
CURRENCIES = [
    ("USD", "US dollar"),
    ("EUR", "Euro"),
    ("TIX", "MTGO event ticket"),
]
CONDITIONS = [
    ("MINT", "Mint"),
    ("NEAR_MINT", "Near Mint"),
    ("LIGHTLY_PLAYED", "Lightly Played"),
    ("MODERATELY_PLAYED", "Moderately Played"),
    ("HEAVILY_PLAYED", "Heavily Played"),
    ("DAMAGED", "Damaged"),
]
FINISHES = [("NONFOIL", "Nonfoil"), ("FOIL", "Foil"), ("ETCHED", "Etched")]
LANGUAGES = [
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
]


def enum(enum_type, choices):
    return mtgintel.core.fields.EnumField(
        choices=choices, enum_type=enum_type, max_length=63
    )


def reference(model, **options):
    return models.ForeignKey(
        db_constraint=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=model,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0002_chained_index"),
        ("prices", "0008_exchange_rates"),
    ]

    operations = [
        migrations.CreateModel(
            name="SpreadOpportunity",
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
                ("kind", models.CharField(choices=KINDS, max_length=12)),
                ("condition", enum("card_condition", CONDITIONS)),
                ("finish", enum("card_finish", FINISHES)),
                ("language", enum("card_language", LANGUAGES)),
                ("ask_currency", models.CharField(choices=CURRENCIES, max_length=3)),
                ("bid_currency", models.CharField(choices=CURRENCIES, max_length=3)),
                ("ask", mtgintel.core.money.PriceField()),
                ("bid", mtgintel.core.money.PriceField()),
                ("bid_worth", mtgintel.core.money.PriceField()),
                (
                    "rate",
                    models.DecimalField(decimal_places=10, max_digits=20, null=True),
                ),
                ("rate_on", models.DateField(null=True)),
                (
                    "gross_percent",
                    models.DecimalField(decimal_places=2, max_digits=14),
                ),
                ("ask_quantity", models.IntegerField(null=True)),
                ("bid_quantity", models.IntegerField(null=True)),
                ("ask_as_of", models.DateTimeField()),
                ("bid_as_of", models.DateTimeField()),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField()),
                ("is_open", models.BooleanField(default=True)),
                ("card", reference("cards.card")),
                ("ask_marketplace", reference("prices.marketplace", db_index=False)),
                ("bid_marketplace", reference("prices.marketplace", db_index=False)),
            ],
            options={
                "db_table": "spread_opportunities",
                "indexes": [
                    models.Index(
                        fields=["kind", "ask_currency", "first_seen"],
                        name="spreads_by_first_seen",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_open", True)),
                        fields=[
                            "kind",
                            "card",
                            "ask_marketplace",
                            "bid_marketplace",
                            "condition",
                            "finish",
                            "language",
                        ],
                        name="open_spread_once",
                    )
                ],
            },
        ),
        # Room in every page for the next computation to write open rows in place.
        migrations.RunSQL(
            "ALTER TABLE spread_opportunities SET (fillfactor = 70)",
            "ALTER TABLE spread_opportunities RESET (fillfactor)",
        ),
        migrations.CreateModel(
            name="SpreadCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind",
                        "currency",
                        "reason",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(choices=KINDS, max_length=12)),
                ("currency", models.CharField(choices=CURRENCIES, max_length=3)),
                ("reason", models.CharField(max_length=12)),
                ("pairs", models.IntegerField()),
                ("computed_at", models.DateTimeField()),
            ],
            options={"db_table": "spread_counts"},
        ),
    ]
