"""Cards, indices and sets on one chart."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from apps.market.maths.compare import (
    by_week,
    is_long,
    rebased,
    shared_base,
    since_last_break,
)
from apps.market.selectors.compare import compare, compared
from apps.market.services import update_indices, update_set_values
from apps.prices.models import Marketplace, SeriesBreak
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)
from mtgintel.core import cache
from tests.html import Page

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)


def line(*values: str, last: date = TODAY) -> list[tuple[date, Decimal]]:
    days = [last - age * DAY for age in range(len(values))][::-1]
    return [(day, Decimal(value)) for day, value in zip(days, values, strict=True)]


class TestMaths:
    def test_rebased_to_a_day(self):
        found = rebased(line("5", "10", "12.5"), TODAY - DAY)
        assert [value for _, value in found] == [
            Decimal(text) for text in ("50.00", "100.00", "125.00")
        ]

    def test_rebased_to_its_own_first_day(self):
        found = rebased(line("0", "8", "6"), None)
        assert found == line("100.00", "75.00")
        assert rebased([], None) == []

    def test_the_base_is_the_first_day_all_have(self):
        assert shared_base([line("1", "2", "3"), line("4", "5")]) == TODAY - DAY
        assert shared_base([line("1", "2"), []]) == TODAY - DAY
        assert shared_base([line("1"), line("2", last=TODAY - DAY)]) is None
        assert shared_base([line("0", "1"), line("1", "1")]) == TODAY
        assert shared_base([]) is None

    def test_only_what_came_since_the_last_break(self):
        points = line("1", "2", "3", "4")
        assert since_last_break(points, [TODAY - DAY]) == line("3", "4")
        assert since_last_break(points, [TODAY + DAY]) == points
        assert since_last_break([], [TODAY]) == []

    def test_weeks_end_with_their_last_point(self):
        """10 March 2026 is a Tuesday."""
        points = line(*map(str, range(9)))
        assert by_week(points) == [
            (date(2026, 3, 8), Decimal(6)),
            (TODAY, Decimal(8)),
        ]
        assert by_week(points, [date(2026, 3, 5)])[0] == (
            date(2026, 3, 4),
            Decimal(2),
        )

    def test_long(self):
        assert not is_long([line("1"), []])
        assert is_long([line("1"), line("1", last=TODAY - 1001 * DAY)])


@pytest.fixture
def market():
    """Two cards of a set: one doubled, one has a price of today and none of before."""
    with time_machine.travel(NOW, tick=False):
        riser = make_card("Riser", collector_number="1")
        late = make_card("Late", collector_number="2")
        days = [NOW - age * DAY for age in (3, 1, 0)]
        add_observations(riser, list(zip(days, ("10", "15", "20"), strict=True)))
        add_observations(riser, [(days[-1], "99")], "cardkingdom")
        add_observations(riser, [(days[-1], "30")], finish="FOIL")
        add_observations(late, [(days[-1], "5")])
        make_price(riser, "20", as_of=NOW - timedelta(hours=3))
        refresh([(day, "") for day in days])
        update_indices()
        update_set_values()
        yield riser, late


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestLines:
    def lines(self, lists: dict[str, str], **choices):
        wanted, errors = compared(lists)
        assert errors == []
        return compare(wanted, **choices)

    def test_card_in_its_preferred_stream(self, market):
        riser, _ = market
        found = self.lines({"cards": str(riser.pk)}, scale="absolute")
        (one,) = found.lines
        assert (one.unit, one.source) == ("USD", "TCGplayer")
        assert one.of.name == "Riser (MH2 1)"
        assert one.points == [
            (TODAY - 3 * DAY, Decimal(10)),
            (TODAY - DAY, Decimal(15)),
            (TODAY, Decimal(20)),
        ]

    def test_one_finish_of_a_card(self, market):
        riser, _ = market
        found = self.lines({"cards": f"{riser.scryfall_id}:foil"}, scale="absolute")
        assert found.lines[0].points == [(TODAY, Decimal(30))]
        assert found.lines[0].of.name == "Riser (MH2 1), foil"

    def test_all_kinds_from_the_first_day_all_have(self, market):
        riser, _ = market
        found = self.lines(
            {"cards": str(riser.pk), "indices": "all", "sets": "mh2"}, period="7d"
        )
        assert (found.base, found.unit) == (TODAY - 3 * DAY, "")
        ends = [one.points[-1][1] for one in found.lines]
        # The set is of two cards today: only the one of both days is compared.
        assert [str(value) for value in ends] == ["200.00", "200.00", "200.00"]

    def test_amounts_and_levels_have_no_scale_in_common(self, market):
        found = self.lines({"indices": "all", "sets": "mh2"}, scale="absolute")
        assert (found.scale, found.has_one_unit) == ("rebased", False)
        found = self.lines({"indices": "all,standard"}, scale="absolute")
        assert (found.scale, found.unit) == ("absolute", "")
        found = self.lines({"sets": "mh2"}, scale="absolute")
        assert (found.scale, found.unit) == ("absolute", "USD")
        assert found.lines[0].points[-1] == (TODAY, Decimal(25))

    def test_no_day_in_common(self, market):
        _, late = market
        gone = make_card("Gone", collector_number="3")
        add_observations(gone, [(NOW - 2 * DAY, "7")])
        refresh([(NOW - 2 * DAY, "")])
        found = self.lines({"cards": f"{late.pk},{gone.pk}"})
        assert found.base is None
        assert [one.points for one in found.lines] == [
            [(TODAY, Decimal(100))],
            [(TODAY - 2 * DAY, Decimal(100))],
        ]

    def test_rebased_lines_begin_after_a_break(self, market):
        riser, _ = market
        SeriesBreak.objects.create(
            marketplace=Marketplace.objects.get(slug="tcgplayer"),
            began_on=TODAY - DAY,
            reason="test",
            before="a",
            after="b",
        )
        cache.bump()
        lists = {"cards": str(riser.pk)}
        assert [day for day, _ in self.lines(lists).lines[0].points] == [
            TODAY - DAY,
            TODAY,
        ]
        absolute = self.lines(lists, scale="absolute").lines[0]
        assert (len(absolute.points), absolute.breaks) == (3, [TODAY - DAY])

    def test_without_prices_a_line_is_empty(self, market):
        riser, _ = market
        (one,) = self.lines({"cards": str(riser.pk)}, currency="EUR").lines
        assert (one.points, one.source) == ([], "No price")

    def test_a_long_history_comes_in_weeks(self, market):
        riser, _ = market
        old = NOW - 1100 * DAY
        add_observations(riser, [(old, "1"), (old - DAY, "2")])
        refresh([(old, ""), (old - DAY, "")])
        found = self.lines({"cards": str(riser.pk)}, period="all", scale="absolute")
        assert found.step == 7 * DAY
        assert len(found.lines[0].points) < 5


@pytest.mark.django_db
class TestNames:
    def complaint(self, **lists: str) -> tuple[str, str]:
        found, (error,) = compared(lists)
        assert found == []
        return error.field, str(error)

    def test_unknown_ones_are_named(self):
        assert self.complaint(cards="7") == ("cards", "There is no card '7'.")
        assert self.complaint(cards="x\0") == ("cards", "There is no card 'x\\x00'.")
        assert self.complaint(indices="vintage")[0] == "indices"
        assert self.complaint(sets="xyz") == ("sets", "There is no set 'xyz'.")
        assert self.complaint(indices="foils:FOIL")[1].endswith("together.")
        assert "NONFOIL, FOIL, ETCHED" in self.complaint(indices="all:shiny")[1]

    def test_each_comes_once_and_six_in_all(self):
        cards = [make_card(str(number)) for number in range(8)]
        found, errors = compared({"cards": ",".join(str(card.pk) for card in cards)})
        assert [one.subject for one in found] == cards[:6]
        assert [str(error) for error in errors] == [
            "A chart holds 6 lines; the others are left out."
        ]
        twice = f"{cards[0].pk},{cards[0].pk}:NONFOIL,{cards[0].scryfall_id}"
        assert len(compared({"cards": twice})[0]) == 1


@pytest.mark.django_db
class TestPage:
    @pytest.fixture
    def page(self, client):
        def open_page(address: str) -> Page:
            response = client.get(address)
            assert response.status_code == 200
            found = Page(response)
            assert found.inline_code() == []
            return found

        return open_page

    def test_lines_table_and_links(self, market, page):
        riser, _ = market
        found = page(f"/compare/?cards={riser.pk}&indices=all&sets=mh2&period=7d")
        (script,) = found.all("script", type="application/json")
        data = json.loads(script.text)
        assert [one["label"] for one in data["lines"]] == [
            *("Riser (MH2 1)", "Whole market index", "Modern Horizons 2, complete")
        ]
        # A day without prices parts the line.
        assert [part["value"] for part in data["lines"][0]["stretches"]] == [
            *(["100.00"], ["150.00", "200.00"])
        ]
        assert found.texts("a", class_="row-link") == [
            one["label"] for one in data["lines"]
        ]
        heading = " ".join(found.texts("p"))
        assert "Each line is 100 on 7 Mar 2026, the first day all have" in heading
        without = [e for e in found.all("a") if e.text == "Leave out"]
        assert without[0].attributes["href"] == (
            "/compare/?indices=all&sets=mh2&currency=USD&period=7d&scale=rebased"
        )

    def test_nothing_yet(self, page):
        assert "Nothing to compare yet" in page("/compare/").texts("h2")

    def test_adding_leads_to_an_address_that_can_be_shared(self, market, client):
        riser, late = market
        asked = f"/compare/?cards={riser.pk}&add_card=late&add_set=MH2&add_index=modern"
        response = client.get(asked)
        assert response.status_code == 302
        assert response["Location"] == (
            f"/compare/?cards={riser.pk}:NONFOIL,{late.pk}:NONFOIL&indices=modern"
            "&sets=mh2&currency=USD&period=90d&scale=rebased"
        )

    def test_printings_that_are_ticked_on_a_card(self, market, page):
        riser, _ = market
        other = make_card("Riser", collector_number="9")
        card = page(f"/cards/{riser.pk}/")
        boxes = card.all("input", form="printings-compared")
        assert {box.attributes["value"] for box in boxes} == {
            str(riser.pk),
            str(other.pk),
        }
        assert ["checked" in box.attributes for box in boxes].count(True) == 1
        found = page(f"/compare/?currency=USD&cards={riser.pk}&cards={other.pk}")
        assert len(found.texts("a", class_="row-link")) == 2

    def test_what_is_unknown_is_reported_and_left_out(self, market, page):
        found = page("/compare/?indices=all,vintage&add_card=Nobody")
        complaints = found.text("ul", role="alert")
        assert "There is no index 'vintage'." in complaints
        assert "No card is called “Nobody”." in complaints
        assert found.texts("a", class_="row-link") == ["Whole market index"]

    def test_csv_of_the_same_view(self, market, client):
        riser, late = market
        address = f"cards={riser.pk},{late.pk}&scale=absolute&period=7d"
        response = client.get(f"/compare.csv?{address}")
        assert list(csv.reader(io.StringIO(response.content.decode()))) == [
            ["day", "Riser (MH2 1) (USD)", "Late (MH2 2) (USD)"],
            ["2026-03-07", "10.00", ""],
            ["2026-03-09", "15.00", ""],
            ["2026-03-10", "20.00", "5.00"],
        ]
        assert client.get("/compare.csv?sets=xyz").status_code == 400

    def test_json(self, market, client):
        riser, _ = market
        asked = f"/api/market/compare?cards={riser.pk}&indices=all&period=7d"
        found = client.get(asked).json()
        assert (found["base"], found["scale"]) == ("2026-03-07", "rebased")
        assert found["lines"][0] == {
            "kind": "card",
            "key": f"{riser.pk}:NONFOIL",
            "name": "Riser (MH2 1)",
            "unit": "USD",
            "source": "TCGplayer",
            "breaks": [],
            "day": ["2026-03-07", "2026-03-09", "2026-03-10"],
            "value": ["100.00", "150.00", "200.00"],
        }
        assert found["lines"][1]["unit"] is None

    @pytest.mark.parametrize(
        "asked",
        ["indices=vintage", "sets=mh2&indices=all&scale=absolute", "scale=log", "x=1"],
    )
    def test_the_api_refuses(self, market, client, asked):
        assert client.get(f"/api/market/compare?{asked}").status_code == 400

    def test_queries(self, market, client, django_assert_max_num_queries):
        riser, late = market
        asked = f"cards={riser.pk},{late.pk}&indices=all,modern&sets=mh2,mh2:FOIL"
        with django_assert_max_num_queries(30):
            client.get(f"/compare/?{asked}")
