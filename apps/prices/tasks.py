"""Scheduled readings: ids in, one service call, small dicts out."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

from celery import shared_task

from mtgintel.core.single import single_instance

from .archive.selectors import is_archive_on
from .archive.services import archive_prices, retire_prices
from .models import IngestRun
from .selectors import is_demo_market
from .services import (
    configured_vendors,
    fetch_due_sources,
    fetch_mtgjson,
    fetch_rates,
    fetch_scryfall,
    fetch_vendor,
    heal_refreshes,
)

logger = logging.getLogger(__name__)

# A reading takes minutes; its lock outlives the longest the worker lets it run.
_LOCK_SECONDS = 3 * 60 * 60


def _counts(runs: list[IngestRun]) -> dict[str, int]:
    return {run.source: run.rows_written for run in runs}


def on_a_real_market(
    read: Callable[[], dict[str, int]],
) -> Callable[[], dict[str, int]]:
    """Leave a demo market alone: when real data replaces it is for its user to say."""

    @functools.wraps(read)
    def call() -> dict[str, int]:
        if is_demo_market():
            logger.info("%s waits: this is the demo market", read.__name__)
            return {}
        return read()

    return call


@shared_task(name="prices.ingest_scryfall")  # type: ignore[untyped-decorator]
@single_instance("ingest-scryfall", seconds=_LOCK_SECONDS)
@on_a_real_market
def ingest_scryfall() -> dict[str, int]:
    """Catalogue, sets, migrations and today's prices."""
    return _counts(fetch_scryfall())


@shared_task(name="prices.ingest_mtgjson_today")  # type: ignore[untyped-decorator]
@single_instance("ingest-mtgjson", seconds=_LOCK_SECONDS)
@on_a_real_market
def ingest_mtgjson_today() -> dict[str, int]:
    """Today's prices of every vendor."""
    return _counts(fetch_mtgjson(is_today=True))


@shared_task(name="prices.ingest_mtgjson_history")  # type: ignore[untyped-decorator]
@single_instance("ingest-mtgjson", seconds=_LOCK_SECONDS)
@on_a_real_market
def ingest_mtgjson_history() -> dict[str, int]:
    """The last 90 days of every vendor: fills the days that were missed."""
    return _counts(fetch_mtgjson())


@shared_task(name="prices.ingest_cardkingdom")  # type: ignore[untyped-decorator]
@single_instance("ingest-cardkingdom", seconds=_LOCK_SECONDS)
@on_a_real_market
def ingest_cardkingdom() -> dict[str, int]:
    """What Card Kingdom asks and pays."""
    return _counts(fetch_vendor(source="cardkingdom"))


@shared_task(name="prices.ingest_cardmarket")  # type: ignore[untyped-decorator]
@single_instance("ingest-cardmarket", seconds=_LOCK_SECONDS)
@on_a_real_market
def ingest_cardmarket() -> dict[str, int]:
    """Cardmarket's price guide."""
    return _counts(fetch_vendor(source="cardmarket"))


@shared_task(name="prices.ingest_tcgcsv")  # type: ignore[untyped-decorator]
@single_instance("ingest-tcgcsv", seconds=_LOCK_SECONDS)
@on_a_real_market
def ingest_tcgcsv() -> dict[str, int]:
    """TCGplayer's market prices."""
    return _counts(fetch_vendor(source="tcgcsv"))


@shared_task(name="prices.ingest_manapool")  # type: ignore[untyped-decorator]
@single_instance("ingest-manapool", seconds=_LOCK_SECONDS)
@on_a_real_market
def ingest_manapool() -> dict[str, int]:
    """Mana Pool's lowest offers."""
    return _counts(fetch_vendor(source="manapool"))


@shared_task(name="prices.ingest_goatbots")  # type: ignore[untyped-decorator]
@single_instance("ingest-goatbots", seconds=_LOCK_SECONDS)
@on_a_real_market
def ingest_goatbots() -> dict[str, int]:
    """GoatBots' prices of Magic Online cards."""
    return _counts(fetch_vendor(source="goatbots"))


@shared_task(name="prices.ingest_cardtrader")  # type: ignore[untyped-decorator]
@single_instance("ingest-cardtrader", seconds=_LOCK_SECONDS)
@on_a_real_market
def ingest_cardtrader() -> dict[str, int]:
    """CardTrader's offers, if there is a token for them."""
    if "cardtrader" not in configured_vendors():
        return {}
    return _counts(fetch_vendor(source="cardtrader"))


@shared_task(name="prices.ingest_ecb")  # type: ignore[untyped-decorator]
@single_instance("ingest-ecb", seconds=_LOCK_SECONDS)
@on_a_real_market
def ingest_ecb() -> dict[str, int]:
    """The European Central Bank's exchange rates."""
    return _counts(fetch_rates())


@shared_task(name="prices.ingest_custom_sources")  # type: ignore[untyped-decorator]
@single_instance("ingest-custom-sources", seconds=_LOCK_SECONDS)
@on_a_real_market
def ingest_custom_sources() -> dict[str, int]:
    """The price lists described in the admin that are due."""
    return fetch_due_sources()


@shared_task(name="prices.maintain_storage")  # type: ignore[untyped-decorator]
@single_instance("maintain-storage", seconds=_LOCK_SECONDS)
def maintain_storage() -> dict[str, int]:
    """Drop what is archived and past its retention; refresh what a crash left stale."""
    return {**retire_prices(), "refreshed_runs": heal_refreshes()}


@shared_task(name="prices.archive_prices")  # type: ignore[untyped-decorator]
@single_instance("archive-prices", seconds=_LOCK_SECONDS)
@on_a_real_market
def archive_the_day() -> dict[str, int]:
    """Write the days that changed to the archive, if there is one."""
    if not is_archive_on():
        return {}
    exported = archive_prices()
    return {"days": len(exported.days), "rows": exported.rows}
