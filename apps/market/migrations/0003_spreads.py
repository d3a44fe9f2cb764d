from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("market", "0002_chained_index")]

    operations: list = []
