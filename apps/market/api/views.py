"""Reads of the market in the large."""

from __future__ import annotations

from typing import Any

from apps.market import selectors
from apps.prices.selectors import freshness, is_demo_market, newest_observation
from mtgintel.core.api.views import Answer, PublicRead

from . import params, serializers


class MarketIndexView(PublicRead):
    """The market index of a currency over a period that ends now

    average: the mean of Near Mint English retail and market prices in each bucket,
    all finishes together or one. A bucket without observations has no point.
    """

    params = params.IndexParams
    answer_serializer = serializers.IndexSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        wanted.pop("method")
        index = selectors.market_index(**wanted)
        return Answer(self.answer_serializer(index).data, index.as_of)


class MarketOverviewView(PublicRead):
    """The market of a currency in a few figures"""

    params = params.CurrencyParams
    answer_serializer = serializers.OverviewSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        figures = selectors.overview(wanted["currency"])
        return Answer(self.answer_serializer(figures).data, figures.as_of)


class MarketMoversView(PublicRead):
    """What rose or fell the most over a window

    One entry per printing, finish and language, from the preferred marketplace that
    knows the price then and now.
    """

    params = params.MoversParams
    answer_serializer = serializers.MoversSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        as_of = newest_observation(wanted["currency"])
        found = {"as_of": as_of, "movers": selectors.movers(**wanted), **wanted}
        return Answer(self.answer_serializer(found).data, as_of)


class MarketFreshnessView(PublicRead):
    """How old the newest price of each marketplace is"""

    params = params.FreshnessParams
    answer_serializer = serializers.FreshnessSerializer
    fresh_for = 30

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        currency = wanted.get("currency")
        as_of = newest_observation(currency)
        streams = [s for s in freshness() if currency in (None, s.currency)]
        found = {
            "as_of": as_of,
            "is_demo_market": is_demo_market(),
            "streams": streams,
        }
        return Answer(self.answer_serializer(found).data, as_of)
