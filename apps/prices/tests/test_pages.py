"""The pages of cards: search, and one printing with its quotes and history."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)
from tests.html import Page

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)
AS_OF = NOW - timedelta(hours=3)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ragavan():
    """Quotes in two currencies, a foil, and four days of history with a gap."""
    card = make_card()
    make_price(card, "52.10", as_of=AS_OF, price_1d="50", price_7d="60", num_listings=2)
    make_price(card, "80", as_of=AS_OF, finish="FOIL")
    make_price(card, "31", "cardkingdom-buylist", as_of=AS_OF)
    make_price(card, "45.5", "cardmarket", as_of=AS_OF)
    nonfoil = [
        (MIDNIGHT - 4 * DAY, "48"),
        (MIDNIGHT - 3 * DAY, "49.5"),
        (MIDNIGHT - DAY, "50"),
        (MIDNIGHT, "52.10"),
    ]
    add_observations(card, nonfoil)
    add_observations(card, nonfoil[2:], finish="FOIL")
    refresh(nonfoil)
    return card


class TestCardPage:
    @pytest.fixture
    def page(self, client, ragavan):
        def open_page(query: str = "") -> Page:
            response = client.get(f"{ragavan.get_absolute_url()}{query}")
            assert response.status_code == 200
            return Page(response)

        return open_page

    def test_title(self, page):
        found = page()
        assert found.text("h1") == "Ragavan, Nimble Pilferer"
        assert found.text("title") == "Ragavan, Nimble Pilferer · MTG Market Intel"
        facts = [e.text for e in found.all("li") if e.text in ("MH2 138", "Mythic")]
        assert facts == ["MH2 138", "Mythic"]

    def test_quote_with_source_change_and_age(self, page):
        found = page()
        key = "tcgplayer:NEAR_MINT:NONFOIL:ENGLISH"
        # Once as the headline, once in the table.
        assert found.texts("data", data_k=f"price:{key}") == ["$52.10", "$52.10"]
        assert found.text(data_k=f"change_1d:{key}") == "+4.2%"
        assert found.texts(data_k=f"change_7d:{key}") == ["−13.2%", "−13.2%"]
        assert found.text(data_k=f"change_30d:{key}") == "–"
        assert found.texts("time", data_k=f"as_of:{key}") == ["3 h ago", "3 h ago"]
        assert found.seen("abbr", class_="tag") == ["THIN", "THIN"]
        assert "Market price: what recent sales went for" in found.texts(class_="basis")

    def test_every_series_has_its_row(self, page):
        prices = [e.text for e in page().all("td", class_="price")]
        assert prices == ["$52.10", "$80.00", "$31.00", "€45.50"]

    def test_chart_has_a_line_per_stream_and_finish_with_gaps(self, page):
        (script,) = page().all("script", type="application/json")
        data = json.loads(script.text)
        assert (data["currency"], data["bucket"]) == ("USD", 86_400)
        nonfoil, foil = data["lines"]
        assert [each["value"] for each in nonfoil["stretches"]] == [
            ["48.00", "49.50"],
            ["50.00", "52.10"],
        ]
        assert (nonfoil["ink"], nonfoil["dash"]) == (1, 0)
        assert (foil["ink"], foil["dash"]) == (1, 1)
        assert foil["key"] == "tcgplayer:NEAR_MINT:FOIL:ENGLISH"

    def test_caption_says_what_the_chart_shows(self, page):
        assert page().text("figcaption") == (
            "TCGplayer: from $48.00 on 6 Mar 2026 to $52.10 on 10 Mar 2026 (+8.5%); "
            "lowest $48.00 on 6 Mar 2026, highest $52.10 on 10 Mar 2026. "
            "1 gap without observations."
        )

    def test_currency_is_chosen_in_the_address(self, page):
        found = page("?currency=EUR")
        assert [e.text for e in found.all("a", aria_current="true")][-2:] == [
            "EUR",
            "30d",
        ]
        assert found.text(class_="headline__figure") == "€45.50"
        empty = "No Near Mint price in EUR was observed in this period"
        assert any(empty in text for text in found.texts(class_="quiet"))

    @pytest.mark.parametrize("period", ["24h", "7d", "30d", "90d", "1y", "all"])
    def test_every_period_is_a_page(self, page, period):
        assert page(f"?period={period}").all(role="alert") == []

    def test_bad_choice_is_reported(self, page):
        assert page("?currency=TIX").text(role="alert") == (
            "Currency: “TIX” is none of USD, EUR."
        )

    def test_other_printings_with_prices(self, page):
        other = make_card(set_code="mul", collector_number="86")
        make_price(other, "60", as_of=AS_OF)
        make_card("Opt")
        (table,) = [t for t in page().all("table") if "MUL 86" in t.text]
        assert "$60.00" in table.text
        assert "Opt" not in table.text

    def test_card_without_prices(self, client):
        card = make_card("Opt", rarity="", type_line="Instant")
        found = Page(client.get(card.get_absolute_url()))
        assert "No stream we read has a price of this printing." in found.texts("p")
        assert found.all("script", type="application/json") == []

    def test_faces_of_a_split_card(self, client):
        faces = [
            {
                "name": "Wear",
                "type_line": "Instant",
                "oracle_text": "Destroy it.",
            },
            {"name": "Tear", "type_line": "Instant", "oracle_text": "Destroy that."},
        ]
        card = make_card("Wear // Tear", faces=faces)
        found = Page(client.get(card.get_absolute_url()))
        assert found.text("h1") == "Wear // Tear"
        assert found.texts("h2")[:2] == ["Wear", "Tear"]

    def test_picture_waits_and_keeps_its_place(self, client):
        card = make_card("Opt", image_uri="https://cards.example/opt.jpg")
        found = Page(client.get(card.get_absolute_url()))
        (picture,) = found.all("img", src="https://cards.example/opt.jpg")
        assert picture.attributes["loading"] == "lazy"
        assert picture.attributes["width"] == "488"
        assert picture.attributes["height"] == "680"

    def test_unknown_card(self, client):
        response = client.get("/cards/999999/")
        assert response.status_code == 404
        assert "There is no card 999999." in Page(response).texts("p")

    def test_names_are_text_not_markup(self, client):
        card = make_card("<script>alert(1)</script>")
        found = Page(client.get(card.get_absolute_url()))
        assert found.text("h1") == "<script>alert(1)</script>"
        assert found.inline_code() == []

    def test_nothing_inline(self, page):
        assert page().inline_code() == []

    def test_queries(self, client, ragavan, django_assert_max_num_queries):
        client.get("/")
        for number in range(3):
            make_card(collector_number=str(number))
        # Nine of its own, and those of the panels that other apps put there.
        with django_assert_max_num_queries(12):
            client.get(ragavan.get_absolute_url())


class TestSearch:
    @pytest.fixture
    def cards(self):
        opt = make_card("Opt", rarity="common", colors=["U"], finishes=["NONFOIL"])
        bolt = make_card("Lightning Bolt", rarity="uncommon", set_code="sta")
        make_price(opt, "0.25", as_of=AS_OF, price_7d="0.20")
        make_price(bolt, "3", as_of=AS_OF)
        make_price(bolt, "2.5", "cardmarket", as_of=AS_OF)
        return opt, bolt

    @pytest.fixture
    def found(self, client, cards):
        def search(query: str = "") -> Page:
            response = client.get(f"/cards/{query}")
            assert response.status_code == 200
            return Page(response)

        return search

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", ["Lightning Bolt", "Opt"]),
            ("?q=bolt", ["Lightning Bolt"]),
            ("?q=sta+138", ["Lightning Bolt"]),
            ("?set=STA", ["Lightning Bolt"]),
            ("?rarity=common", ["Opt"]),
            ("?color=U", ["Opt"]),
            ("?color=U&color=R", []),
            ("?finish=FOIL", ["Lightning Bolt"]),
            ("?format=modern&max_price=1", ["Opt"]),
            ("?min_price=0,5", ["Lightning Bolt"]),
            ("?ordering=-price", ["Lightning Bolt", "Opt"]),
            ("?ordering=price", ["Opt", "Lightning Bolt"]),
            ("?currency=EUR&min_price=1", ["Lightning Bolt"]),
            ("?q=%25", []),
        ],
    )
    def test_filters_in_the_address(self, found, query, names):
        assert found(query).texts("a", class_="row-link") == names

    def test_price_with_source_and_age(self, found):
        page = found("?q=opt")
        assert page.text("td", class_="price") == "$0.25"
        assert page.text("td", data_label="7 days") == "+25.0%"
        assert page.text("td", class_="source") == "TCGplayer 3 h ago"

    def test_card_without_a_price_in_the_currency(self, found):
        page = found("?q=opt&currency=EUR")
        assert page.text("td", class_="price") == "–"
        assert page.text("td", class_="source") == "no price in EUR"

    def test_form_keeps_what_was_asked(self, found):
        page = found("?q=opt&rarity=common&min_price=0,1&color=U")
        (name,) = page.all("input", id="id_q")
        assert name.attributes["value"] == "opt"
        (box,) = page.all("input", type="checkbox", value="U")
        assert "checked" in box.attributes
        (price,) = page.all("input", name="min_price")
        assert price.attributes["value"] == "0,1"

    @pytest.mark.parametrize(
        ("query", "complaint"),
        [
            ("?rarity=shiny", "“shiny” is none of common, uncommon"),
            ("?set=zzz", "There is no set “zzz”."),
            ("?min_price=cheap", "Enter a number."),
            ("?min_price=-1", "greater than or equal to 0"),
            ("?color=C&color=U", "A colourless card has no other colour."),
            ("?ordering=luck", "“luck” is none of name, -price"),
        ],
    )
    def test_bad_value_is_reported_and_left_out(self, found, query, complaint):
        page = found(query)
        assert complaint in page.text("p", class_="field__error")
        assert page.texts("a", class_="row-link") == ["Lightning Bolt", "Opt"]

    def test_nothing_found(self, found):
        page = found("?q=zzzzzz")
        assert page.text("h2", id="results-title") == "0 printings"
        assert "No printing matches" in page.texts("h3")

    def test_empty_catalogue_says_what_to_do(self, client):
        page = Page(client.get("/cards/"))
        assert "No cards loaded yet" in page.texts("h3")

    def test_pages_keep_the_search(self, client):
        for number in range(51):
            make_card(collector_number=str(number))
        page = Page(client.get("/cards/?q=ragavan&page=2"))
        assert len(page.all("a", class_="row-link")) == 1
        (previous,) = page.all("a", rel="prev")
        assert previous.attributes["href"] == "?q=ragavan&page=1"
        assert page.all("a", rel="next") == []

    def test_page_beyond_the_last_is_the_last(self, found):
        assert len(found("?page=99").all("a", class_="row-link")) == 2

    def test_nothing_inline(self, found):
        assert found().inline_code() == []

    def test_queries(self, client, cards, django_assert_max_num_queries):
        client.get("/")
        for number in range(30):
            make_card(collector_number=str(number))
        with django_assert_max_num_queries(6):
            client.get("/cards/?q=ragavan&min_price=0&ordering=price")
