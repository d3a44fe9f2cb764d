"""The demo market in the database: loading it, and letting it go on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from apps.cards.models import Card, CardSet
from apps.cards.querysets import fold_name
from apps.prices.ingest.base import (
    FINISH_CODE,
    LANGUAGE_CODE,
    NEAR_MINT,
    PriceBlock,
)
from apps.prices.models import IngestRun, Marketplace
from apps.prices.selectors import is_demo_market
from apps.prices.services import record_prices, record_rates
from apps.prices.services.runs import source_lock
from mtgintel.core.feeds import IngestError

from .exchange import euro_rates
from .facts import Printing, SetFacts, printings
from .market import Quotes, joined, quotes_at, scheduled, variants
from .sealed import load_sealed_products, record_sealed_days
from .streams import STREAMS
from .ticker import moving_quotes

SOURCE = "demo"
TICK_SOURCE = "demo-tick"
CATALOGUE_SOURCE = "scryfall"

# One run a minute would bury the real ones in the ledger; an hour of them is kept.
KEPT_TICKS = 60
# For how many days back the charts of a day and a week have more than daily points.
_INTRADAY = timedelta(days=3)


class NotEmptyError(IngestError):
    """The database holds something the demo market would mix with."""


def load_demo_market(*, days: int = 180, now: datetime | None = None) -> IngestRun:
    """Fill an empty database with the demo's cards and `days` of prices up to now.

    All of it or nothing. Raises NotEmptyError when there is a demo market already, or
    cards of another origin; BusySourceError while a catalogue is being read.
    """
    this_hour = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    with source_lock(CATALOGUE_SOURCE), source_lock(SOURCE), transaction.atomic():
        _require_empty()
        _load_catalogue()
        history = scheduled(
            this_hour - timedelta(days=days),
            this_hour - timedelta(hours=1),
            intraday_from=this_hour - _INTRADAY,
        )
        quotes = joined([history, quotes_at(this_hour)])
        first_day = (this_hour - timedelta(days=days)).date()
        _record_rates(first_day, this_hour.date())
        record_sealed_days(this_hour - timedelta(days=days), this_hour)
        return record_prices(_as_block(quotes), source=SOURCE, as_of=this_hour)


def _record_rates(first: date, last: date) -> None:
    record_rates(rates=euro_rates(first, last), source=SOURCE)


def _require_empty() -> None:
    if is_demo_market():
        raise NotEmptyError("The demo market is here already; nothing was changed.")
    if Card.objects.exists():
        raise NotEmptyError(
            "This database holds a real catalogue, and demo prices must not mix with "
            "it; nothing was changed. For a demo use an empty database: set "
            "MTGINTEL_DATA_DIR to a new directory, or DATABASE_URL to a new database."
        )


def _load_catalogue() -> None:
    sets = {printing.card_set.code: printing.card_set for printing in printings()}
    CardSet.objects.bulk_create(
        [_set_row(card_set) for card_set in sets.values()], ignore_conflicts=True
    )
    rows = CardSet.objects.in_bulk(list(sets), field_name="code")
    Card.objects.bulk_create(
        [_card_row(printing, rows[printing.card_set.code]) for printing in printings()]
    )
    load_sealed_products()


def _set_row(facts: SetFacts) -> CardSet:
    return CardSet(
        code=facts.code,
        name=facts.name,
        set_type=facts.set_type,
        released_on=facts.released_on,
        card_count=sum(p.card_set.code == facts.code for p in printings()),
    )


def _card_row(printing: Printing, card_set: CardSet) -> Card:
    facts = printing.card
    games = {"paper": printing.usd is not None, "mtgo": printing.tix is not None}
    return Card(
        scryfall_id=printing.scryfall_id,
        oracle_id=facts.oracle_id,
        name=facts.name,
        search_name=fold_name(facts.name),
        card_set=card_set,
        collector_number=printing.collector_number,
        language=printing.language,
        lang_code=printing.lang_code,
        rarity=printing.rarity,
        layout=facts.layout,
        finishes=list(printing.finishes),
        games=[game for game, is_played in games.items() if is_played],
        colors=list(facts.colors),
        color_identity=list(facts.identity),
        type_line=facts.type_line,
        faces=_faces(printing),
        legalities=dict.fromkeys(sorted(facts.formats), "legal"),
        released_on=printing.card_set.released_on,
        is_digital=printing.is_digital,
        is_promo=printing.card_set.set_type == "promo",
        is_reserved=facts.is_reserved,
    )


def _faces(printing: Printing) -> list[dict[str, str]]:
    names = printing.card.name.split(" // ")
    types = printing.card.type_line.split(" // ")
    if len(names) == 1:
        return []
    return [
        {"name": name, "type_line": kind}
        for name, kind in zip(names, types, strict=True)
    ]


def _as_block(quotes: Quotes) -> PriceBlock:
    """Quotes with the ids and codes of the database."""
    card_ids = dict(Card.objects.values_list("scryfall_id", "id"))
    streams = dict(Marketplace.objects.values_list("slug", "id"))
    known = [
        (
            card_ids[variant.printing.scryfall_id],
            FINISH_CODE[variant.finish],
            LANGUAGE_CODE[variant.printing.language],
        )
        for variant in variants()
    ]
    card, finish, language = np.array(known, np.int32).T[:, quotes.variant]
    marketplace = np.array([streams[stream.slug] for stream in STREAMS], np.int16)
    return PriceBlock(
        card_id=card,
        marketplace_id=marketplace[quotes.stream],
        condition=np.full(len(quotes), NEAR_MINT, np.int16),
        finish=finish.astype(np.int16),
        language=language.astype(np.int16),
        time=quotes.time,
        price=quotes.price.astype(np.int32),
        price_low=quotes.price_low.astype(np.int32),
        price_mid=quotes.price_mid.astype(np.int32),
        num_listings=quotes.num_listings.astype(np.int32),
        total_quantity=quotes.total_quantity.astype(np.int32),
    )


def tick_demo_market(*, now: datetime | None = None) -> IngestRun | None:
    """Record what the demo market did in the minute of `now`; None on a real market.

    On the hour that is what the streams report, otherwise a handful of small moves.
    Reports that nobody was running to record are caught up with. The same minute
    twice records nothing more.
    """
    moment = (now or timezone.now()).replace(second=0, microsecond=0)
    return _tick(moment) if is_demo_market() else None


@transaction.atomic
def _tick(moment: datetime) -> IngestRun | None:
    _wait_for_removal()
    runs = IngestRun.objects.filter(source__in=(SOURCE, TICK_SOURCE))
    before = runs.filter(as_of__lt=moment).aggregate(Max("as_of"))["as_of__max"]
    if before is None:
        return None
    quotes = scheduled(before, moment, intraday_from=before)
    if before.date() < moment.date():
        _record_rates(before.date(), moment.date())
    record_sealed_days(before, moment)
    if moment.minute:
        quotes = joined([quotes, moving_quotes(moment)])
    run = record_prices(_as_block(quotes), source=TICK_SOURCE, as_of=moment)
    _forget_old_ticks()
    return run


def _wait_for_removal() -> None:
    """Let a real catalogue that is replacing the demo finish, or wait for us.

    A tick of the demo's cards must not be written after they are gone. The table is
    the first that the removal empties, so neither waits for the other.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE price_snapshots IN ROW EXCLUSIVE MODE")


def _forget_old_ticks() -> None:
    ticks = IngestRun.objects.filter(source=TICK_SOURCE)
    newest = ticks.order_by("-as_of", "-id").values_list("pk", flat=True)[:KEPT_TICKS]
    # Not those whose aggregates a crash left to be refreshed.
    ticks.exclude(pk__in=list(newest)).exclude(
        dirty_from__isnull=False, refreshed_at=None
    ).delete()
