from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("prices", "0006_series_breaks")]

    operations: list = []
