import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

import mtgintel.core.fields
import mtgintel.core.money

STATUSES = [
    ("UPLOADED", "Waiting to be matched"),
    ("MAPPING", "Waiting for its columns to be named"),
    ("PREVIEW", "Ready to look at"),
    ("COMMITTING", "Being imported"),
    ("COMMITTED", "Imported"),
    ("CANCELLED", "Cancelled"),
    ("UNDONE", "Undone"),
    ("FAILED", "Failed"),
]
OUTCOMES = [
    ("MATCHED", "Matched"),
    ("AMBIGUOUS", "To be chosen"),
    ("REJECTED", "Rejected"),
    ("PRESENT", "There already"),
    ("SKIPPED", "Left out"),
    ("IMPORTED", "Imported"),
]
BASES = [
    ("ID", "By its id"),
    ("NUMBER", "By set and number"),
    ("SET", "By set and name"),
    ("NAME", "By its name"),
    ("CHOSEN", "Chosen by you"),
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


def key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def enum(enum_type, choices, default):
    return mtgintel.core.fields.EnumField(
        choices=choices, default=default, enum_type=enum_type, max_length=63
    )


def text(length, **options):
    return models.CharField(blank=True, default="", max_length=length, **options)


def owner(related_name, **options):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        to=settings.AUTH_USER_MODEL,
        **options,
    )


def known_or_not(amount, currency, name):
    is_unknown = Q(**{f"{amount}__isnull": True, currency: ""})
    is_known = Q(
        **{
            f"{amount}__isnull": False,
            f"{amount}__gte": 0,
            f"{currency}__regex": "^[A-Z]{3}$",
        }
    )
    return models.CheckConstraint(condition=is_unknown | is_known, name=name)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("cards", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", key()),
                ("format", text(24)),
                ("filename", text(200)),
                ("checksum", models.CharField(max_length=64)),
                ("repeat", models.PositiveSmallIntegerField(default=0)),
                ("text", models.TextField(blank=True, default="")),
                ("options", models.JSONField(blank=True, default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=STATUSES, default="UPLOADED", max_length=10
                    ),
                ),
                ("is_commit_wanted", models.BooleanField(default=False)),
                ("is_cancel_wanted", models.BooleanField(default=False)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("matched", models.PositiveIntegerField(default=0)),
                ("ambiguous", models.PositiveIntegerField(default=0)),
                ("rejected", models.PositiveIntegerField(default=0)),
                ("present", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                ("imported", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("committed_at", models.DateTimeField(blank=True, null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("owner", owner("import_batches")),
            ],
            options={
                "verbose_name_plural": "import batches",
                "db_table": "import_batches",
                "ordering": ["-created_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=~Q(status__in=["CANCELLED", "UNDONE", "FAILED"]),
                        fields=("owner", "checksum", "repeat"),
                        name="import_batches_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", key()),
                ("position", models.PositiveIntegerField()),
                ("part", models.PositiveSmallIntegerField(default=0)),
                ("outcome", models.CharField(choices=OUTCOMES, max_length=9)),
                ("basis", text(6, choices=BASES)),
                ("reason", text(300)),
                ("raw", models.JSONField(default=list)),
                ("entry", models.JSONField(default=dict)),
                (
                    "candidates",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="import_rows",
                        to="inventory.importbatch",
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="cards.card",
                    ),
                ),
            ],
            options={
                "db_table": "import_rows",
                "ordering": ["batch", "position", "part"],
                "indexes": [
                    models.Index(
                        fields=["batch", "outcome", "position"],
                        name="import_rows_outcome",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("batch", "position", "part"), name="import_rows_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                ("id", key()),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("finish", enum("card_finish", FINISHES, "NONFOIL")),
                ("condition", enum("card_condition", CONDITIONS, "NEAR_MINT")),
                ("language", enum("card_language", LANGUAGES, "ENGLISH")),
                ("quantity", models.PositiveIntegerField()),
                ("disposed", models.PositiveIntegerField(default=0)),
                ("unit_cost", mtgintel.core.money.PriceField(blank=True, null=True)),
                ("cost_currency", text(3)),
                ("acquired_on", models.DateField(blank=True, null=True)),
                ("source", text(120)),
                ("binder", text(120)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "notes",
                    models.TextField(blank=True, default="", max_length=2000),
                ),
                ("for_trade", models.PositiveIntegerField(default=0)),
                ("grade", text(20)),
                ("is_signed", models.BooleanField(default=False)),
                ("is_altered", models.BooleanField(default=False)),
                ("is_proxy", models.BooleanField(default=False)),
                ("is_misprint", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="lots",
                        to="inventory.importbatch",
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lots",
                        to="cards.card",
                    ),
                ),
                ("owner", owner("lots", db_index=False)),
            ],
            options={
                "db_table": "lots",
                "ordering": ["id"],
                "indexes": [
                    models.Index(fields=["owner", "card"], name="lots_owner_card")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "key"), name="lots_key_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(quantity__gte=1, quantity__lte=1_000_000),
                        name="lots_have_copies",
                    ),
                    models.CheckConstraint(
                        condition=Q(disposed__gte=0, disposed__lte=F("quantity")),
                        name="lots_dispose_what_they_have",
                    ),
                    models.CheckConstraint(
                        condition=Q(for_trade__gte=0, for_trade__lte=F("quantity")),
                        name="lots_trade_what_they_have",
                    ),
                    known_or_not("unit_cost", "cost_currency", "lots_cost"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Disposal",
            fields=[
                ("id", key()),
                ("quantity", models.PositiveIntegerField()),
                (
                    "unit_proceeds",
                    mtgintel.core.money.PriceField(blank=True, null=True),
                ),
                ("currency", text(3)),
                ("disposed_on", models.DateField()),
                ("recipient", text(120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="disposals",
                        to="inventory.lot",
                    ),
                ),
            ],
            options={
                "db_table": "disposals",
                "ordering": ["disposed_on", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(quantity__gte=1), name="disposals_have_copies"
                    ),
                    known_or_not("unit_proceeds", "currency", "disposals_proceeds"),
                ],
            },
        ),
    ]
