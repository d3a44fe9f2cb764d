import django.db.models.deletion
from django.db import migrations, models

import mtgintel.core.fields

CURRENCIES = [
    ("USD", "US dollar"),
    ("EUR", "Euro"),
    ("TIX", "MTGO event ticket"),
]


class Migration(migrations.Migration):
    dependencies = [("market", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ChainedIndex",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("slug", models.CharField(max_length=24)),
                ("currency", models.CharField(choices=CURRENCIES, max_length=3)),
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
                ("version", models.SmallIntegerField()),
            ],
            options={
                "db_table": "chained_indices",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["slug", "currency", "finish"],
                        name="chained_indices_unique",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChainedIndexPoint",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "index_id",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("link", models.FloatField()),
                ("level", models.FloatField()),
                ("constituents", models.IntegerField()),
                ("weight", models.FloatField()),
                (
                    "index",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="points",
                        to="market.chainedindex",
                    ),
                ),
            ],
            options={"db_table": "chained_index_points", "ordering": ["day"]},
        ),
        migrations.CreateModel(
            name="ChainedIndexBasket",
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
                ("day", models.DateField()),
                ("matches", models.BinaryField()),
            ],
            options={"db_table": "chained_index_baskets"},
        ),
    ]
