import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

CURRENCIES = [("USD", "US dollar"), ("EUR", "Euro"), ("TIX", "MTGO event ticket")]
FIGURES = (
    *("copies", "special", "priced", "estimated", "market", "bid", "buylist"),
    *("sold", "net", "measured"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0002_disposals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PortfolioValue",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "owner_id",
                        "currency",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("currency", models.CharField(choices=CURRENCIES, max_length=3)),
                ("day", models.DateField()),
                *((name, models.BigIntegerField()) for name in FIGURES),
                ("basis", models.CharField(max_length=32)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"db_table": "portfolio_values", "ordering": ["day"]},
        ),
    ]
