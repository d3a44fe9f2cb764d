"""What prices did over a window: the maths by hand, and movers by every question."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
import time_machine
from django.contrib.auth import get_user_model

from apps.market.maths.moves import Legs, moves
from apps.market.selectors import movers
from apps.market.services import update_moves
from apps.prices.models import LatestPrice, Marketplace, PriceOverride
from apps.prices.tests.factories import make_card, make_price

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def legs(*rows: tuple[int, int, int, bool, int]) -> Legs:
    """Rows of (variant, stream, vendor, is asked, price)."""
    variant, stream, vendor, is_asked, price = np.array(rows).T
    return Legs(variant, stream, vendor, is_asked.astype(bool), price)


class TestMaths:
    def test_preferred_stream_medians_and_vendors(self):
        found = moves(
            legs(
                (1, 5, 1, True, 120),
                (1, 6, 2, True, 90),
                (1, 7, 2, False, 80),
                (1, 8, 3, True, 300),
                (2, 6, 2, True, 50),
            ),
            np.array([100, 100, 70, 200, 0]),
        )
        assert found.variant.tolist() == [1]
        assert (found.stream[0], found.then[0], found.now[0]) == (5, 100, 120)
        # Of 100, 100, 200 and of 90, 120, 300.
        assert (found.median_then[0], found.median_now[0]) == (100, 120)
        assert found.stream_count[0] == 3
        # Vendor 2 moved both ways: by what it asks, and by what it pays.
        assert (found.rising[0], found.falling[0]) == (3, 1)

    def test_of_two_the_mean_half_up(self):
        found = moves(
            legs((1, 5, 1, True, 20), (1, 6, 2, True, 25)), np.array([10, 15])
        )
        assert (found.median_then[0], found.median_now[0]) == (13, 23)

    def test_the_next_stream_speaks_where_the_first_knows_no_then(self):
        found = moves(legs((1, 5, 1, True, 20), (1, 6, 2, True, 30)), np.array([0, 15]))
        assert (found.stream[0], found.then[0], found.now[0]) == (6, 15, 30)
        assert found.stream_count[0] == 1

    def test_nothing(self):
        found = moves(legs((1, 5, 1, False, 20)), np.array([10]))
        assert len(found.variant) == 0


@pytest.mark.storage
@pytest.mark.django_db
class TestQuestions:
    @pytest.fixture(autouse=True)
    def _market(self):
        with time_machine.travel(NOW, tick=False):
            dear = make_card("Dear", rarity="mythic", set_code="lea")
            cheap = make_card("Cheap", rarity="common", legalities={"modern": "banned"})
            make_price(dear, "110", price_7d="100")
            make_price(dear, "60", "cardkingdom", price_7d="100")
            make_price(dear, "120", "manapool", price_7d="100")
            make_price(cheap, "3", price_7d="2", finish="FOIL")
            make_price(cheap, "4", "cardkingdom", price_7d="2", finish="FOIL")
            make_price(cheap, "1.50", "cardkingdom-buylist", price_7d="2")
            update_moves()
            yield

    def found(self, **wanted):
        return [
            (mover.card.name, mover.then, mover.now, mover.vendor_count)
            for mover in movers("USD", window="7d", **wanted)
        ]

    DEAR = ("Dear", Decimal(100), Decimal(110), 2)
    CHEAP = ("Cheap", Decimal(2), Decimal(3), 2)

    def test_by_percent_or_by_amount(self):
        assert self.found() == [self.CHEAP, self.DEAR]
        assert self.found(by="amount") == [self.DEAR, self.CHEAP]

    def test_medians(self):
        assert self.found(source="consensus") == [
            ("Cheap", Decimal(2), Decimal("3.5"), 2),
            ("Dear", Decimal(100), Decimal(110), 2),
        ]
        (_, mover) = movers("USD", window="7d", source="consensus")
        assert (mover.stream_count, mover.quote.marketplace) == (3, "tcgplayer")

    def test_of_one_stream(self):
        assert self.found(source="cardkingdom", direction="losers") == [
            ("Dear", Decimal(100), Decimal(60), 1)
        ]
        assert self.found(source="cardkingdom-buylist", direction="losers") == [
            ("Cheap", Decimal(2), Decimal("1.5"), 1)
        ]
        assert self.found(source="cardmarket") == []

    @pytest.mark.parametrize(
        ("wanted", "names"),
        [
            ({"vendors": 2}, ["Cheap", "Dear"]),
            ({"vendors": 3}, []),
            ({"rarity": "mythic"}, ["Dear"]),
            ({"card_set": "lea"}, ["Dear"]),
            ({"format": "modern"}, ["Dear"]),
            ({"finish": "FOIL"}, ["Cheap"]),
            ({"finish": "FOIL", "rarity": "mythic"}, []),
            ({"min_price": Decimal(50)}, ["Dear"]),
        ],
        ids=str,
    )
    def test_narrowed(self, wanted, names):
        assert [name for name, *_ in self.found(**wanted)] == names
        assert {name for name, *_ in self.found(source="manapool", **wanted)} <= set(
            names
        )

    def test_a_price_set_by_hand_says_so(self):
        dear = LatestPrice.objects.get(card__name="Dear", marketplace__slug="tcgplayer")
        PriceOverride.objects.create(
            card=dear.card,
            marketplace=dear.marketplace,
            currency="USD",
            price=dear.price,
            valid_from=dear.as_of,
            reason="a misprint",
            author=get_user_model().objects.create(username="editor"),
        )
        cheap, dear = movers("USD", window="7d")
        assert ("OVERRIDE" in cheap.flags, dear.flags) == (False, ("OVERRIDE",))
        assert dear.quote.override_reason == "a misprint"

    def test_a_stream_that_is_switched_off_moves_nothing(self):
        Marketplace.objects.filter(slug="tcgplayer").update(is_active=False)
        update_moves()
        assert self.found() == [("Cheap", Decimal(2), Decimal(4), 1)]

    def test_a_series_that_has_gone_since_is_left_out(self):
        LatestPrice.objects.filter(card__name="Dear").delete()
        assert self.found() == [self.CHEAP]

    def test_computing_again_changes_nothing(self):
        rows = update_moves()
        assert (rows, update_moves()) == (2, 2)
        assert self.found() == [self.CHEAP, self.DEAR]

    def test_over_http(self, client):
        answer = client.get(
            "/api/market/movers?window=7d&source=consensus&by=amount&set=LEA&vendors=2"
        ).json()
        (mover,) = answer["movers"]
        assert (mover["change_amount"], mover["stream_count"]) == ("10.00", 3)
        assert (answer["by"], answer["source"]) == ("amount", "consensus")

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("set=nope", 'set: There is no set "nope".'),
            ("by=luck", 'by: "luck" is not one of: percent, amount.'),
            ("source=ebay", 'source: "ebay" is not one of: '),
        ],
    )
    def test_refusals(self, client, query, message):
        response = client.get(f"/api/market/movers?{query}")
        assert response.status_code == 400
        assert response.json()["message"].startswith(message)

    def test_page(self, client, django_assert_max_num_queries):
        with django_assert_max_num_queries(25):
            page = client.get("/movers/?window=7d&vendors=2&by=amount")
        text = page.content.decode()
        assert text.index("Dear") < text.index("Cheap")
        assert "2 gainers in 7d" in text
        assert "/api/market/movers?currency=USD&amp;window=7d" in text

    def test_page_reports_what_it_cannot_read(self, client):
        page = client.get("/movers/?window=9d&set=nope&source=ebay")
        assert page.status_code == 200
        text = page.content.decode()
        assert "“9d” is none of 1d, 7d, 30d, 90d." in text
        assert "There is no set “nope”." in text
        assert "“ebay” is none of preferred, consensus" in text

    def test_csv_of_the_view(self, client):
        make_price(make_card("+2 Mace"), "9", price_7d="3", price_30d="9")
        update_moves()
        response = client.get("/movers.csv?window=7d&source=consensus")
        rows = [line.split(",") for line in response.content.decode().splitlines()]
        assert rows[0][:3] == ["name", "set", "collector_number"]
        assert [row[0] for row in rows[1:]] == ["'+2 Mace", "Cheap", "Dear"]
        assert [row[8:14] for row in rows[1:]] == [
            ["3.00", "9.00", "6.00", "200.00", "tcgplayer", "1"],
            ["2.00", "3.50", "1.50", "75.00", "consensus", "2"],
            ["100.00", "110.00", "10.00", "10.00", "consensus", "3"],
        ]

    def test_csv_of_nonsense_is_refused(self, client):
        response = client.get("/movers.csv?window=9d")
        assert response.status_code == 400
        assert "9d" in response.content.decode()
