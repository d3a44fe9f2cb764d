"""The pages of recommendations, and what they put on others."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string

from apps.prices.tests.factories import make_card, make_price
from apps.recommendations.charts import calibration_dots, call_chart
from apps.recommendations.maths.record import Bin
from mtgintel.core.panels import panels_of
from tests.html import Page

from .calls import DAY, make_call, score

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    found = make_card("Ada", set_code="lea")
    make_price(found, "12.50")
    return found


@pytest.fixture
def page(client):
    def open_page(address: str) -> Page:
        response = client.get(address)
        assert response.status_code == 200
        return Page(response)

    return open_page


def text_of(page: Page) -> str:
    return " ".join(" ".join(page.texts("main")).split())


class TestList:
    def test_what_stands(self, page, card):
        make_call(card)
        score(make_call(card, "BUY", horizon_days=7))

        text = text_of(page("/recommendations/"))

        assert "1 recommendation" in text
        assert "Ada" in text
        assert "$10.00" in text
        assert "$9.50" in text
        assert "65.0" in text
        assert "until 9 Apr 2026" in text

    def test_what_was_not_shown_to_work_is_marked(self, page, card):
        make_call(card, "BUY")

        found = page("/recommendations/")

        assert "EXPERIMENTAL" in found.texts("td")[0]

    def test_what_it_said_then(self, page, card):
        score(make_call(card))

        assert "0 recommendations" in text_of(page("/recommendations/"))
        then = text_of(page("/recommendations/?on=2026-03-11"))
        assert "1 recommendation that stood on 11 Mar 2026" in then

    def test_nothing(self, page):
        assert "No advice that these filters leave" in text_of(
            page("/recommendations/")
        )

    def test_a_bad_choice_is_reported(self, page, card):
        make_call(card)

        text = text_of(page("/recommendations/?horizon=8&kind=x"))

        assert "“8” is none of 7, 30, 90." in text
        assert "1 recommendation" in text

    def test_queries(self, client, card, django_assert_max_num_queries):
        for i in range(5):
            make_call(make_card(f"Card {i}", collector_number=str(i)))
        with django_assert_max_num_queries(16):
            client.get("/recommendations/")
        with django_assert_max_num_queries(4):
            client.get("/recommendations/")


class TestLive:
    def test_tells_the_script_which_advice_it_shows(self, page, card):
        call = make_call(card)
        make_call(card, "BUY", marketplace="cardmarket")

        for address in ("/recommendations/", f"/cards/{card.pk}/"):
            (panel,) = page(address).all(data_advice="USD")
            assert panel.attributes["data-newest"] == str(call.pk)


class TestDetail:
    def test_advice_with_its_reasons_and_outcome(self, page, card):
        call = make_call(card)
        score(call)

        text = text_of(page(f"/recommendations/{call.pk}/"))

        assert "Trend down: slope −0.40 % a day, t-statistic −9.50." in text
        assert "−5.0% by 9 Apr 2026" in text
        assert "Scored by $9.00 of 9 Apr 2026" in text
        assert "the market index" in text
        assert call.lines.get(event="SCORED").hash in text

    def test_other_advice_on_the_card(self, page, card):
        call, other = make_call(card), make_call(card, "BUY", horizon_days=90)

        found = page(f"/recommendations/{call.pk}/")

        assert "Other advice on this card" in text_of(found)
        assert "90 days" in [
            link.text for link in found.all("a", href=other.get_absolute_url())
        ]

    def test_no_data_says_why(self, page, card):
        call = make_call(card)
        score(call, "NO_DATA")

        assert "No data: No price." in text_of(page(f"/recommendations/{call.pk}/"))

    def test_none(self, client, card):
        owner = User.objects.create_user("owner")
        own = make_call(card, tier="OWNER", user=owner)

        assert client.get(f"/recommendations/{own.pk}/").status_code == 404
        assert client.get("/recommendations/999/").status_code == 404


class TestChart:
    def test_marks_and_the_way_to_the_target(self, card):
        call = make_call(card, horizon_days=7)
        closes = [
            (datetime.combine(DAY + timedelta(days=i), time(), UTC), Decimal(10 - i))
            for i in range(9)
        ]
        score(call, observed_on=DAY + timedelta(days=6))

        chart = call_chart(call, closes)

        assert [mark.label for mark in chart.marks] == [
            "Sell advised",
            "Scored by this price",
            "Horizon",
        ]
        price, target = chart.lines
        assert price.values == [Decimal(10 - i) for i in range(9)]
        assert (target.values[0], target.values[-1]) == (call.price, call.target)
        assert len(target.times) == 8
        assert len(chart.places) == 3
        assert chart.data["marks"][0]["label"] == "Sell advised"

    def test_without_prices(self, card):
        assert call_chart(make_call(card), []).summary is None

    def test_dots_of_calibration(self):
        (dot,) = calibration_dots([Bin(0.5, 0.6, 4, 0.55, 0.5, 0.2, 0.8)])

        assert (dot.x, dot.y, dot.radius) == (165, 150, 10)
        assert (dot.top, dot.bottom) == (pytest.approx(60), pytest.approx(240))


class TestTrackRecord:
    def test_scoreboard_and_ledger_with_the_misses(self, page, card):
        score(make_call(card))
        score(make_call(card, "BUY", horizon_days=7), "MISS")

        text = text_of(page("/track-record/"))

        assert "Sell, 30 days" in text
        assert "Buy, 7 days EXPERIMENTAL" in text
        assert "did not beat doing nothing" in text
        assert "Hit" in text
        assert "Miss" in text
        assert "6 lines, each sealed by all before it" in text

    def test_replays_are_said_to_be_such(self, page, card):
        score(make_call(card, is_replay=True))

        text = text_of(page("/track-record/"))

        assert "1 of the 1 calls are replays" in text

    def test_nothing(self, page):
        assert "No advice in USD yet" in text_of(page("/track-record/"))

    def test_queries(self, client, card, django_assert_max_num_queries):
        for i in range(5):
            score(make_call(make_card(f"Card {i}", collector_number=str(i))))
        with django_assert_max_num_queries(20):
            client.get("/track-record/")
        with django_assert_max_num_queries(4):
            client.get("/track-record/")


class TestOnOtherPages:
    def test_card(self, page, card):
        score(make_call(card, horizon_days=7))
        make_call(card)

        text = text_of(page(f"/cards/{card.pk}/"))

        assert "Recommendation" in text
        assert "1 of 1 trades advised on this card hit" in text

    def test_a_card_without_advice_says_so(self, page, card):
        make_call(make_card("Bob", collector_number="2"))

        assert "No advice: nothing that" in text_of(page(f"/cards/{card.pk}/"))

    def test_home(self, page, card):
        make_call(card)
        make_call(card, "HOLD", horizon_days=90)

        (panel,) = panels_of("home", currency="USD")
        text = render_to_string(panel.template, {"panel": panel.data})

        assert ">Sell<" in text
        assert ">Hold<" not in text
        assert panels_of("home", currency="EUR") == []

    def test_admin_is_read_only(self, admin_client, card):
        call = make_call(card)
        score(call)
        base = "/admin/recommendations"

        for name in ("recommendation", "ledgerline", "advicerule"):
            assert admin_client.get(f"{base}/{name}/").status_code == 200
            assert admin_client.get(f"{base}/{name}/add/").status_code == 403
        shown = admin_client.get(f"{base}/recommendation/{call.pk}/change/")
        assert "Trend down" in shown.content.decode()
        assert (
            admin_client.post(
                f"{base}/recommendation/{call.pk}/delete/", {"post": "yes"}
            ).status_code
            == 403
        )
