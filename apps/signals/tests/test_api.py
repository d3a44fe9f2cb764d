"""Signals over HTTP."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.prices.tests.factories import make_card, make_price
from apps.signals.maths.detectors import KINDS
from mtgintel.core import cache

from .market import DAY, make_signal

pytestmark = pytest.mark.django_db


@pytest.fixture
def cards():
    """Ada has three signals in dollars and one in euros, Bob one, a foil; all of the
    same day but for one of the day before."""
    ada = make_card("Ada", set_code="lea", collector_number="1")
    bob = make_card("Bob", legalities={"modern": "banned"}, collector_number="2")
    make_price(ada, "12.50")
    make_signal(ada)
    make_signal(ada, "SUPPLY", strength=0.5, confidence=0.4, values={"fall": 0.5})
    make_signal(
        ada,
        "VOLATILITY",
        direction=0,
        strength=0.3,
        confidence=1.0,
        values={"volatility": 0.05},
    )
    make_signal(ada, "TREND", marketplace="cardmarket")
    make_signal(
        bob,
        "BREAKOUT",
        finish="FOIL",
        direction=-1,
        strength=0.7,
        price=Decimal("3.00"),
        values={"excess": 0.1, "high": 5.0, "low": 3.3},
    )
    make_signal(ada, "BREAKOUT", day=DAY - timedelta(days=1), strength=1.0)
    return ada, bob


@pytest.fixture
def get(client):
    def get(address: str):
        response = client.get(address)
        assert response.status_code == 200, response.content
        return response.json()

    return get


def kinds(answer) -> list[str]:
    return [row["kind"] for row in answer["results"]]


@pytest.mark.storage
class TestList:
    def test_the_newest_day_the_strongest_first(self, get, cards):
        answer = get("/api/signals")
        assert (answer["currency"], answer["day"]) == ("USD", "2026-03-10")
        assert (answer["count"], answer["page"]) == (4, 1)
        assert kinds(answer) == ["TREND", "BREAKOUT", "SUPPLY", "VOLATILITY"]

    def test_a_row(self, get, cards):
        row = get("/api/signals")["results"][0]
        assert row.pop("card")["name"] == "Ada"
        assert row == {
            "day": "2026-03-10",
            "kind": "TREND",
            "finish": "NONFOIL",
            "currency": "USD",
            "direction": "up",
            "strength": 0.9,
            "confidence": 0.8,
            "observations": 30,
            "price": "12.50",
            "marketplace": "tcgplayer",
            "values": {"slope": 0.0123, "t": 14.5, "r2": 0.91, "move": 0.42},
            "version": 1,
        }

    def test_amounts_are_written_as_money(self, get, cards):
        (row,) = get("/api/signals?kind=BREAKOUT")["results"]
        assert row["values"] == {"excess": 0.1, "high": "5.00", "low": "3.30"}
        assert row["direction"] == "down"

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("kind=trend", ["TREND"]),
            ("direction=up", ["TREND", "SUPPLY"]),
            ("direction=down", ["BREAKOUT"]),
            ("direction=neither", ["VOLATILITY"]),
            ("min_strength=0.7", ["TREND", "BREAKOUT"]),
            ("min_confidence=0.9", ["VOLATILITY"]),
            ("min_price=10", ["TREND", "SUPPLY", "VOLATILITY"]),
            ("set=LEA", ["TREND", "SUPPLY", "VOLATILITY"]),
            ("format=modern", ["TREND", "SUPPLY", "VOLATILITY"]),
            ("finish=FOIL", ["BREAKOUT"]),
            ("currency=EUR", ["TREND"]),
            ("currency=TIX", []),
            ("day=2026-03-09", ["BREAKOUT"]),
            ("day=2020-01-01", []),
            ("ordering=-confidence", ["VOLATILITY", "TREND", "BREAKOUT", "SUPPLY"]),
            ("ordering=price", ["BREAKOUT", "TREND", "VOLATILITY", "SUPPLY"]),
            ("ordering=name&min_strength=0.6", ["TREND", "BREAKOUT"]),
            ("page_size=3&page=2", ["VOLATILITY"]),
        ],
    )
    def test_narrowed_and_ordered(self, get, cards, query, found):
        assert sorted(kinds(get(f"/api/signals?{query}"))) == sorted(found)
        if "ordering" in query and "price" not in query:
            assert kinds(get(f"/api/signals?{query}")) == found

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("kind=luck", 'kind: "luck" is not one of: MOMENTUM, TREND, '),
            ("direction=left", 'direction: "left" is not one of: up, down, neither.'),
            ("currency=GBP", 'currency: "GBP" is not one of: USD, EUR, TIX.'),
            ("min_strength=2", "min_strength: "),
            ("min_confidence=x", "min_confidence: "),
            ("set=nope", "set: There is no set 'nope'."),
            ("format=chess", 'format: "chess" is not one of: '),
            ("finish=GLOSSY", 'finish: "GLOSSY" is not one of: '),
            ("day=yesterday", "day: "),
            ("ordering=luck", 'ordering: "luck" is not one of: -strength, '),
            ("colour=red", "colour: Unknown parameter; allowed: "),
        ],
    )
    def test_refusals(self, client, cards, query, message):
        response = client.get(f"/api/signals?{query}")
        assert response.status_code == 400
        assert response.json()["message"].startswith(message)

    def test_queries(self, client, cards, django_assert_max_num_queries):
        """As many for a page of signals as for one."""
        with django_assert_max_num_queries(5):
            client.get("/api/signals")
        for n in range(20):
            make_signal(make_card(f"Card {n}", collector_number=str(n)))
        cache.bump()
        with django_assert_max_num_queries(5):
            assert client.get("/api/signals").json()["count"] == 24

    def test_without_any(self, get):
        answer = get("/api/signals")
        assert (answer["day"], answer["count"], answer["results"]) == (None, 0, [])


@pytest.mark.storage
class TestKinds:
    def test_every_kind_with_its_definition_and_counts(self, get, cards):
        answer = get("/api/signals/kinds")
        assert (answer["currency"], answer["day"]) == ("USD", "2026-03-10")
        assert [each["kind"]["kind"] for each in answer["kinds"]] == list(KINDS)
        counts = {
            each["kind"]["kind"]: (each["up"], each["down"], each["neither"])
            for each in answer["kinds"]
            if each["total"]
        }
        assert counts == {
            "TREND": (1, 0, 0),
            "BREAKOUT": (0, 1, 0),
            "SUPPLY": (1, 0, 0),
            "VOLATILITY": (0, 0, 1),
        }
        trend = answer["kinds"][1]["kind"]
        assert trend["version"] == KINDS["TREND"].version
        assert trend["definition"] == KINDS["TREND"].definition
        assert trend["parameters"][0] == {
            "name": "window",
            "value": 30.0,
            "meaning": "Days the line is drawn through",
        }
        assert trend["values"][2] == {"name": "r2", "label": "R²", "unit": "number"}

    def test_of_another_day(self, get, cards):
        answer = get("/api/signals/kinds?day=2026-03-09")
        assert sum(each["total"] for each in answer["kinds"]) == 1


@pytest.mark.storage
class TestCard:
    def found(self, answer):
        return [(row["day"][-2:], row["kind"]) for row in answer["signals"]]

    def test_of_the_newest_day(self, get, cards):
        answer = get(f"/api/cards/{cards[0].pk}/signals")
        assert (answer["card_id"], answer["day"]) == (cards[0].pk, "2026-03-10")
        assert self.found(answer) == [
            ("10", "TREND"),
            ("10", "SUPPLY"),
            ("10", "VOLATILITY"),
        ]
        assert "card" not in answer["signals"][0]

    def test_in_the_answer_about_the_card(self, get, cards):
        found = get(f"/api/cards/{cards[0].pk}")["signals"]
        assert [(row["currency"], row["kind"]) for row in found] == [
            ("EUR", "TREND"),
            ("USD", "TREND"),
            ("USD", "SUPPLY"),
            ("USD", "VOLATILITY"),
        ]
        other = make_card("Eve", collector_number="3")
        assert get(f"/api/cards/{other.pk}")["signals"] == []

    def test_by_its_uuid_and_narrowed(self, get, cards):
        address = f"/api/cards/{cards[0].scryfall_id}/signals"
        assert self.found(get(f"{address}?kind=SUPPLY")) == [("10", "SUPPLY")]
        assert self.found(get(f"{address}?currency=EUR")) == [("10", "TREND")]
        assert self.found(get(f"{address}?finish=FOIL")) == []
        assert len(get(f"{address}?days=2")["signals"]) == 4

    def test_a_card_without(self, get, cards):
        other = make_card("Eve", collector_number="3")
        assert get(f"/api/cards/{other.pk}/signals")["signals"] == []

    def test_refusals(self, client, cards):
        assert client.get("/api/cards/0/signals").status_code == 404
        response = client.get(f"/api/cards/{cards[0].pk}/signals?days=0")
        assert response.status_code == 400

    def test_queries(self, client, cards, django_assert_max_num_queries):
        with django_assert_max_num_queries(5):
            client.get(f"/api/cards/{cards[0].pk}/signals")
