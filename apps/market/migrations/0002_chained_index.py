from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("market", "0001_initial")]

    operations: list = []
