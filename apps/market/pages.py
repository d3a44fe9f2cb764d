"""What the pages of indices show."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.utils.safestring import SafeString, mark_safe
from markdown import markdown

from mtgintel.core.charts import Summary

from .charts import index_chart, spark
from .forms import IndexForm
from .indices import INDICES, has_finishes
from .selectors import (
    CHAINED,
    constituents,
    index_summaries,
    market_index,
    set_name,
    set_summaries,
)

PAGE_SIZE = 50


def indices_page(currency: str, number: str | None) -> dict[str, Any]:
    """The named indices, and a page of those of sets."""
    return {
        "currency": currency,
        "indices": [(one, spark(one)) for one in index_summaries(currency)],
        "paging": Paginator(set_summaries(currency), PAGE_SIZE).get_page(number),
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


@cache
def methodology_html() -> SafeString:
    """docs/methodology.md as a page; the text is ours."""
    text = (settings.BASE_DIR / "docs" / "methodology.md").read_text()
    return mark_safe(markdown(text, extensions=["tables", "toc"]))  # noqa: S308
