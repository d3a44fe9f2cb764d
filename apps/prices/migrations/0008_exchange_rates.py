from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("prices", "0007_custom_sources")]

    operations: list = []
