"""Printings with their prices: lists, quotes, history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from rest_framework.exceptions import NotFound, ValidationError

from apps.cards.api.serializers import CardSerializer
from apps.cards.models import Card
from apps.cards.selectors import CardSearch, get_card, printings_of
from apps.prices import selectors
from mtgintel.core.api.pages import page_heading, page_of
from mtgintel.core.api.views import Answer, PublicRead
from mtgintel.core.facts import facts_of

from . import params, serializers

MAX_PRINTINGS = 100
COLUMNS = ("time", "open", "high", "low", "close", "avg", "count")


def card_or_404(card_id: str) -> Card:
    try:
        return get_card(card_id)
    except Card.DoesNotExist:
        message = f"There is no card {card_id!r}."
        raise NotFound(message) from None


class CardListView(PublicRead):
    """Search printings, each with the price that stands for it

    Names match exactly, as prefix, contained or similar, in this order. The price is
    Near Mint, nonfoil before foil before etched, from the preferred marketplace.
    """

    params = params.CardListParams
    answer_serializer = serializers.CardPageSerializer
    tag = "cards"
    throttle_scope = "search"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        pages = {"page": wanted.pop("page"), "page_size": wanted.pop("page_size")}
        listing = selectors.PriceListing(**_taken(wanted, params.LISTING))
        search = CardSearch(**wanted)
        page = page_of(selectors.priced_cards(search, listing), **pages)
        quotes = selectors.headline_prices([c.pk for c in page], listing.currency)
        heading = page_heading(self.request, page)
        found = {**heading, "currency": listing.currency, "results": page.object_list}
        answer = self.answer_serializer(found, context={"quotes": quotes})
        return Answer(answer.data, _newest(quotes.values()))


class CardDetailView(PublicRead):
    """A printing by its id or Scryfall UUID: quotes and other printings too"""

    answer_serializer = serializers.CardDetailSerializer
    tag = "cards"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        card = card_or_404(kwargs["card_id"])
        quotes, printings = selectors.card_quotes(card.pk), printings_of(card)
        market = {
            "as_of": _newest(quotes),
            "quotes": quotes,
            "printings_count": printings.count(),
            "printings": printings[:MAX_PRINTINGS],
        }
        parts = (
            CardSerializer(card),
            serializers.CardMarketSerializer(market),
        )
        found = {**parts[0].data, **parts[1].data, **facts_of("card", card=card)}
        return Answer(found, market["as_of"])


class CardPricesView(PublicRead):
    """The newest price of every series of a printing, preferred marketplaces first"""

    params = params.CardPricesParams
    answer_serializer = serializers.CardPricesSerializer
    tag = "prices"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        card = card_or_404(kwargs["card_id"])
        quotes = selectors.card_quotes(card.pk, **wanted)
        found = {"card_id": card.pk, "as_of": _newest(quotes), "quotes": quotes}
        return Answer(self.answer_serializer(found).data, found["as_of"])


class CardHistoryView(PublicRead):
    """What a printing's prices were, one series per marketplace and variant

    Columns of equal length, at most 1,000 points, oldest first. A bucket in which
    nothing was observed has no point. Nothing is to be compared across one of the
    `breaks`: there a stream changed what it measures. Hours for up to 7d, days for
    longer; "all" in weeks once it spans more than 1,000 days.
    """

    params = params.CardHistoryParams
    answer_serializer = serializers.CardHistorySerializer
    tag = "prices"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        as_rows = wanted.pop("rows")
        card = card_or_404(kwargs["card_id"])
        try:
            history = selectors.card_history(card.pk, **wanted)
        except selectors.IntervalError as error:
            raise ValidationError({"interval": [str(error)]}) from None
        body = history_json(history, as_rows=as_rows)
        return Answer(body, history.as_of)


def history_json(history: selectors.CardHistory, *, as_rows: bool = False) -> bytes:
    """The history with its heading; the series go through as PostgreSQL wrote them."""
    series = (
        orjson.dumps([_with_points(one) for one in history.series])
        if as_rows
        else history.series_json.encode()
    )
    heading = orjson.dumps(
        {
            "card_id": history.card_id,
            "period": history.period,
            "interval": history.interval,
            "start": history.start,
            "end": history.end,
            "as_of": history.as_of,
            "breaks": serializers.SeriesBreakSerializer(history.breaks, many=True).data,
        },
        option=orjson.OPT_UTC_Z,
    )
    return b'%s,"series":%s}' % (heading[:-1], series)


def _with_points(series: dict[str, Any]) -> dict[str, Any]:
    columns = [series.pop(name) for name in COLUMNS]
    rows = zip(*columns, strict=True)
    return {**series, "points": [dict(zip(COLUMNS, r, strict=True)) for r in rows]}


def _taken(wanted: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: wanted.pop(name) for name in names if name in wanted}


def _newest(quotes: Iterable[selectors.Quote]) -> Any:
    return max((quote.as_of for quote in quotes), default=None)
