"""Cards as vectors: the maths by hand, and neighbours from both kinds of server."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from math import log, sqrt

import numpy as np
import pytest
import time_machine
from django.db import connection

from apps.cards.models import Card
from apps.market.maths import vectors
from apps.market.maths.vectors import (
    DIMENSIONS,
    LENGTH,
    PARTS,
    Bags,
    CardFacts,
    attribute_bags,
    attributes,
    cosines,
    grouped_medians,
    joined,
    keywords_of,
    price_part,
    projected,
    shared_terms,
    similarity,
    text_bag,
    text_bags,
    text_place,
    text_terms,
    types_of,
)
from apps.market.selectors import similar_cards
from apps.market.selectors.similar import moved_alike
from apps.market.selectors.vectors import (
    Neighbour,
    has_vector_type,
    nearest,
    newest_build,
)
from apps.market.services import update_moves, update_similar_cards
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)
from mtgintel.core import cache

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)

FLYER = "Flying, vigilance\nWhen Serra enters, you gain 3 life."
GOBLIN = "Haste\nWhenever another Goblin enters, Krenko deals 1 damage to any target."


def facts(**given) -> CardFacts:
    return CardFacts(
        **{
            "name": "Serra Angel",
            "type_line": "Creature — Angel",
            "text": FLYER,
            "colors": ["W"],
            "identity": ["W"],
            "mana_value": 5.0,
            "rarity": "uncommon",
            "set_code": "lea",
            "year": 1993,
            "formats": ["modern"],
            "is_reserved": False,
        }
        | given
    )


class TestTerms:
    def test_types_of_every_face(self):
        line = "Legendary Creature — Human Cleric // Basic Land — Forest"
        assert types_of(line) == {
            "supertype": {"legendary", "basic"},
            "type": {"creature", "land"},
            "subtype": {"human", "cleric", "forest"},
        }

    @pytest.mark.parametrize(
        ("text", "keywords"),
        [
            (
                "Flying, first strike\nWard {2} (Whenever it becomes the target.)",
                {"flying", "first strike", "ward"},
            ),
            ("Kicker {2}{R}\nTrample and haste", {"kicker", "trample", "haste"}),
            ("Destroy target creature with flying.", set()),
            ("(This creature has flying.)", set()),
            ("", set()),
        ],
    )
    def test_keywords_begin_a_line_or_an_item(self, text, keywords):
        assert keywords_of(text) == keywords

    def test_words_and_pairs_without_name_and_reminder(self):
        text = "When Serra enters, draw a card. (Then rest.)\nSerra gets +1/+1."
        assert text_terms(text, "Serra, the Benevolent") == {
            "~": 2,
            "enters": 1,
            "draw": 1,
            "card": 1,
            "gets": 1,
            "+1/+1": 1,
            "~ enters": 1,
            "enters draw": 1,
            "draw card": 1,
            "card ~": 1,
            "~ gets": 1,
            "gets +1/+1": 1,
        }

    def test_what_is_said_twice_counts_less_than_twice(self):
        assert text_bag("{T}: {T}", "X") == {
            "{t}": 1 + log(2),
            "{t} {t}": 1,
        }

    def test_neighbouring_numbers_are_alike(self):
        three, four, eight = (
            {
                term: weight
                for term, weight in attributes(facts(mana_value=value)).items()
                if term.startswith("mana:")
            }
            for value in (3.0, 4.0, 8.0)
        )
        assert three == {"mana:2": 0.4, "mana:3": 0.8, "mana:4": 0.4}
        assert set(three) & set(four) == {"mana:3", "mana:4"}
        assert not set(three) & set(eight)

    def test_colourless_is_a_colour_here(self):
        bag = attributes(facts(colors=[], identity=[]))
        assert bag["color:none"] == 1.2
        assert bag["identity:none"] == 0.6


class TestBags:
    def test_tf_idf_by_hand(self):
        bags = attribute_bags([{"a": 1.0, "b": 2.0}, {"a": 3.0}, {}])

        # Two of three have a, one has b.
        a, b = 1 + log(4 / 3), 1 + log(4 / 2)
        assert bags.idf.tolist() == pytest.approx([a, b])
        length = sqrt(a * a + 4 * b * b)
        assert bags.weighted(bags.idf).values.tolist() == pytest.approx(
            [a / length, 2 * b / length, 1]
        )

    def test_terms_of_one_place_are_added_up(self, monkeypatch):
        monkeypatch.setattr(vectors, "text_place", lambda term: 7)
        bags = text_bags([{"a": 1.0, "b": 2.5}])
        assert (bags.columns.tolist(), bags.values.tolist()) == ([7], [3.5])

    def test_a_place_is_the_same_everywhere(self):
        # CRC-32 of "draw card", as any tool computes it.
        assert text_place("draw card") == 0xC4844008 % 8192

    def test_projection_keeps_the_angles_of_few_terms(self):
        """Where there are no more directions than dimensions nothing is lost."""
        rng = np.random.default_rng(1)
        rows = [
            {f"t{i}": float(v) for i, v in enumerate(row) if v > 0.5}
            for row in rng.random((40, 12))
        ]
        bags = attribute_bags(rows)
        weighted = bags.weighted(bags.idf)
        dense = np.concatenate([block for _, block in weighted.blocks()])
        found = projected(weighted, 16)
        assert found.shape == (40, 16)
        np.testing.assert_allclose(found @ found.T, dense @ dense.T, atol=1e-5)

    def test_the_same_cards_make_the_same_vectors(self):
        bags = text_bags([text_bag(t, "X") for t in (FLYER, GOBLIN, "Draw a card.")])
        one, two = (projected(bags.weighted(bags.idf), 8) for _ in range(2))
        assert one.tobytes() == two.tobytes()

    def test_nothing_said_is_nothing(self):
        bags = text_bags([{}, {}])
        assert not projected(bags.weighted(bags.idf), 4).any()

    def test_blocks_are_the_whole_matrix(self, monkeypatch):
        monkeypatch.setattr(vectors, "_ROWS", 2)
        bags = Bags(
            np.array([0, 1, 1, 3]), np.array([2, 0, 1]), np.array([5.0, 6.0, 7.0]), 3
        )
        assert [(rows.start, block.tolist()) for rows, block in bags.blocks()] == [
            (0, [[0, 0, 5], [0, 0, 0]]),
            (2, [[6, 7, 0]]),
        ]

    def test_shared_terms_are_the_heaviest(self):
        idf = np.ones(vectors.TEXT_PLACES)
        idf[text_place("rare")] = 3
        one = {"draw card": 1.0, "draw": 1.0, "card": 1.0, "rare": 1.0, "own": 9.0}
        two = {"draw card": 1.5, "draw": 1.0, "card": 1.0, "rare": 1.0}
        assert shared_terms(one, two, idf, 5) == ["rare", "draw card"]
        assert shared_terms(one, two, idf, 1) == ["rare"]


class TestPrices:
    def test_scores_in_robust_deviations_up_to_three(self):
        figures = np.full((5, 5), np.nan)
        figures[:, 0] = [0, 1, 2, 3, 1000]
        part = price_part(figures)
        # Median 2, median distance 1: the first is 2 / 1.4826 below.
        score = -2 / 1.4826
        length = sqrt(1 + score * score)
        assert part[0].tolist() == pytest.approx(
            [1 / length, score / length, 0, 0, 0, 0]
        )
        assert part[2].tolist() == [1, 0, 0, 0, 0, 0]
        assert part[4].tolist() == pytest.approx(
            [1 / sqrt(10), 3 / sqrt(10), 0, 0, 0, 0]
        )

    def test_a_card_without_any_figure_is_neutral(self):
        figures = np.full((2, 5), np.nan)
        figures[0, 1] = 0.3
        part = price_part(figures)
        assert part[0].tolist() == [1, 0, 0, 0, 0, 0]
        assert not part[1].any()

    def test_medians_of_groups(self):
        found = grouped_medians(
            np.array([2, 0, 0, 2, 0, 2, 3]),
            np.array([4.0, 1.0, 9.0, 6.0, 2.0, np.nan, np.nan]),
            4,
        )
        np.testing.assert_array_equal(found, [2, np.nan, 5, np.nan])


class TestWhole:
    def parts(self, n: int) -> dict:
        rng = np.random.default_rng(3)
        return {
            name: vectors.unit(
                rng.standard_normal((n, where.stop - where.start)).astype(np.float32)
            )
            for name, where in PARTS.items()
        }

    def test_products_are_whole_numbers_that_floats_hold(self):
        whole = joined(self.parts(200))
        assert whole.shape == (200, DIMENSIONS)
        assert (whole == np.round(whole)).all()
        exact = whole.astype(np.int64) @ whole.astype(np.int64).T
        assert exact.max() < 2**24
        assert ((whole @ whole.T).astype(np.int64) == exact).all()
        # In the other order of adding up as well.
        assert (whole[:, ::-1] @ whole[:, ::-1].T == whole @ whole.T).all()

    def test_similarity_is_the_weighted_sum_of_the_cosines(self):
        parts = self.parts(5)
        parts["price"][2] = 0
        whole = joined(parts)
        each = cosines(whole[0], whole[1:])
        weighed = sum(
            vectors.WEIGHTS[name] * np.nan_to_num(cosine)
            for name, cosine in each.items()
        )
        np.testing.assert_allclose(similarity(whole[1:] @ whole[0]), weighed, atol=2e-3)
        assert np.isnan(each["price"][1])
        assert sum(vectors.WEIGHTS.values()) == pytest.approx(1)
        assert LENGTH**2 < 2**24


def catalogue() -> dict[str, Card]:
    """Two angels, two goblins, a land, and a card printed twice."""
    rows = {
        "Serra Angel": ("Creature — Angel", FLYER, ["W"]),
        "Serra Avenger": ("Creature — Angel", "Flying, vigilance", ["W"]),
        "Krenko": ("Legendary Creature — Goblin", GOBLIN, ["R"]),
        "Goblin Guide": ("Creature — Goblin Scout", "Haste\nGoblin attacks.", ["R"]),
        "Karakas": ("Legendary Land", "{T}: Add {W}.", []),
    }
    made = {
        name: make_card(
            name,
            type_line=line,
            oracle_text=text,
            colors=colors,
            color_identity=colors,
            mana_value=float(len(name)),
        )
        for name, (line, text, colors) in rows.items()
    }
    make_card("Serra Angel", type_line="Creature — Angel", is_promo=True)
    return made


def neighbours_of(oracle_id: uuid.UUID, limit: int) -> list[Neighbour]:
    build = newest_build()
    assert build is not None
    near = nearest(oracle_id, limit, build)
    assert near is not None
    return near.neighbours


def names(card: Card, **wanted) -> list[str]:
    return [one.card.name for one in similar_cards(card, **wanted).cards]


@pytest.mark.storage
@pytest.mark.django_db
class TestNeighbours:
    @pytest.fixture(autouse=True)
    def _now(self):
        with time_machine.travel(NOW, tick=False):
            yield

    def test_nearest_first_without_the_card_itself(self):
        cards = catalogue()
        assert update_similar_cards() == 5

        found = similar_cards(cards["Serra Angel"])
        assert found.cards[0].card == cards["Serra Avenger"]
        assert len(found.cards) == 4
        assert [one.card.name for one in found.cards].count("Serra Angel") == 0
        order = [one.similarity for one in found.cards]
        assert order == sorted(order, reverse=True)
        assert found.built_at == NOW
        assert names(cards["Krenko"], limit=1) == ["Goblin Guide"]

    def test_the_printing_that_stands_for_a_card(self):
        cards = catalogue()
        make_card(
            "Krenko", type_line="Creature — Goblin", released_on=NOW, language="GERMAN"
        )
        newest = make_card(
            "Krenko", type_line="Creature — Goblin", released_on=NOW - timedelta(days=9)
        )
        update_similar_cards()
        assert similar_cards(cards["Goblin Guide"]).cards[0].card == newest

    def test_reasons_in_words(self):
        cards = catalogue()
        update_similar_cards()
        (first, *_) = similar_cards(cards["Serra Angel"]).cards
        assert first.reasons == (
            "Shared types: Creature, Angel.",
            "Shared keywords: flying, vigilance.",
            "Both texts say: “flying vigilance”.",
        )
        assert first.price is None
        assert 0.3 < first.text < 0.6

    def test_what_is_missing_is_said(self):
        cards = catalogue()
        plain = make_card("Vanilla", type_line="Creature — Angel", oracle_text="")
        lonely = make_card("Two Faces", oracle_id=None)
        assert similar_cards(plain).notes == (
            "Cards have not been compared yet; that happens in the background.",
        )
        cache.bump()
        update_similar_cards()
        cache.bump()
        assert similar_cards(plain).notes == (
            "The catalogue has no rules text of this card.",
            "No price of this card is known, so price behaviour counts neither way.",
        )
        assert similar_cards(lonely).notes == (
            "The catalogue does not say which card this is a printing of.",
        )
        late = make_card("Late")
        assert similar_cards(late).notes == (
            "This card came after the last comparison; the next one brings it in.",
        )
        assert len(similar_cards(cards["Karakas"]).cards) == 5

    def test_prices_that_move_alike(self):
        cards = catalogue()
        for name, now in (("Serra Angel", "12"), ("Serra Avenger", "11.50")):
            make_price(cards[name], now, price_30d="10")
        make_price(cards["Krenko"], "5", price_30d="10")
        update_moves()
        update_similar_cards()
        (first, *_) = similar_cards(cards["Serra Angel"]).cards
        assert first.card.name == "Serra Avenger"
        assert first.reasons[-1] == (
            "Both prices moved alike over 30 days: +20% and +15%."
        )
        assert first.price > 0.7

    @pytest.mark.parametrize(
        ("one", "two", "words"),
        [
            ({"30d": 0.2}, {"30d": 0.1}, "moved alike over 30 days: +22% and +11%."),
            ({"30d": 0.2}, {"30d": 0.09}, None),
            ({"30d": 0.2}, {"30d": -0.2}, None),
            ({"90d": -0.2, "7d": 9}, {"90d": -0.3}, "over 90 days: −18% and −26%."),
            (
                {"7d": 0.019},
                {"7d": -0.019},
                "Both prices stayed within 2% over 7 days.",
            ),
            ({"7d": 0.1}, {"30d": 0.1}, None),
            ({}, {}, None),
        ],
    )
    def test_what_moved_alike(self, one, two, words):
        found = moved_alike(one, two)
        assert found.endswith(words) if words else found == ""

    def test_a_card_that_went_is_not_shown(self):
        cards = catalogue()
        update_similar_cards()
        Card.objects.filter(pk=cards["Serra Avenger"].pk).update(removed_at=NOW)
        assert "Serra Avenger" not in names(cards["Serra Angel"])

    def test_bytes_and_pgvector_give_the_same_answer(self):
        """Runs on a server without the extension too, where both are bytes."""
        cards = catalogue()
        make_price(cards["Krenko"], "5", price_30d="10")
        update_moves()
        update_similar_cards()
        before = {name: self.answer(card) for name, card in cards.items()}
        if has_vector_type():
            with connection.cursor() as cursor:
                cursor.execute(
                    "ALTER TABLE card_vectors ALTER COLUMN components TYPE bytea "
                    "USING vector_send(components)"
                )
        assert not has_vector_type()
        assert {name: self.answer(card) for name, card in cards.items()} == before
        # Made anew as bytes they are the same bytes.
        cache.bump()
        update_similar_cards(is_forced=True)
        assert {name: self.answer(card) for name, card in cards.items()} == before

    def answer(self, card: Card) -> list[tuple[uuid.UUID, float, bytes]]:
        assert card.oracle_id is not None
        return [
            (one.oracle_id, one.similarity, one.components.tobytes())
            for one in neighbours_of(card.oracle_id, 3)
        ]

    def test_equal_cards_come_in_the_order_of_their_ids(self):
        ids = [uuid.UUID(int=n << 64) for n in (5, 1 << 63, 9)]
        twins = [
            make_card(f"Twin {n}", oracle_id=one, oracle_text="Flying")
            for n, one in enumerate(ids)
        ]
        update_similar_cards()
        found = neighbours_of(twins[0].oracle_id, 2)
        assert [one.oracle_id for one in found] == [ids[2], ids[1]]
        assert found[0].similarity == found[1].similarity

    def test_made_anew_only_when_something_changed(self):
        catalogue()
        assert update_similar_cards() == 5
        assert update_similar_cards() == 0
        make_card("New")
        assert update_similar_cards() == 6
        assert update_similar_cards() == 0
        with time_machine.travel(NOW + timedelta(hours=23), tick=False):
            assert update_similar_cards() == 6
        assert newest_build().cards == 6

    def test_an_empty_catalogue(self):
        assert update_similar_cards() == 0
        assert newest_build().cards == 0

    def test_queries(self, django_assert_num_queries):
        cards = catalogue()
        update_similar_cards()
        with django_assert_num_queries(5):
            similar_cards(cards["Krenko"])
        with django_assert_num_queries(0):
            similar_cards(cards["Krenko"])


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestFigures:
    def test_volatility_is_of_the_daily_closes(self):
        card, calm = make_card("Wild"), make_card("Calm")
        with time_machine.travel(NOW, tick=False):
            days = [NOW - timedelta(days=n) for n in range(12, 0, -1)]
            wild = [(day, "1" if n % 2 else "2") for n, day in enumerate(days)]
            add_observations(card, wild)
            add_observations(calm, [(day, "3") for day in days])
            refresh(wild)
            make_price(card, "1", as_of=days[-1])
            make_price(calm, "3", as_of=days[-1])
            update_similar_cards(is_forced=True)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT card_id, currency, price, volatility, return_7d "
                "FROM card_vectors ORDER BY card_id"
            )
            (one, two) = cursor.fetchall()
            cursor.execute("DELETE FROM card_vectors")
            cursor.execute("DELETE FROM card_vector_builds")
        # Eleven returns, six down and five up: the mean is -ln 2 / 11.
        expected = log(2) * sqrt((11 - 1 / 11) / 10)
        assert one[:3] == (card.pk, "USD", 1000)
        assert one[3] == pytest.approx(expected, rel=1e-6)
        assert two == (calm.pk, "USD", 3000, 0.0, None)


@pytest.mark.django_db
class TestServed:
    def test_api(self, client):
        cards = catalogue()
        make_price(cards["Serra Avenger"], "2.50")
        update_similar_cards()
        response = client.get(f"/api/cards/{cards['Serra Angel'].pk}/similar?limit=1")
        assert response.status_code == 200, response.json()
        body = response.json()
        assert body["weights"] == {"attributes": 0.4, "text": 0.45, "price": 0.15}
        (found,) = body["results"]
        assert found["card"]["name"] == "Serra Avenger"
        assert found["card"]["price"] == "2.50"
        assert found["price"] is None
        assert found["reasons"][0] == "Shared types: Creature, Angel."
        assert 0.4 < found["similarity"] <= 0.85

    @pytest.mark.parametrize("query", ["limit=0", "limit=25", "limit=x", "sort=1"])
    def test_unknown_parameters_are_refused(self, client, query):
        card = make_card()
        assert client.get(f"/api/cards/{card.pk}/similar?{query}").status_code == 400

    def test_no_such_card(self, client):
        assert client.get("/api/cards/999/similar").status_code == 404

    def test_the_page_of_a_card(self, client):
        cards = catalogue()
        address = cards["Serra Angel"].get_absolute_url()
        html = client.get(address).content.decode()
        assert "Cards have not been compared yet" in html
        update_similar_cards()
        cache.bump()
        html = client.get(address).content.decode()
        assert "Serra Avenger" in html
        assert "Shared keywords: flying, vigilance." in html
        assert "attributes 98%, text 41%" in " ".join(html.split())
