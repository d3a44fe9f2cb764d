from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("prices", "0004_vendor_marketplaces")]

    operations: list = []
