"""Series breaks: noting one changes what a stream's prices are compared with."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from django.db import transaction

from apps.prices.models import IngestRun, Marketplace, SeriesBreak
from mtgintel.core import cache, derived, events
from mtgintel.core.constants import WINDOWS
from mtgintel.core.sql import load_sql

from .merge import Merge

# As far back as a price is compared, so the history that a recomputation reads.
_FURTHEST_BACK = max(window.length + window.tolerance for window in WINDOWS.values())


@transaction.atomic
def save_series_break(*, series_break: SeriesBreak) -> None:
    """Note a break, or correct one, and compare its stream's prices anew.

    A break that moves to another stream concerns both.
    """
    before = SeriesBreak.objects.filter(pk=series_break.pk).first()
    series_break.save()
    for one in filter(None, (before, series_break)):
        transaction.on_commit(partial(_derive_anew, one.began_on))
    if before and before.marketplace_id != series_break.marketplace_id:
        compare_anew(marketplace_id=before.marketplace_id)
    compare_anew(marketplace_id=series_break.marketplace_id)


@transaction.atomic
def delete_series_break(*, series_break: SeriesBreak) -> None:
    """Forget a break: prices on both sides of it are compared again."""
    series_break.delete()
    transaction.on_commit(partial(_derive_anew, series_break.began_on))
    compare_anew(marketplace_id=series_break.marketplace_id)


@transaction.atomic
def compare_anew(*, marketplace_id: int) -> None:
    """Work out again what the latest prices of a stream are compared with.

    The prices themselves, their age and the run they came by stay as they are.
    """
    merge = Merge(IngestRun())
    of_stream: dict[str, Any] = {
        "marketplace_id": marketplace_id,
        "oldest": _FURTHEST_BACK,
    }
    merge.cursor.execute(load_sql("prices", "forget_changes"), of_stream)
    merge.cursor.execute(load_sql("prices", "touch_stream"), of_stream)
    merge.cursor.execute("SELECT EXISTS (SELECT FROM touched_prices)")
    if merge.cursor.fetchone()[0]:
        merge.refresh_latest()
    transaction.on_commit(partial(_tell, marketplace_id))


def _derive_anew(began_on: date) -> None:
    began_at = datetime.combine(began_on, time(), UTC)
    derived.derive(began_at, began_at)


def _tell(marketplace_id: int) -> None:
    cache.bump()
    currency = Marketplace.objects.get(pk=marketplace_id).currency
    events.publish({f"market:{currency}", f"dashboard:{currency}"})
