"""Every write of prices."""

from .breaks import compare_anew, delete_series_break, save_series_break
from .custom import (
    StreamFacts,
    configure_source,
    custom_sources,
    downloaded,
    fetch_custom,
    fetch_due_sources,
    ingest_custom,
    layout_of,
    read_now,
    refetched,
    uploaded,
)
from .custom_preview import Preview, preview
from .exchange import fetch_rates, ingest_rates, record_rates
from .feeds import (
    ingest_mtgjson_identifiers,
    ingest_mtgjson_prices,
    ingest_scryfall,
)
from .live import fetch_all, fetch_mtgjson, fetch_scryfall
from .overrides import OverrideRevokedError, add_override, revoke_override
from .quarantine import confirm_bad, release_prices
from .record import drop_demo_market, record_prices
from .runs import heal_refreshes
from .vendor_live import configured_vendors, fetch_vendor
from .vendors import VENDORS, VendorFile, ingest_vendor

__all__ = [
    "VENDORS",
    "OverrideRevokedError",
    "Preview",
    "StreamFacts",
    "VendorFile",
    "add_override",
    "compare_anew",
    "configure_source",
    "configured_vendors",
    "confirm_bad",
    "custom_sources",
    "delete_series_break",
    "downloaded",
    "drop_demo_market",
    "fetch_all",
    "fetch_custom",
    "fetch_due_sources",
    "fetch_mtgjson",
    "fetch_rates",
    "fetch_scryfall",
    "fetch_vendor",
    "heal_refreshes",
    "ingest_custom",
    "ingest_mtgjson_identifiers",
    "ingest_mtgjson_prices",
    "ingest_rates",
    "ingest_scryfall",
    "ingest_vendor",
    "layout_of",
    "preview",
    "read_now",
    "record_prices",
    "record_rates",
    "refetched",
    "release_prices",
    "revoke_override",
    "save_series_break",
    "uploaded",
]
