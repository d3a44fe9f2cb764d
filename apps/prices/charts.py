"""The history of a printing as a chart, one line per stream and finish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from mtgintel.core.charts import (
    INKS,
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
from mtgintel.core.constants import Finish, Language

from .selectors import CardHistory, StreamBreak

BUCKETS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
DASHES = {Finish.NONFOIL: 0, Finish.FOIL: 1, Finish.ETCHED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryChart:
    """`data` is what the page's script draws in place of the strokes; lines, rows and
    summaries say the same in HTML. The first line is that of the preferred stream.
    `breaks` part lines; `places` is how far across the strokes' box each is."""

    lines: list[Line]
    data: dict[str, Any]
    strokes: list[Stroke]
    breaks: list[StreamBreak]
    places: list[float]
    time_format: str
    rows: list[TableRow]
    summaries: list[Summary]


def history_chart(history: CardHistory, currency: str) -> HistoryChart:
    """The closing prices of a history in one currency."""
    bucket = BUCKETS.get(history.interval)
    lines = lines_of(history.series, history.breaks)
    breaks = parting_breaks(lines, history.breaks)
    marks = [Mark(one.began_at, in_words(one)) for one in breaks]
    summaries = [summarise(line, bucket) for line in lines]
    return HistoryChart(
        lines=lines,
        data=chart_data(lines, currency=currency, bucket=bucket, marks=marks),
        strokes=strokes(lines, bucket),
        breaks=breaks,
        places=mark_places(lines, marks),
        time_format=time_format(bucket),
        rows=table_rows(lines, marks),
        summaries=[summary for summary in summaries if summary],
    )


def lines_of(series: list[dict[str, Any]], breaks: list[StreamBreak]) -> list[Line]:
    """A colour for each marketplace, a stroke for each finish."""
    marketplaces = list(dict.fromkeys(each["marketplace"] for each in series))
    return [
        Line(
            key=series_key(**{name: each[name] for name in KEY}),
            label=_label(each),
            ink=marketplaces.index(each["marketplace"]) % INKS + 1,
            dash=DASHES[Finish(each["finish"])],
            times=[datetime.fromisoformat(moment) for moment in each["time"]],
            values=[Decimal(price) for price in each["close"]],
            breaks=[
                one.began_at for one in breaks if one.marketplace == each["marketplace"]
            ],
            is_stale=each["is_stale"],
        )
        for each in series
    ]


def parting_breaks(lines: list[Line], breaks: list[StreamBreak]) -> list[StreamBreak]:
    """The breaks that have points of a line of their stream on both sides."""
    parting = {
        (line.key.partition(":")[0], moment)
        for line in lines
        for moment in line.parting_breaks
    }
    return [one for one in breaks if (one.marketplace, one.began_at) in parting]


def in_words(one: StreamBreak) -> str:
    return f"{one.marketplace_name} changed what it measures"


KEY = ("marketplace", "condition", "finish", "language")


def series_key(marketplace: str, condition: str, finish: str, language: str) -> str:
    """Names a series of one card on its page: in the chart, the table, the updates."""
    return f"{marketplace}:{condition}:{finish}:{language}"


def _label(series: dict[str, Any]) -> str:
    words = [series["marketplace_name"]]
    if series["finish"] != Finish.NONFOIL:
        words.append(Finish(series["finish"]).label.lower())
    if series["language"] != Language.ENGLISH:
        words.append(Language(series["language"]).label)
    return " ".join(words)
