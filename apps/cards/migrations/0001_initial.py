import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import mtgintel.core.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CardMigration",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("performed_on", models.DateField()),
                (
                    "strategy",
                    models.CharField(
                        choices=[("merge", "Merge"), ("delete", "Delete")], max_length=8
                    ),
                ),
                ("old_scryfall_id", models.UUIDField()),
                ("new_scryfall_id", models.UUIDField(blank=True, null=True)),
                ("note", models.TextField(blank=True)),
                ("applied_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "card_migrations",
                "ordering": ["performed_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="CardSet",
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
                ("code", models.CharField(max_length=12, unique=True)),
                ("scryfall_id", models.UUIDField(blank=True, null=True, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("set_type", models.CharField(blank=True, max_length=40)),
                ("released_on", models.DateField(blank=True, null=True)),
                ("parent_code", models.CharField(blank=True, max_length=12)),
                ("card_count", models.IntegerField(default=0)),
                ("is_digital", models.BooleanField(default=False)),
                ("tcgplayer_group_id", models.IntegerField(blank=True, null=True)),
                ("icon_uri", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "db_table": "card_sets",
                "ordering": ["-released_on", "code"],
            },
        ),
        migrations.CreateModel(
            name="Card",
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
                ("scryfall_id", models.UUIDField(unique=True)),
                ("oracle_id", models.UUIDField(blank=True, db_index=True, null=True)),
                ("name", models.CharField(max_length=300)),
                ("search_name", models.CharField(max_length=300)),
                ("collector_number", models.CharField(blank=True, max_length=20)),
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
                ("lang_code", models.CharField(default="en", max_length=8)),
                (
                    "rarity",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("common", "Common"),
                            ("uncommon", "Uncommon"),
                            ("rare", "Rare"),
                            ("mythic", "Mythic"),
                            ("special", "Special"),
                            ("bonus", "Bonus"),
                        ],
                        max_length=16,
                    ),
                ),
                ("layout", models.CharField(blank=True, max_length=40)),
                (
                    "finishes",
                    mtgintel.core.fields.EnumArrayField(
                        base_field=mtgintel.core.fields.EnumField(
                            choices=[
                                ("NONFOIL", "Nonfoil"),
                                ("FOIL", "Foil"),
                                ("ETCHED", "Etched"),
                            ],
                            enum_type="card_finish",
                            max_length=63,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "games",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "colors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=1),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "color_identity",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=1),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("mana_cost", models.CharField(blank=True, max_length=120)),
                ("mana_value", models.FloatField(blank=True, null=True)),
                ("type_line", models.CharField(blank=True, max_length=300)),
                ("oracle_text", models.TextField(blank=True)),
                ("faces", models.JSONField(blank=True, default=list)),
                ("legalities", models.JSONField(blank=True, default=dict)),
                (
                    "promo_types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "frame_effects",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("border_color", models.CharField(blank=True, max_length=20)),
                ("artist", models.CharField(blank=True, max_length=200)),
                ("image_uri", models.CharField(blank=True, max_length=300)),
                ("released_on", models.DateField(blank=True, null=True)),
                ("edhrec_rank", models.IntegerField(blank=True, null=True)),
                ("is_digital", models.BooleanField(default=False)),
                ("is_full_art", models.BooleanField(default=False)),
                ("is_promo", models.BooleanField(default=False)),
                ("is_reprint", models.BooleanField(default=False)),
                ("is_reserved", models.BooleanField(default=False)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "card_set",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to="cards.cardset",
                    ),
                ),
            ],
            options={
                "db_table": "cards",
                "ordering": ["name", "-released_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="CardIdentifier",
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
                    "source",
                    models.CharField(
                        choices=[
                            ("mtgjson", "Mtgjson"),
                            ("tcgplayer", "Tcgplayer"),
                            ("cardmarket", "Cardmarket"),
                            ("cardkingdom", "Cardkingdom"),
                            ("mtgo", "Mtgo"),
                            ("arena", "Arena"),
                            ("multiverse", "Multiverse"),
                        ],
                        max_length=16,
                    ),
                ),
                ("external_id", models.CharField(max_length=64)),
                (
                    "finish",
                    mtgintel.core.fields.EnumField(
                        blank=True,
                        choices=[
                            ("NONFOIL", "Nonfoil"),
                            ("FOIL", "Foil"),
                            ("ETCHED", "Etched"),
                        ],
                        enum_type="card_finish",
                        max_length=63,
                        null=True,
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identifiers",
                        to="cards.card",
                    ),
                ),
            ],
            options={
                "db_table": "card_identifiers",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "external_id", "card", "finish"),
                        name="card_identifiers_unique",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="card",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    "search_name", name="gin_trgm_ops"
                ),
                name="cards_name_trgm",
            ),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(
                    "search_name", name="varchar_pattern_ops"
                ),
                name="cards_name_prefix",
            ),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(
                fields=["card_set", "collector_number"], name="cards_set_number"
            ),
        ),
    ]
