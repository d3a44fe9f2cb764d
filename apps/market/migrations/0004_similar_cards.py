from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("market", "0003_spreads")]

    operations: list = []
