from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

from mtgintel.core.constants import Condition, Finish, Language
from mtgintel.core.timescale.operations import CreateEnum, InstallTimescale


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        InstallTimescale(),
        TrigramExtension(),
        CreateEnum("card_condition", Condition.values),
        CreateEnum("card_language", Language.values),
        CreateEnum("card_finish", Finish.values),
        # Money as the API writes it: 1250 -> 1.25, 5 -> 0.005, null -> null. Not
        # declared STRICT: the planner would not inline it then, at ten times the cost.
        migrations.RunSQL(
            """
            CREATE FUNCTION price_text(thousandths integer) RETURNS text
            LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN CASE WHEN thousandths % 10 = 0
                        THEN round(thousandths * 0.001, 2)
                        ELSE thousandths * 0.001 END::text
            """,
            "DROP FUNCTION price_text(integer)",
        ),
    ]
