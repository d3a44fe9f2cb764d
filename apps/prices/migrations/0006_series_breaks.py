"""Days on which a stream changed what it measures, and the first of them."""

from datetime import date

import django.db.models.deletion
from django.db import migrations, models

BREAKS = [
    {
        "slug": "cardmarket",
        "began_on": date(2026, 2, 8),
        "reason": "MTGJSON 5.3.0 gives another of Cardmarket's figures.",
        "before": "Average of one day's sales",
        "after": "Trend price: a moving figure of recent sales",
        "source": "mtgjson",
    }
]

# What SQL joins to learn since when a price of a stream may be compared: a row for
# each break, until the next one. Before the first break there is no row.
ERAS = """
CREATE VIEW stream_eras AS
SELECT
    marketplace_id,
    began_on::timestamp AT TIME ZONE 'UTC' AS began_at,
    coalesce(
        (lead(began_on) OVER later)::timestamp AT TIME ZONE 'UTC', 'infinity'
    ) AS ended_at
FROM series_breaks
WINDOW later AS (PARTITION BY marketplace_id ORDER BY began_on)
"""


def add_breaks(apps, schema_editor):
    Marketplace = apps.get_model("prices", "Marketplace")
    SeriesBreak = apps.get_model("prices", "SeriesBreak")
    for known in BREAKS:
        values = dict(known)
        stream = Marketplace.objects.filter(slug=values.pop("slug")).first()
        if stream is not None:
            SeriesBreak.objects.create(marketplace=stream, **values)


class Migration(migrations.Migration):
    dependencies = [("prices", "0005_quality")]

    operations = [
        migrations.CreateModel(
            name="SeriesBreak",
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
                ("began_on", models.DateField()),
                ("reason", models.CharField(max_length=300)),
                ("before", models.CharField(max_length=200)),
                ("after", models.CharField(max_length=200)),
                ("source", models.CharField(blank=True, max_length=40)),
                (
                    "marketplace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="series_breaks",
                        to="prices.marketplace",
                    ),
                ),
            ],
            options={
                "db_table": "series_breaks",
                "ordering": ["-began_on", "marketplace"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("marketplace", "began_on"), name="one_break_a_day"
                    )
                ],
            },
        ),
        migrations.RunSQL(ERAS, "DROP VIEW stream_eras"),
        migrations.RunPython(add_breaks, migrations.RunPython.noop),
    ]
