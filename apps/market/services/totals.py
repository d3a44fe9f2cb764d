"""How much is known of the market now, counted once for everybody who asks."""

from __future__ import annotations

from django.db import connection, transaction

from apps.market.models import MarketTotals, StreamVolume
from mtgintel.core.sql import load_sql


@transaction.atomic
def update_totals() -> None:
    """Count the latest prices anew, by currency and by stream."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('market totals'))")
        MarketTotals.objects.all().delete()
        StreamVolume.objects.all().delete()
        cursor.execute(load_sql("market", "market_totals"))
        cursor.execute(load_sql("market", "stream_volumes"))
