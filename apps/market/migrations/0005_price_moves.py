from django.db import migrations

# Written and read as a whole, by the windows' names: a table of columns, not of
# objects. 0 stands for "no price then"; the prices are thousandths.
WINDOWS = ("1d", "7d", "30d", "90d")
FIGURES = ", ".join(
    f"stream_{w} smallint NOT NULL, then_{w} integer NOT NULL, "
    f"now_{w} integer NOT NULL, median_then_{w} integer NOT NULL, "
    f"median_now_{w} integer NOT NULL, stream_count_{w} smallint NOT NULL, "
    f"rising_{w} smallint NOT NULL, falling_{w} smallint NOT NULL"
    for w in WINDOWS
)


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0004_similar_cards"),
        ("prices", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE TABLE price_moves ("
            "currency varchar(3) NOT NULL, card_id integer NOT NULL, "
            f"finish card_finish NOT NULL, language card_language NOT NULL, {FIGURES}, "
            "PRIMARY KEY (currency, card_id, finish, language))",
            "DROP TABLE price_moves",
        )
    ]
