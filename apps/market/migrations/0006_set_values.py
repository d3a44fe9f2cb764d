import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0005_price_moves"),
        ("cards", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SetValue",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "card_set_id",
                        "currency",
                        "is_foil",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
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
                ("is_foil", models.BooleanField()),
                ("day", models.DateField()),
                ("value", models.BigIntegerField()),
                ("cards", models.IntegerField()),
                ("priced", models.IntegerField()),
                ("carried", models.IntegerField()),
                ("matched", models.IntegerField()),
                ("matched_now", models.BigIntegerField()),
                ("matched_before", models.BigIntegerField()),
                ("level", models.FloatField()),
                ("since", models.DateField()),
                ("version", models.SmallIntegerField()),
                (
                    "card_set",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="values",
                        to="cards.cardset",
                    ),
                ),
            ],
            options={"db_table": "set_values", "ordering": ["day"]},
        ),
        migrations.AddIndex(
            model_name="setvalue",
            index=models.Index(fields=["currency", "day"], name="set_values_days"),
        ),
    ]
