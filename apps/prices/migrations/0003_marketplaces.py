"""The price streams whose feeds we can read: facts about their vendors."""

from django.db import migrations

# slug, name, vendor, side, currency, preference, website, price basis
MARKETPLACES = [
    (
        "tcgplayer",
        "TCGplayer",
        "TCGplayer",
        "MARKET",
        "USD",
        10,
        "https://www.tcgplayer.com",
        "Market price: what recent sales went for",
    ),
    (
        "cardmarket",
        "Cardmarket",
        "Cardmarket",
        "MARKET",
        "EUR",
        10,
        "https://www.cardmarket.com/en/Magic",
        "Trend price: a moving figure of recent sales",
    ),
    (
        "cardhoarder",
        "Cardhoarder",
        "Cardhoarder",
        "RETAIL",
        "TIX",
        10,
        "https://www.cardhoarder.com",
        "Price of the shop's bots in MTGO event tickets",
    ),
    (
        "cardkingdom",
        "Card Kingdom",
        "Card Kingdom",
        "RETAIL",
        "USD",
        20,
        "https://www.cardkingdom.com",
        "Shop price, Near Mint, in stock",
    ),
    (
        "manapool",
        "Mana Pool",
        "Mana Pool",
        "RETAIL",
        "USD",
        30,
        "https://manapool.com",
        "Lowest offer in any condition",
    ),
    (
        "cardkingdom-buylist",
        "Card Kingdom buylist",
        "Card Kingdom",
        "BUYLIST",
        "USD",
        50,
        "https://www.cardkingdom.com/purchasing/mtg_singles",
        "Cash paid for a Near Mint copy, while buying",
    ),
]


def add_marketplaces(apps, schema_editor):
    Marketplace = apps.get_model("prices", "Marketplace")
    for slug, name, vendor, side, currency, preference, website, basis in MARKETPLACES:
        Marketplace.objects.update_or_create(
            slug=slug,
            defaults={
                "name": name,
                "vendor": vendor,
                "side": side,
                "currency": currency,
                "preference": preference,
                "website": website,
                "price_basis": basis,
            },
        )


def remove_marketplaces(apps, schema_editor):
    slugs = [row[0] for row in MARKETPLACES]
    apps.get_model("prices", "Marketplace").objects.filter(slug__in=slugs).delete()


class Migration(migrations.Migration):
    dependencies = [("prices", "0002_card_price_aggregates")]

    operations = [migrations.RunPython(add_marketplaces, remove_marketplaces)]
