"""Switches of summer time, other zones, the ends of days, months and years.

Everything is UTC from the moment it is read. Wherever a feed, the process or the
database has its clock, a price is of the same day, in the same candle, and compared
with the same price.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.cards.models import Card, CardIdentifier
from apps.prices.ingest.base import PriceData
from apps.prices.models import CardPriceDaily, LatestPrice, Marketplace, PriceSnapshot
from apps.prices.services import ingest_scryfall, record_prices
from tests.faults import market
from tests.faults.processes import Fault

# Local time of the shop in Seattle -> UTC. The clocks went forward at 02:00 on 8 March
# 2026 and back at 02:00 on 2 November 2025.
SEATTLE = {
    "2025-11-02 00:59:59": "2025-11-02T07:59:59",
    # It was that time twice; the first is meant.
    "2025-11-02 01:30:00": "2025-11-02T08:30:00",
    "2025-11-02 02:00:00": "2025-11-02T10:00:00",
    "2025-12-31 23:59:59": "2026-01-01T07:59:59",
    "2026-03-08 01:59:59": "2026-03-08T09:59:59",
    # It was never that time; half past three is meant.
    "2026-03-08 02:30:00": "2026-03-08T10:30:00",
    "2026-03-08 03:00:00": "2026-03-08T10:00:00",
    "2024-02-29 16:00:00": "2024-03-01T00:00:00",
}
# What Cardmarket writes says how far it is from UTC. Its clocks went back at 03:00 on
# 26 October 2025 and forward at 02:00 on 29 March 2026.
COLOGNE = {
    "2025-10-26T02:59:59+0200": "2025-10-26T00:59:59",
    "2025-10-26T02:00:00+0100": "2025-10-26T01:00:00",
    "2026-01-01T00:30:00+0100": "2025-12-31T23:30:00",
    "2026-03-29T01:59:59+0100": "2026-03-29T00:59:59",
    "2026-03-29T03:00:00+0200": "2026-03-29T01:00:00",
    "2024-02-29T00:59:59+0100": "2024-02-28T23:59:59",
}


@pytest.fixture
def cards(tmp_path: Path) -> list[Card]:
    path = tmp_path / "cards.jsonl"
    path.write_bytes(b"".join(market.catalogue().splitlines(keepends=True)[:2]))
    ingest_scryfall(path=path, at=datetime(2024, 1, 1, tzinfo=UTC))
    return list(Card.objects.order_by("name"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read(source: str, document: dict, path: Path) -> datetime:
    """Ingest a file; the moment of the price it brought."""
    path.write_text(json.dumps(document))
    call_command("ingest", source, "--file", str(path))
    return PriceSnapshot.objects.latest("run_id").time


@pytest.mark.django_db(transaction=True)
def test_lists_of_seattle(cards, tmp_path):
    """Times without a zone; each becomes one price of its own moment."""
    for number, (local, moment) in enumerate(SEATTLE.items()):
        item = json.loads(market.price_list())["data"][0]
        item |= {"price_retail": f"{2 + number / 10:.2f}", "qty_buying": 0}
        document = {"meta": {"created_at": local}, "data": [item]}

        assert read("cardkingdom", document, tmp_path / "list.json") == utc(moment)

    assert PriceSnapshot.objects.count() == len(set(SEATTLE.values()))


@pytest.mark.django_db(transaction=True)
def test_guides_of_cologne(cards, tmp_path):
    CardIdentifier.objects.create(source="cardmarket", external_id="77", card=cards[0])
    for number, (local, moment) in enumerate(COLOGNE.items()):
        guide = {"idProduct": 77, "idCategory": 1, "trend": 2 + number / 10}
        document = {"createdAt": local, "priceGuides": [guide]}

        assert read("cardmarket", document, tmp_path / "guide.json") == utc(moment)


# Pairs of moments around a border, and whether it is one between days of UTC.
BORDERS = {
    "midnight": ("2026-06-30T23:59:59.999999", "2026-07-01T00:00:00", True),
    "into a leap day": ("2024-02-28T23:59:59.999", "2024-02-29T00:00:00", True),
    "out of a leap day": ("2024-02-29T23:59:59.999", "2024-03-01T00:00:00", True),
    "year": ("2025-12-31T23:59:59.999999", "2026-01-01T00:00:00", True),
    "Seattle goes forward": ("2026-03-08T09:59:59", "2026-03-08T10:00:00", False),
    "Seattle goes back": ("2025-11-02T08:59:59", "2025-11-02T09:00:00", False),
    "Seattle's midnight": ("2026-03-08T07:59:59", "2026-03-08T08:00:00", False),
    "Cologne goes forward": ("2026-03-29T00:59:59", "2026-03-29T01:00:00", False),
    "Cologne goes back": ("2025-10-26T00:59:59", "2025-10-26T01:00:00", False),
}


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("before", "after", "is_midnight"), BORDERS.values(), ids=BORDERS
)
def test_borders_of_days_are_those_of_utc(cards, before, after, is_midnight):
    stream = Marketplace.objects.get(slug="tcgplayer").pk
    for price, moment in ((Decimal(2), before), (Decimal(3), after)):
        record_prices(
            PriceData(cards[0].pk, stream, price, "USD", utc(moment)),
            source="tcgplayer",
        )

    candles = list(
        CardPriceDaily.objects.order_by("bucket").values_list(
            "bucket", "open_price", "close_price"
        )
    )
    first, second = (utc(moment[:10]) for moment in (before, after))
    if is_midnight:
        assert candles == [(first, 2, 2), (second, 3, 3)]
    else:
        assert candles == [(first, 2, 3)]
    assert LatestPrice.objects.get().as_of == utc(after)


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "day", ["2026-03-09", "2025-11-03", "2026-03-30", "2025-10-27"]
)
def test_a_day_ago_is_24_hours_ago_across_a_switch(cards, day):
    """Not the same time of the clock: at 24 hours to the second, one second less is
    not yet a day."""
    stream = Marketplace.objects.get(slug="tcgplayer").pk
    now = utc(day) + timedelta(hours=5)
    for card, ago in zip(cards, (timedelta(days=1), timedelta(hours=23)), strict=True):
        record_prices(
            [
                PriceData(card.pk, stream, Decimal(2), "USD", now - ago),
                PriceData(card.pk, stream, Decimal(3), "USD", now),
            ],
            source="tcgplayer",
        )

    found = dict(LatestPrice.objects.values_list("card_id", "price_1d"))
    assert found == {cards[0].pk: 2, cards[1].pk: None}


@pytest.mark.process
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_a_machine_and_a_database_elsewhere(fault: Fault, prices: Path, zone: str):
    """The process has a zone of its own, the database another default: nothing that is
    stored differs."""
    expected = fault.workshop.undisturbed("mtgjson", "--prices", prices)
    fault.session.execute(f"ALTER DATABASE {fault.database} SET timezone = '{zone}'")

    fault.ingest("mtgjson", "--prices", prices, TZ=zone, PGTZ=zone).succeed()

    fault.as_undisturbed(expected)
