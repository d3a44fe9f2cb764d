"""Indices as tables to take away: exactly what their pages show."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.settings.selectors import asked_of
from mtgintel.core.money import money_text
from mtgintel.core.tables import csv_response

from .charts import IndexChart, index_chart
from .forms import IndexForm, IndicesForm
from .indices import has_finishes
from .selectors import (
    CHAINED,
    Constituents,
    constituents,
    index_summaries,
    is_index,
    market_index,
    set_summaries,
)

INDICES_COLUMNS = (
    *("index", "name", "currency", "day", "level", "constituents"),
    *("change_1d", "change_7d", "change_30d", "change_90d"),
)
CONSTITUENT_COLUMNS = (
    *("name", "set", "collector_number", "scryfall_id", "finish", "currency"),
    *("share_percent", "before", "before_on", "price", "change_percent"),
    *("marketplace", "is_limited"),
)


@require_safe
def indices_csv(request: HttpRequest) -> HttpResponse:
    form = IndicesForm(asked_of(request))
    if form.errors:
        return _refused(form)
    rows = _summary_rows(form.chosen("currency"))
    return csv_response("indices.csv", INDICES_COLUMNS, rows)


@require_safe
def index_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The points of an index, and of the one it is compared with."""
    form = _form(request, slug)
    if form.errors:
        return _refused(form)
    currency, period = form.chosen("currency"), form.chosen("period")
    index = market_index(currency, period, _finish(form, slug), CHAINED, slug)
    versus = form.chosen("versus")
    other = None
    if versus and versus != slug:
        other = market_index(currency, period, None, CHAINED, versus)
    chart = index_chart(index, other)
    columns = ["day", "level", "constituents", "is_thin", "is_provisional"]
    columns += [chart.versus.label] if chart.versus else []
    return csv_response(f"{slug}.csv", columns, _point_rows(chart))


@require_safe
def constituents_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """All constituents of the newest link, the heaviest first."""
    form = _form(request, slug)
    if form.errors:
        return _refused(form)
    found = constituents(slug, form.chosen("currency"), _finish(form, slug))
    rows = _constituent_rows(found)
    return csv_response(f"{slug}-constituents.csv", CONSTITUENT_COLUMNS, rows)


def _form(request: HttpRequest, slug: str) -> IndexForm:
    if not is_index(slug):
        raise Http404
    return IndexForm(asked_of(request))


def _refused(form: IndexForm | IndicesForm) -> HttpResponse:
    return HttpResponse(form.errors.as_text(), "text/plain", 400)


def _finish(form: IndexForm, slug: str) -> str | None:
    return (form.chosen("finish") if has_finishes(slug) else "") or None


def _summary_rows(currency: str) -> Iterator[tuple[object, ...]]:
    for one in index_summaries(currency):
        figures = (one.change_1d, one.change_7d, one.change_30d, one.change_90d)
        level = money_text(one.level)
        yield one.slug, one.name, currency, one.day, level, one.constituents, *figures
    for each in set_summaries(currency):
        figures = (None, each.change_7d, each.change_30d, None)
        level = money_text(each.level)
        yield (
            *(each.slug, each.name, currency, each.day, level, each.constituents),
            *figures,
        )


def _point_rows(chart: IndexChart) -> Iterator[tuple[object, ...]]:
    """The oldest first."""
    for point, other in reversed(chart.rows):
        row = (
            *(point.time.date(), money_text(point.value), point.unique_cards),
            *(point.is_thin, point.is_provisional),
        )
        yield (*row, money_text(other)) if chart.versus else row


def _constituent_rows(found: Constituents) -> Iterator[tuple[object, ...]]:
    for row in found[:]:
        card = row.card
        yield (
            *(card.name, card.set_code, card.collector_number, card.scryfall_id),
            *(row.finish, found.currency, row.share_percent),
            *(money_text(row.before), row.before_on, money_text(row.price)),
            *(row.change_percent, row.marketplace, row.is_limited),
        )
