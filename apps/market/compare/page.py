"""What the page of a comparison shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from apps.cards.models import Card, CardSet, SealedProduct
from apps.market.selectors.compare import (
    REBASED,
    Compared,
    ComparedLine,
    Comparison,
    compare,
)
from mtgintel.core.charts import (
    Line,
    Mark,
    Stroke,
    Summary,
    TableRow,
    chart_data,
    mark_places,
    strokes,
    summarise,
    table_rows,
    time_format,
)
from mtgintel.core.money import money_text

from .forms import CompareForm

# Lines are told apart by their stroke as well as by their colour.
_DASHES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareChart:
    """`data` is what the page's script draws in place of the strokes; lines, rows and
    summaries say the same in HTML. `places` is how far across each mark stands."""

    lines: list[Line]
    data: dict[str, Any]
    strokes: list[Stroke]
    marks: list[Mark]
    places: list[float]
    time_format: str
    rows: list[TableRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the legend: what it is, where its page is, and the address of the
    comparison without it."""

    of: Compared
    line: Line
    source: str
    unit: str
    url: str
    without: str
    summary: Summary | None


def compare_page(form: CompareForm) -> dict[str, Any]:
    found = comparison_of(form)
    chart = compare_chart(found)
    entries = [
        Entry(
            of=one.of,
            line=line,
            source=one.source,
            unit=found.unit,
            url=_url(one.of, found.currency),
            without=form.address(one.of),
            summary=summarise(line, found.step),
        )
        for one, line in zip(found.lines, chart.lines, strict=True)
    ]
    return {
        "form": form,
        "comparison": found,
        "is_rebased": found.scale == REBASED,
        "chart": chart,
        "entries": entries,
        "names": form.names(),
        "scale": form.chosen("scale"),
        "address": form.address(),
        "api_query": form.address(scale=found.scale),
    }


def comparison_of(form: CompareForm) -> Comparison:
    return compare(
        form.items,
        currency=form.chosen("currency"),
        period=form.chosen("period"),
        scale=form.chosen("scale"),
    )


def compare_chart(found: Comparison) -> CompareChart:
    lines = [
        as_line(one, number, is_cut=found.scale != REBASED)
        for number, one in enumerate(found.lines)
    ]
    marks = [
        Mark(moment, f"{line.label}: another number from here on")
        for line in lines
        for moment in line.parting_breaks
    ]
    return CompareChart(
        lines=lines,
        data=chart_data(lines, currency=found.unit, bucket=found.step, marks=marks),
        strokes=strokes(lines, found.step),
        marks=marks,
        places=mark_places(lines, marks),
        time_format=time_format(found.step),
        rows=table_rows(lines, marks),
    )


def as_line(one: ComparedLine, number: int, *, is_cut: bool) -> Line:
    """The so many'th line of a chart; cut at its breaks if it reaches across them."""
    return Line(
        key=f"{one.of.kind}:{one.of.key}",
        label=one.of.name,
        ink=number + 1,
        dash=number % _DASHES,
        times=[midnight(day) for day, _ in one.points],
        values=[value for _, value in one.points],
        breaks=[midnight(day) for day in one.breaks] if is_cut else [],
    )


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _url(one: Compared, currency: str) -> str:
    if isinstance(one.subject, Card):
        page = one.subject.get_absolute_url()
    elif isinstance(one.subject, CardSet):
        page = reverse("market:set", args=[one.subject.code])
    elif isinstance(one.subject, SealedProduct):
        name = urlencode({"q": one.subject.name})
        return f"{reverse('market:sealed')}?{name}&currency={currency}"
    else:
        page = reverse("market:index", args=[one.subject])
    return f"{page}?currency={currency}"


def compare_columns(found: Comparison) -> list[str]:
    """The columns of the downloaded table: a day, and what each line was on it."""
    unit = "percent of the base day" if found.scale == REBASED else found.unit
    names = (f"{one.of.name} ({unit})" if unit else one.of.name for one in found.lines)
    return ["day", *names]


def compare_rows(found: Comparison) -> Iterator[Sequence[object]]:
    """The same as rows, the oldest first; empty where a line has no value."""
    columns: list[dict[date, Decimal]] = [dict(one.points) for one in found.lines]
    for day in sorted(set().union(*columns)):
        yield day.isoformat(), *(money_text(column.get(day)) for column in columns)
