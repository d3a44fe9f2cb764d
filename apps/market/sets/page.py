"""What the pages of sets show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator

from apps.cards.models import CardSet
from apps.market.selectors import movers
from apps.market.selectors.compare import MAX_LINES, REBASED
from apps.market.selectors.contributors import Contributors, contributors
from apps.market.selectors.movers import DIRECTIONS
from apps.market.selectors.sets import (
    SetPoint,
    find_sets,
    neighbours,
    period_start,
    set_curves,
    sets_of,
    valued_set,
)
from apps.prices.selectors import newest_observation
from apps.prices.selectors.sealed import sealed_listings
from mtgintel.core.money import money_text

from .charts import set_chart, since_release
from .forms import ORDER_NAMES, SetForm, SetsForm

PAGE_SIZE = 50
MOVERS = 5


@dataclass(frozen=True, slots=True)
class Column:
    """A column that the list can be ordered by: `ordering` is what a click on it asks
    for, `sorting` how it is ordered now, as ARIA says it."""

    name: str
    ordering: str
    sorting: str


def columns(ordering: str) -> dict[str, Column]:
    """By key: the largest first at a first click, the least at a second."""
    now = ordering.removeprefix("-")
    sorting = "descending" if ordering.startswith("-") else "ascending"
    return {
        key: Column(
            name,
            key if ordering == f"-{key}" else f"-{key}",
            sorting if key == now else "",
        )
        for key, (name, *_) in ORDER_NAMES.items()
    }


def sets_page(form: SetsForm, number: str | None) -> dict[str, Any]:
    wanted = form.wanted()
    found = find_sets(wanted)
    asked = {
        "currency": wanted.currency,
        "ordering": wanted.ordering,
        **({"q": wanted.q} if wanted.q else {}),
        **({"type": wanted.type} if wanted.type else {}),
        **({"year": wanted.year} if wanted.year else {}),
        **({"min_coverage": wanted.min_coverage} if wanted.min_coverage else {}),
        **({"min_value": wanted.min_value} if wanted.min_value else {}),
    }
    return {
        "form": form,
        "wanted": wanted,
        "currency": wanted.currency,
        "found": found,
        "paging": Paginator(found, PAGE_SIZE).get_page(number),
        "columns": columns(wanted.ordering),
        "as_of": newest_observation(wanted.currency),
        "query": urlencode(asked),
    }


# The columns of the downloaded list.
SET_COLUMNS = (
    *("code", "name", "type", "released_on", "currency", "day", "value"),
    *("cards", "priced", "carried", "foil_value", "foil_cards", "foil_priced"),
    *("change_1d", "change_7d", "change_30d", "change_90d"),
)


def set_rows(form: SetsForm) -> Iterator[tuple[object, ...]]:
    for one in find_sets(form.wanted()):
        yield (
            *(one.code, one.name, one.set_type, one.released_on, one.currency, one.day),
            *(money_text(one.value), one.cards, one.priced, one.carried),
            *(money_text(one.foil_value), one.foil_cards, one.foil_priced),
            *(one.change_1d, one.change_7d, one.change_30d, one.change_90d),
        )


def set_page(form: SetForm, card_set: CardSet, number: str | None) -> dict[str, Any]:
    """A set: its value over a period and since its release, and its cards."""
    currency, code = form.chosen("currency"), card_set.code
    finish, scale = form.chosen("finish"), form.chosen("scale")
    sets = sets_of(form.codes)
    curves = set_curves(sets, currency, is_foil=form.is_foil)
    chart = set_chart(card_set.name, within(curves[code], form), currency)
    rows = contributors(card_set.pk, currency, is_foil=form.is_foil)
    return {
        "form": form,
        "card_set": card_set,
        "currency": currency,
        "valued": valued_set(code, currency),
        "newest": curves[code][-1] if curves[code] else None,
        "as_of": newest_observation(currency),
        "chart": chart,
        "released": since_release(sets, curves, currency, is_rebased=scale == REBASED),
        "is_rebased": scale == REBASED,
        "scale": scale,
        "finish": finish,
        "period": form.chosen("period"),
        "beside": [one for one in sets if one != code],
        "neighbours": neighbours(card_set, currency) if len(sets) < MAX_LINES else [],
        "sealed": sealed_listings(currency, card_set.pk),
        "contributors": rows,
        "paging": Paginator(rows, PAGE_SIZE).get_page(number),
        **_moving(form, code),
    }


def _moving(form: SetForm, code: str) -> dict[str, Any]:
    choices = {"window": form.chosen("window"), "card_set": code, "limit": MOVERS}
    found = {
        direction: movers(form.chosen("currency"), direction=direction, **choices)
        for direction in DIRECTIONS
    }
    return {"movers": found, "window": choices["window"]}


def within(points: list[SetPoint], form: SetForm) -> list[SetPoint]:
    """The days of the period that the form asks for."""
    start = period_start(form.chosen("period"))
    return [point for point in points if start is None or point.day >= start]


CONTRIBUTOR_COLUMNS = (
    *("name", "set", "collector_number", "scryfall_id", "rarity", "finish"),
    *("currency", "price", "share_percent", "marketplace", "seen_on"),
)


def contributor_rows(found: Contributors) -> Iterator[tuple[object, ...]]:
    """Every card, those without a price at the end."""
    for one in found[:]:
        card = one.card
        yield (
            *(card.name, card.set_code, card.collector_number, card.scryfall_id),
            *(card.rarity, one.finish, found.currency, money_text(one.price)),
            *(one.share_percent, one.marketplace, one.seen_on),
        )


VALUE_COLUMNS = (
    *("day", "currency", "value", "like_for_like", "cards", "priced", "carried"),
    "comparable_since",
)


def value_rows(form: SetForm) -> Iterator[tuple[object, ...]]:
    """The days of the chart, the oldest first."""
    currency = form.chosen("currency")
    curves = set_curves([form.code], currency, is_foil=form.is_foil)
    for one in within(curves[form.code], form):
        yield (
            *(one.day, currency, money_text(one.value), money_text(one.like_for_like)),
            *(one.cards, one.priced, one.carried, one.since),
        )
