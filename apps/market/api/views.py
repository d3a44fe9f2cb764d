"""Reads of the market in the large."""

from __future__ import annotations

from typing import Any

from apps.market import selectors
from apps.prices.selectors import freshness, is_demo_market, newest_observation
from mtgintel.core.api.pages import page_heading, page_of
from mtgintel.core.api.views import Answer, PublicRead

from . import params, serializers


class MarketIndexView(PublicRead):
    """A market index in one currency over a period that ends now

    chained: the level of a matched-model index, 100 on its first day, moved by each
    day's link; daily points. average: the mean of Near Mint English retail and market
    prices in each bucket. A bucket without observations has no point.
    """

    params = params.IndexParams
    is_of_one_currency = True
    answer_serializer = serializers.IndexSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        index = selectors.market_index(**wanted)
        return Answer(self.answer_serializer(index).data, index.as_of)


class MarketIndicesView(PublicRead):
    """Every named chained index of a currency with its newest level and changes"""

    params = params.CurrencyParams
    is_of_one_currency = True
    answer_serializer = serializers.IndicesSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        as_of = newest_observation(wanted["currency"])
        indices = selectors.index_summaries(wanted["currency"])
        found = {"as_of": as_of, "indices": indices, **wanted}
        return Answer(self.answer_serializer(found).data, as_of)


class IndexConstituentsView(PublicRead):
    """What the newest link of a chained index rests on, the heaviest first"""

    params = params.ConstituentsParams
    is_of_one_currency = True
    answer_serializer = serializers.ConstituentsSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        size, number = wanted.pop("page_size"), wanted.pop("page")
        index, currency = wanted["index"], wanted["currency"]
        finish = wanted.get("finish")
        rows = selectors.constituents(index, currency, finish)
        page = page_of(rows, page=number, page_size=size)
        which = {"index": index, "currency": currency, "finish": finish}
        heading = page_heading(self.request, page) | which | {"day": rows.day}
        found = heading | {"results": page.object_list}
        as_of = newest_observation(currency)
        return Answer(self.answer_serializer(found).data, as_of)


class MarketOverviewView(PublicRead):
    """The market of a currency, or a part of it, in a few figures

    Totals, breadth, volatility, what is on offer, the same by format and by colour
    identity, and breadth day by day.
    """

    params = params.OverviewParams
    is_of_one_currency = True
    answer_serializer = serializers.OverviewSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        figures = selectors.overview(**wanted)
        return Answer(self.answer_serializer(figures).data, figures.as_of)


class MarketMoversView(PublicRead):
    """What rose or fell the most over a window

    One entry per printing, finish and language: by the preferred marketplace that knows
    the price then and now, by the medians of all that do, or by one marketplace.
    """

    params = params.MoversParams
    is_of_one_currency = True
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
