"""manage.py diagnose_chart: a chart, explained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from apps.prices.models import (
    IngestRun,
    Marketplace,
    PriceOverride,
    QuarantinedPrice,
)
from apps.prices.selectors import card_history

from .factories import add_observations, make_card, make_price, refresh

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 2, 20, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 2, 20, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def observe(card, days_ago: list[int], slug: str = "tcgplayer", **variant: str) -> None:
    prices = [(MIDNIGHT - days * DAY, "5") for days in days_ago]
    add_observations(card, prices, slug, **variant)
    refresh(prices)
    newest = max(moment for moment, _ in prices)
    make_price(card, "5", slug, as_of=newest, **variant)


def said(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("diagnose_chart", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def card():
    return make_card(id=7)


def test_what_is_drawn_and_what_is_not(card):
    observe(card, [40, 10, 9, 5, 4, 3])
    observe(card, [13, 12, 11], "cardmarket")
    observe(card, [1, 0], finish="FOIL", condition="DAMAGED")
    observe(card, [50], "cardkingdom", language="GERMAN")
    Marketplace.objects.filter(slug="manapool").update(is_active=False)
    observe(card, [1], "manapool")
    assert said("7") == [
        "Ragavan, Nimble Pilferer (MH2 138), English: card 7",
        (
            "Chart of 30d in USD, 21 Jan 2026 to 20 Feb 2026, Near Mint: "
            "one point a day, from card_prices_daily."
        ),
        "",
        "Drawn: 1 series",
        "  TCGplayer (tcgplayer), nonfoil, USD",
        "    Observed 6 times from 11 Jan 2026 to 17 Feb 2026.",
        "    5 points in its period, 1 gap.",
        (
            "    Gap: nothing between 11 Feb 2026 00:00 UTC and 15 Feb 2026 00:00 UTC "
            "(4.0 days)."
        ),
        (
            "    Stale: its newest price is of 17 Feb 2026 00:00 UTC, and the stream's "
            "should be no older than 48 hours."
        ),
        "",
        "Not drawn: 4 series",
        "  Cardmarket (cardmarket), nonfoil, EUR",
        "    Hidden: it is in EUR, the chart in USD.",
        "    Observed 3 times from 7 Feb 2026 to 9 Feb 2026.",
        "    3 points in its period, 0 gaps.",
        (
            "    Break on 8 Feb 2026: MTGJSON 5.3.0 gives another of Cardmarket's "
            "figures. Before: Average of one day's sales. Since: Trend price: a moving "
            "figure of recent sales. The line is cut there."
        ),
        (
            "    Stale: its newest price is of 9 Feb 2026 00:00 UTC, and the stream's "
            "should be no older than 48 hours."
        ),
        "  TCGplayer (tcgplayer), foil, Damaged, USD",
        "    Hidden: the chart shows Near Mint only.",
        "    Observed 2 times from 19 Feb 2026 to 20 Feb 2026.",
        "    2 points in its period, 0 gaps.",
        "  Card Kingdom (cardkingdom), nonfoil, German, USD",
        "    Hidden: nothing was observed in the period.",
        "    Observed 1 time from 1 Jan 2026 to 1 Jan 2026.",
        (
            "    Stale: its newest price is of 1 Jan 2026 00:00 UTC, and the stream's "
            "should be no older than 48 hours."
        ),
        "  Mana Pool (manapool), nonfoil, USD",
        "    Hidden: the stream is switched off in the admin.",
        "    Observed 1 time from 19 Feb 2026 to 19 Feb 2026.",
        "    1 point in its period, 0 gaps.",
    ]
    # The chart itself says the same.
    drawn = card_history(7, currency="USD", condition="NEAR_MINT").series
    assert [(one["marketplace"], len(one["time"])) for one in drawn] == [
        ("tcgplayer", 5)
    ]


def test_another_currency_period_and_finish(card):
    observe(card, [13, 12], "cardmarket")
    observe(card, [13, 12], "cardmarket", finish="FOIL")
    found = said("7", "--period", "7d", "--currency", "eur", "--finish", "foil")
    assert found[1] == (
        "Chart of 7d in EUR, 13 Feb 2026 to 20 Feb 2026, Near Mint, foil only: "
        "one point an hour, from card_prices_hourly."
    )
    assert found[3] == "Drawn: nothing"
    assert found[6:8] == [
        "  Cardmarket (cardmarket), foil, EUR",
        "    Hidden: nothing was observed in the period.",
    ]


def test_observations_that_no_bucket_has(card):
    observe(card, [3])
    add_observations(card, [(MIDNIGHT - 2 * DAY, "5"), (MIDNIGHT, "5")])
    make_price(card, "5", "cardkingdom", as_of=MIDNIGHT)
    add_observations(card, [(MIDNIGHT, "5")], "cardkingdom")
    found = said("7")
    behind = [line for line in found if "Behind" in line or "no bucket" in line]
    # TimescaleDB's aggregates know what was not refreshed yet.
    assert behind in (
        [
            (
                "    Behind: 3 observations in the period, 1 of them in buckets; the "
                "aggregate was not refreshed."
            ),
            "    Hidden: its observations in the period are in no bucket yet.",
            (
                "    Behind: 1 observation in the period, 0 of them in buckets; the "
                "aggregate was not refreshed."
            ),
        ],
        [],
    )


@pytest.mark.parametrize(
    ("period", "shown"),
    [
        # The hour begins with the period, the day before it.
        ("7d", "    2 points in its period, 1 gap."),
        ("30d", "    1 point in its period, 0 gaps."),
    ],
)
def test_the_day_that_a_period_begins_within_is_not_behind(card, period, shown):
    days = int(period.removesuffix("d"))
    prices = [(NOW - days * DAY + timedelta(minutes=5), "5"), (NOW, "6")]
    add_observations(card, prices)
    refresh(prices)
    make_price(card, "6", as_of=NOW)
    found = said("7", "--period", period)
    assert found[6] == shown
    assert not [line for line in found if "Behind" in line]


def test_what_was_kept_out(card):
    run = IngestRun.objects.create(source="tcgcsv")
    stream = Marketplace.objects.get(slug="tcgplayer")
    QuarantinedPrice.objects.create(
        run=run, card=card, reason="ambiguous product", position="product 9"
    )
    QuarantinedPrice.objects.create(
        run=run,
        card=card,
        marketplace=stream,
        reason="far from the others",
        time=MIDNIGHT,
        price="99",
        currency="USD",
        condition="NEAR_MINT",
        finish="NONFOIL",
        language="ENGLISH",
    )
    PriceOverride.objects.create(
        card=card,
        marketplace=stream,
        condition="NEAR_MINT",
        finish="FOIL",
        language="ENGLISH",
        currency="USD",
        price="12.5",
        valid_from=MIDNIGHT - DAY,
        valid_to=MIDNIGHT,
        reason="A typing error of the shop",
        author=User.objects.create_user("u"),
    )
    assert said("7")[3:] == [
        "Drawn: nothing",
        "  No stream has ever brought a price of this printing.",
        "",
        "Kept out: 2 rows of this printing",
        "  99.00 USD of tcgplayer, 20 Feb 2026 00:00 UTC: far from the others; held.",
        "  A row at product 9: ambiguous product.",
        "",
        "Overrides: 1",
        (
            "  tcgplayer foil: 12.50 USD from 19 Feb 2026 to 20 Feb 2026: "
            "A typing error of the shop"
        ),
    ]


class TestWhichCard:
    @pytest.mark.parametrize(
        "text",
        [
            "7",
            "00000000-0000-4000-8000-000000000007",
            "Ragavan, Nimble Pilferer (MH2)",
            "ragavan, nimble pilferer (mh2 138)",
        ],
    )
    def test_names_one(self, text):
        make_card(id=7, scryfall_id="00000000-0000-4000-8000-000000000007")
        make_card(id=8, set_code="mul", collector_number="86")
        assert said(text)[0].endswith(": card 7")

    def test_several_are_listed(self, card):
        make_card(id=8, set_code="mul", collector_number="86")
        with pytest.raises(CommandError) as refusal:
            said("Ragavan, Nimble Pilferer")
        assert str(refusal.value) == (
            "'Ragavan, Nimble Pilferer' names several printings:\n"
            "  7  Ragavan, Nimble Pilferer (MH2 138), English\n"
            "  8  Ragavan, Nimble Pilferer (MUL 86), English"
        )

    def test_a_wrong_name_is_told_what_is_near(self, card):
        with pytest.raises(CommandError) as refusal:
            said("Ragavan, Nimble Pilfer (MH2)")
        assert str(refusal.value) == (
            "No printing is named 'Ragavan, Nimble Pilfer (MH2)'. Near:\n"
            "  7  Ragavan, Nimble Pilferer (MH2 138), English"
        )

    def test_nothing_like_it(self, card):
        with pytest.raises(CommandError, match="nor anything like it"):
            said("zzzzzz")
