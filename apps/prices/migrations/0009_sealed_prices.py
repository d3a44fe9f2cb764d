import django.db.models.deletion
from django.db import migrations, models

import mtgintel.core.money


class Migration(migrations.Migration):
    dependencies = [
        ("prices", "0008_exchange_rates"),
        ("cards", "0003_sealed_products"),
    ]

    operations = [
        migrations.CreateModel(
            name="SealedPrice",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "product_id",
                        "marketplace_id",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("as_of", models.DateTimeField()),
                ("price", mtgintel.core.money.PriceField()),
                ("price_low", mtgintel.core.money.PriceField(null=True)),
                (
                    "marketplace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="prices.marketplace",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="cards.sealedproduct",
                    ),
                ),
            ],
            options={"db_table": "sealed_prices", "ordering": ["day"]},
        ),
    ]
