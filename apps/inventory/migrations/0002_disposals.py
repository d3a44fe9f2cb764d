import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

KINDS = [("SOLD", "Sold"), ("TRADED", "Traded"), ("GIVEN", "Given away")]
CHANGES = [("EDITED", "Edited"), ("DELETED", "Deleted")]


def key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="disposal",
            name="kind",
            field=models.CharField(choices=KINDS, default="SOLD", max_length=6),
        ),
        migrations.AddConstraint(
            model_name="disposal",
            constraint=models.CheckConstraint(
                condition=~Q(kind="GIVEN") | Q(unit_proceeds=None),
                name="disposals_gifts_bring_nothing",
            ),
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", key()),
                ("kind", models.CharField(choices=CHANGES, max_length=7)),
                ("summary", models.CharField(max_length=300)),
                ("lots", models.PositiveIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lot_changes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "lot_changes",
                "ordering": ["-made_at", "-id"],
                "indexes": [
                    models.Index(
                        fields=["owner", "-made_at"], name="lot_changes_newest"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChangedLot",
            fields=[
                ("id", key()),
                ("lot_id", models.BigIntegerField()),
                ("row", models.JSONField()),
                ("disposals", models.JSONField(default=list)),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changed_lots",
                        to="inventory.change",
                    ),
                ),
            ],
            options={"db_table": "changed_lots"},
        ),
    ]
