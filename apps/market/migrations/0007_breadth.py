from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("market", "0006_set_values")]

    operations: list = []
