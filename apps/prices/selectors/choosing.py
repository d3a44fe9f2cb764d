"""The streams as somebody chooses among them."""

from __future__ import annotations

from apps.prices.models import Marketplace
from mtgintel.core.marketplaces import Stream


def streams_in_use() -> list[Stream]:
    """In the market's order of preference."""
    rows = Marketplace.objects.filter(is_active=True)
    return [Stream(row.slug, row.name, row.currency) for row in rows]
