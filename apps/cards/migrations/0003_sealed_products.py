import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cards", "0002_cards_in_order")]

    operations = [
        migrations.CreateModel(
            name="SealedProduct",
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
                ("name", models.CharField(max_length=300)),
                ("category", models.CharField(blank=True, max_length=60)),
                ("released_on", models.DateField(blank=True, null=True)),
                ("contents", models.JSONField(blank=True, default=dict)),
                ("mtgjson_uuid", models.UUIDField(blank=True, null=True, unique=True)),
                (
                    "tcgplayer_id",
                    models.IntegerField(blank=True, null=True, unique=True),
                ),
                (
                    "cardmarket_id",
                    models.IntegerField(blank=True, null=True, unique=True),
                ),
                (
                    "card_set",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="sealed_products",
                        to="cards.cardset",
                    ),
                ),
            ],
            options={"db_table": "sealed_products", "ordering": ["name", "id"]},
        ),
    ]
