from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("cards", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="card",
            index=models.Index(
                F("name"),
                F("released_on").desc(nulls_last=True),
                F("id"),
                name="cards_in_order",
                condition=Q(removed_at=None),
            ),
        ),
    ]
