"""The streams that the feeds of single vendors bring, and how soon each grows stale."""

from django.db import migrations

# slug, name, vendor, side, currency, preference, website, price basis, freshness (h)
MARKETPLACES = [
    (
        "manapool-graded",
        "Mana Pool by grade",
        "Mana Pool",
        "RETAIL",
        "USD",
        35,
        "https://manapool.com",
        "Lowest offer in this grade and language, before the buyer's fee",
        48,
    ),
    (
        "cardtrader",
        "CardTrader",
        "CardTrader",
        "RETAIL",
        "EUR",
        40,
        "https://www.cardtrader.com",
        "Lowest offer in this grade and language, accounts in euros",
        48,
    ),
    (
        "cardtrader-usd",
        "CardTrader (USD)",
        "CardTrader",
        "RETAIL",
        "USD",
        40,
        "https://www.cardtrader.com",
        "Lowest offer in this grade and language, accounts in US dollars",
        48,
    ),
    (
        "goatbots",
        "GoatBots",
        "GoatBots",
        "RETAIL",
        "TIX",
        20,
        "https://www.goatbots.com",
        "Price of the shop's bots in MTGO event tickets",
        48,
    ),
]
# The feeds that were there before say more now than MTGJSON's copies of them.
PRICE_BASES = {
    "cardkingdom": "Shop price of what is in stock, per grade where the shop says it",
    "manapool": "Lowest offer in any condition and language",
}
PRICE_BASES_BEFORE = {
    "cardkingdom": "Shop price, Near Mint, in stock",
    "manapool": "Lowest offer in any condition",
}


def add_marketplaces(apps, schema_editor):
    Marketplace = apps.get_model("prices", "Marketplace")
    for row in MARKETPLACES:
        slug, name, vendor, side, currency, preference, website, basis, hours = row
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
                "freshness_hours": hours,
            },
        )
    _set_price_bases(Marketplace, PRICE_BASES)


def remove_marketplaces(apps, schema_editor):
    Marketplace = apps.get_model("prices", "Marketplace")
    Marketplace.objects.filter(slug__in=[row[0] for row in MARKETPLACES]).delete()
    _set_price_bases(Marketplace, PRICE_BASES_BEFORE)


def _set_price_bases(marketplaces, bases):
    for slug, basis in bases.items():
        marketplaces.objects.filter(slug=slug).update(price_basis=basis)


class Migration(migrations.Migration):
    dependencies = [("prices", "0003_marketplaces")]

    operations = [migrations.RunPython(add_marketplaces, remove_marketplaces)]
