from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_portfolio_values")]

    operations: list[migrations.operations.base.Operation] = []
