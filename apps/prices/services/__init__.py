"""Every write of prices."""

from .feeds import (
    ingest_mtgjson_identifiers,
    ingest_mtgjson_prices,
    ingest_scryfall,
)
from .live import fetch_all, fetch_mtgjson, fetch_scryfall
from .record import drop_demo_market, record_prices
from .runs import heal_refreshes

__all__ = [
    "drop_demo_market",
    "fetch_all",
    "fetch_mtgjson",
    "fetch_scryfall",
    "heal_refreshes",
    "ingest_mtgjson_identifiers",
    "ingest_mtgjson_prices",
    "ingest_scryfall",
    "record_prices",
]
