from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("prices", "0005_quality")]

    operations: list = []
