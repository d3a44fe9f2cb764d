"""What the pages of indices show."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.utils.safestring import SafeString, mark_safe
from markdown import markdown

from apps.cards.models import Card, CardSet
from mtgintel.core import cache, holdings
from mtgintel.core.charts import Summary
from mtgintel.core.money import money_text

from .charts import index_chart, spark
from .forms import IndexForm, MoversForm
from .indices import INDICES, has_finishes
from .selectors import (
    CHAINED,
    constituents,
    index_summaries,
    market_index,
    movers,
    set_name,
    set_summaries,
)
from .selectors.movers import CONSENSUS

PAGE_SIZE = 50
Visitor = AbstractBaseUser | AnonymousUser


def indices_page(currency: str, number: str | None) -> dict[str, Any]:
    """The named indices, and a page of those of sets."""
    return {
        "currency": currency,
        "indices": [(one, spark(one)) for one in index_summaries(currency)],
        "paging": Paginator(set_summaries(currency), PAGE_SIZE).get_page(number),
    }


def find_page() -> dict[str, Any]:
    """The indices and the sets there are pages of."""
    return {
        "indices": INDICES.values(),
        "sets": CardSet.objects.filter(
            Exists(Card.objects.filter(card_set=OuterRef("pk")))
        ),
    }


def index_page(form: IndexForm, slug: str, number: str | None) -> dict[str, Any]:
    """An index over a period, and a page of what its newest link rests on."""
    currency = form.chosen("currency")
    finish = form.chosen("finish") if has_finishes(slug) else ""
    index = market_index(currency, form.chosen("period"), finish or None, CHAINED, slug)
    versus = form.chosen("versus")
    other = (
        market_index(currency, index.period, None, CHAINED, versus)
        if versus and versus != slug
        else None
    )
    chart = index_chart(index, other)
    rows = constituents(slug, currency, finish or None)
    return {
        "currency": currency,
        "index": index,
        "about": INDICES[slug].about if slug in INDICES else set_name(slug),
        "has_finishes": has_finishes(slug),
        "chart": chart,
        "drawdown": _drawdown(chart.summary),
        "constituents": rows,
        "paging": Paginator(rows, PAGE_SIZE).get_page(number),
    }


def _drawdown(summary: Summary | None) -> Any:
    """How far the last level is below the highest of the period, in percent."""
    return 100 * (summary.last / summary.high - 1) if summary else None


# The columns of the downloaded table of movers.
MOVER_COLUMNS = (
    *("name", "set", "collector_number", "scryfall_id", "finish", "language"),
    *("currency", "window", "then", "now", "change_amount", "change_percent"),
    *("source", "streams", "vendors", "as_of", "flags"),
)


def movers_context(form: MoversForm, user: Visitor) -> dict[str, Any]:
    """The movers that a form asks for; `api_query` asks the API for the same.

    `version` names the state of the data, read before the rest.
    """
    version = cache.data_version()
    wanted = form.choices()
    asked = {"set" if k == "card_set" else k: v for k, v in wanted.items() if v != ""}
    return {
        "version": version,
        "form": form,
        "wanted": wanted,
        "is_median": wanted["source"] == CONSENSUS,
        "found": movers(**wanted, cards=_cards(form, user)),
        "api_query": urlencode(asked),
    }


def _cards(form: MoversForm, user: Visitor) -> frozenset[int] | None:
    """The cards that are looked at: those of who asks, or None for all."""
    is_mine = form.cleaned_data.get("mine") and user.is_authenticated
    return holdings.cards_of(user) if is_mine else None


def mover_rows(form: MoversForm, user: Visitor) -> Iterator[tuple[object, ...]]:
    """The same as rows of MOVER_COLUMNS, amounts with a point, times in UTC."""
    wanted = form.choices()
    for mover in movers(**wanted, cards=_cards(form, user)):
        card, quote = mover.card, mover.quote
        yield (
            *(card.name, card.set_code, card.collector_number, card.scryfall_id),
            *(quote.finish, quote.language, quote.currency, mover.window),
            *(money_text(mover.then), money_text(mover.now)),
            *(money_text(mover.change_amount), mover.change_percent),
            wanted["source"] if mover.stream_count > 1 else quote.marketplace,
            *(mover.stream_count, mover.vendor_count),
            *(quote.as_of.isoformat(), " ".join(mover.flags)),
        )


@functools.cache
def methodology_html() -> SafeString:
    """docs/methodology.md as a page; the text is ours."""
    text = (settings.BASE_DIR / "docs" / "methodology.md").read_text()
    return mark_safe(markdown(text, extensions=["tables", "toc"]))  # noqa: S308
