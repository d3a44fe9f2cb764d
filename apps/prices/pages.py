"""What the pages of cards put together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from apps.cards.models import Card
from apps.cards.selectors import printings_of
from mtgintel.core.constants import Condition, Currency
from mtgintel.core.panels import Panel, panels_of

from .charts import HistoryChart, history_chart, series_key
from .forms import CardForm, CardSearchForm
from .selectors import (
    CardHistory,
    Quote,
    card_history,
    card_quotes,
    headline_prices,
    priced_cards,
)

MAX_PRINTINGS = 60
RESULTS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A quote, and the name its series has on the page."""

    key: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class QuoteGroup:
    """The quotes in one currency, as many as there are series."""

    currency: Currency
    rows: list[QuoteRow]


@dataclass(frozen=True, slots=True)
class PricedPrinting:
    """A printing and the quote that stands for it, if it has one in the currency."""

    card: Card
    quote: Quote | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """Everything the page of a card shows. `headline` is the quote that stands for
    the card in the chosen currency, `panels` what other apps have to say."""

    card: Card
    form: CardForm
    currency: str
    period: str
    headline: QuoteRow | None
    groups: list[QuoteGroup]
    history: CardHistory
    chart: HistoryChart
    printings: list[PricedPrinting]
    panels: list[Panel]


def card_page(card: Card, choices: QueryDict, preferred: str) -> CardPage:
    """In the `preferred` currency if the card has prices in it, unless one is asked."""
    groups = groups_of(card_quotes(card.pk))
    currencies = [group.currency for group in groups] or Currency.values
    form = CardForm(choices, currencies, preferred)
    currency, period = form.chosen("currency"), form.chosen("period")
    history = card_history(
        card.pk, period=period, currency=currency, condition=Condition.NEAR_MINT
    )
    printings = list(printings_of(card)[:MAX_PRINTINGS])
    headlines = headline_prices([card.pk, *(each.pk for each in printings)], currency)
    headline = headlines.get(card.pk)
    return CardPage(
        card=card,
        form=form,
        currency=currency,
        period=period,
        headline=row_of(headline) if headline else None,
        groups=groups,
        history=history,
        chart=history_chart(history, currency),
        printings=[PricedPrinting(each, headlines.get(each.pk)) for each in printings],
        panels=panels_of("card", card=card, currency=currency),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of what a search found."""

    form: CardSearchForm
    currency: str
    found: list[PricedPrinting]
    paging: Page[Card]


def search_page(choices: QueryDict) -> SearchPage:
    """A page number that there is not leads to the nearest one."""
    form = CardSearchForm(choices)
    currency = form.chosen("currency")
    cards = priced_cards(form.search(), form.listing())
    paginator = Paginator(cards, RESULTS_PER_PAGE)
    paging = paginator.get_page(choices.get("page"))
    headlines = headline_prices([card.pk for card in paging], currency)
    return SearchPage(
        form=form,
        currency=currency,
        found=[PricedPrinting(card, headlines.get(card.pk)) for card in paging],
        paging=paging,
    )


def groups_of(quotes: list[Quote]) -> list[QuoteGroup]:
    """By currency, dollars first; inside in the order given."""
    order = list(Currency)
    ordered = sorted(quotes, key=lambda quote: order.index(Currency(quote.currency)))
    return [
        QuoteGroup(Currency(currency), [row_of(quote) for quote in group])
        for currency, group in groupby(ordered, key=attrgetter("currency"))
    ]


def row_of(quote: Quote) -> QuoteRow:
    key = series_key(quote.marketplace, quote.condition, quote.finish, quote.language)
    return QuoteRow(key, quote)
