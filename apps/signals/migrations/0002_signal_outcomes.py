from django.db import migrations, models

import mtgintel.core.fields

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
    dependencies = [("signals", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SignalOutcome",
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
                ("day", models.DateField()),
                ("due_on", models.DateField()),
                ("horizon_days", models.SmallIntegerField()),
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
                ("version", models.SmallIntegerField()),
                ("direction", models.SmallIntegerField()),
                ("signals", models.IntegerField()),
                ("judged", models.IntegerField()),
                ("right", models.IntegerField()),
                ("expected", models.FloatField()),
            ],
            options={
                "db_table": "signal_outcomes",
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "due_on",
                            "horizon_days",
                            "currency",
                            "kind",
                            "version",
                            "direction",
                        ),
                        name="signal_outcomes_once",
                    )
                ],
            },
        ),
    ]
