from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cards", "0002_cards_in_order")]

    operations: list = []
