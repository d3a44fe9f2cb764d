"""Every write of prices."""

from .breaks import compare_anew, delete_series_break, save_series_break
from .feeds import (
    ingest_mtgjson_identifiers,
    ingest_mtgjson_prices,
    ingest_scryfall,
)
from .live import fetch_all, fetch_mtgjson, fetch_scryfall
from .record import drop_demo_market, record_prices
from .runs import heal_refreshes
from .vendor_live import configured_vendors, fetch_vendor
from .vendors import VENDORS, VendorFile, ingest_vendor

__all__ = [
    "VENDORS",
    "VendorFile",
    "compare_anew",
    "configured_vendors",
    "delete_series_break",
    "drop_demo_market",
    "fetch_all",
    "fetch_mtgjson",
    "fetch_scryfall",
    "fetch_vendor",
    "heal_refreshes",
    "ingest_mtgjson_identifiers",
    "ingest_mtgjson_prices",
    "ingest_scryfall",
    "ingest_vendor",
    "record_prices",
    "save_series_break",
]
