from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("prices", "0008_exchange_rates")]

    operations: list = []
