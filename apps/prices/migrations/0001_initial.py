import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import mtgintel.core.fields
import mtgintel.core.money
from mtgintel.core.timescale.operations import (
    AddCompression,
    AddRetention,
    CreateHypertable,
)

SERIES_KEY = [
    "card_id",
    "marketplace_id",
    "condition",
    "finish",
    "language",
    "time",
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cards", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="IngestRun",
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
                ("source", models.CharField(max_length=40)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("RUNNING", "Running"),
                            ("SUCCEEDED", "Succeeded"),
                            ("REFUSED", "Refused"),
                            ("FAILED", "Failed"),
                        ],
                        default="RUNNING",
                        max_length=9,
                    ),
                ),
                ("uri", models.CharField(blank=True, max_length=500)),
                ("checksum", models.CharField(blank=True, max_length=64)),
                ("as_of", models.DateTimeField(blank=True, null=True)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("bytes_total", models.BigIntegerField(blank=True, null=True)),
                ("bytes_read", models.BigIntegerField(default=0)),
                ("rows_seen", models.BigIntegerField(default=0)),
                ("rows_written", models.BigIntegerField(default=0)),
                ("rows_unchanged", models.BigIntegerField(default=0)),
                ("rows_rejected", models.BigIntegerField(default=0)),
                ("rejects", models.JSONField(blank=True, default=dict)),
                ("error", models.TextField(blank=True)),
                ("dirty_from", models.DateTimeField(blank=True, null=True)),
                ("dirty_to", models.DateTimeField(blank=True, null=True)),
                ("refreshed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "ingest_runs",
                "ordering": ["-started_at", "-id"],
                "get_latest_by": "started_at",
            },
        ),
        migrations.CreateModel(
            name="Marketplace",
            fields=[
                ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                ("slug", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("vendor", models.CharField(max_length=40)),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("RETAIL", "Retail (what you pay)"),
                            ("BUYLIST", "Buylist (what a shop pays you)"),
                            ("MARKET", "Market (recent sales or trend)"),
                        ],
                        max_length=8,
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
                ("price_basis", models.CharField(max_length=200)),
                ("freshness_hours", models.IntegerField(default=48)),
                ("preference", models.SmallIntegerField(default=100)),
                ("website", models.URLField(blank=True)),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "marketplaces",
                "ordering": ["preference", "slug"],
            },
        ),
        migrations.CreateModel(
            name="LatestPrice",
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
                ("price", mtgintel.core.money.PriceField()),
                ("price_low", mtgintel.core.money.PriceField(blank=True, null=True)),
                ("price_mid", mtgintel.core.money.PriceField(blank=True, null=True)),
                ("price_high", mtgintel.core.money.PriceField(blank=True, null=True)),
                ("price_market", mtgintel.core.money.PriceField(blank=True, null=True)),
                ("num_listings", models.IntegerField(blank=True, null=True)),
                ("total_quantity", models.IntegerField(blank=True, null=True)),
                (
                    "is_foil",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Q(("finish", "NONFOIL"), _negated=True),
                        output_field=models.BooleanField(),
                    ),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
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
                ("as_of", models.DateTimeField()),
                (
                    "previous_price",
                    mtgintel.core.money.PriceField(blank=True, null=True),
                ),
                ("changed_at", models.DateTimeField(blank=True, null=True)),
                ("price_1d", mtgintel.core.money.PriceField(blank=True, null=True)),
                ("price_7d", mtgintel.core.money.PriceField(blank=True, null=True)),
                ("price_30d", mtgintel.core.money.PriceField(blank=True, null=True)),
                ("price_90d", mtgintel.core.money.PriceField(blank=True, null=True)),
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
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="prices.ingestrun",
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
                "db_table": "latest_prices",
            },
        ),
        # Django makes no hypertables; the columns are written out, with what a
        # bulk load needs: no other index, no foreign keys, the key card first.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="PriceSnapshot",
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
                        ("price", mtgintel.core.money.PriceField()),
                        (
                            "price_low",
                            mtgintel.core.money.PriceField(blank=True, null=True),
                        ),
                        (
                            "price_mid",
                            mtgintel.core.money.PriceField(blank=True, null=True),
                        ),
                        (
                            "price_high",
                            mtgintel.core.money.PriceField(blank=True, null=True),
                        ),
                        (
                            "price_market",
                            mtgintel.core.money.PriceField(blank=True, null=True),
                        ),
                        ("num_listings", models.IntegerField(blank=True, null=True)),
                        ("total_quantity", models.IntegerField(blank=True, null=True)),
                        (
                            "is_foil",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Q(
                                    ("finish", "NONFOIL"), _negated=True
                                ),
                                output_field=models.BooleanField(),
                            ),
                        ),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "time",
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
                        ("time", models.DateTimeField()),
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
                        (
                            "run",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="prices.ingestrun",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "price_snapshots",
                    },
                ),
            ],
            database_operations=[
                CreateHypertable(
                    "price_snapshots",
                    """
                    time timestamptz NOT NULL,
                    card_id integer NOT NULL,
                    price integer NOT NULL,
                    price_low integer,
                    price_mid integer,
                    price_high integer,
                    price_market integer,
                    num_listings integer,
                    total_quantity integer,
                    run_id integer,
                    condition card_condition NOT NULL,
                    finish card_finish NOT NULL,
                    language card_language NOT NULL,
                    marketplace_id smallint NOT NULL,
                    currency varchar(3) NOT NULL,
                    is_foil boolean GENERATED ALWAYS AS
                        (finish <> 'NONFOIL'::card_finish) STORED
                    """,
                    key=SERIES_KEY,
                ),
                AddCompression(
                    "price_snapshots", order_by=", ".join(SERIES_KEY), after="7 days"
                ),
                AddRetention(
                    "price_snapshots",
                    drop_after=f"{settings.PRICE_RETENTION_DAYS} days",
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuarantinedPrice",
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
                ("reason", models.CharField(max_length=60)),
                ("detail", models.CharField(blank=True, max_length=500)),
                ("position", models.CharField(blank=True, max_length=120)),
                ("raw", models.JSONField(blank=True, default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("HELD", "Held"),
                            ("RELEASED", "Released"),
                            ("CONFIRMED", "Confirmed bad"),
                        ],
                        default="HELD",
                        max_length=9,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "card",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="cards.card",
                    ),
                ),
                (
                    "marketplace",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="prices.marketplace",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quarantined",
                        to="prices.ingestrun",
                    ),
                ),
            ],
            options={
                "db_table": "quarantined_prices",
                "ordering": ["-id"],
            },
        ),
        # Rewritten daily: with room for a second version of every row, updates stay on
        # their page and touch no index.
        migrations.RunSQL(
            "ALTER TABLE latest_prices SET (fillfactor = 45)",
            migrations.RunSQL.noop,
        ),
    ]
