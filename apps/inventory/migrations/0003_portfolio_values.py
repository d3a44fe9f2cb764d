from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_disposals")]

    operations: list[migrations.operations.base.Operation] = []
