from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("market", "0005_price_moves")]

    operations: list = []
