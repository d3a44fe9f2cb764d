from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("prices", "0007_custom_sources")]

    operations = [
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "currency",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("day", models.DateField()),
                ("rate", models.DecimalField(decimal_places=6, max_digits=15)),
                ("source", models.CharField(max_length=40)),
            ],
            options={"db_table": "exchange_rates"},
        ),
    ]
