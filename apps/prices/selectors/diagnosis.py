"""Why the chart of a printing shows what it shows."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.cards.models import Card
from apps.cards.querysets import fold_name
from apps.cards.selectors import CardSearch, get_card, search_cards
from apps.prices.models import Marketplace, PriceOverride, QuarantinedPrice
from mtgintel.core.charts import cut
from mtgintel.core.constants import PERIODS, Condition, Currency
from mtgintel.core.sql import load_sql

from .breaks import StreamBreak, breaks_of
from .freshness import is_stale
from .history import BEGINNING, aggregate_of, chart_width, points_query

MAX_CANDIDATES = 20
MAX_KEPT_OUT = 20
# The bucket of a chart by the name of its width; raw points have none.
_BUCKETS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
_NAMED = re.compile(r"(?P<name>.+?)\s*\((?P<set>\w+)(?:\s+(?P<number>\S+))?\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDiagnosis:
    """One series. `observations`, `first_day` and `last_day` are over all time;
    `points` are those of the chart's period, made of `charted` of the `raw`
    observations in it. `gaps` are (last point before, first point after). `hidden_by`
    says why the chart does not draw it; empty if it does.
    """

    stream: Marketplace
    condition: str
    finish: str
    language: str
    first_day: datetime | None
    last_day: datetime | None
    observations: int
    points: int
    charted: int
    raw: int
    as_of: datetime | None
    is_stale: bool
    gaps: list[tuple[datetime, datetime]]
    breaks: list[StreamBreak]
    hidden_by: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A chart of `period` in `currency`, its points `width` wide, read from `table`."""

    card: Card
    period: str
    currency: str
    finish: str | None
    width: str
    table: str
    start: datetime
    end: datetime
    series: list[SeriesDiagnosis]
    quarantined: list[QuarantinedPrice]
    quarantined_count: int
    overrides: list[PriceOverride]


def diagnose(
    card: Card,
    *,
    period: str = "30d",
    currency: str | None = None,
    finish: str | None = None,
) -> Diagnosis:
    """What the page of `card` draws for a period (PERIODS), and what it does not.

    Without a currency the one its page shows first. A finish limits it to that one.
    """
    now = timezone.now()
    length = PERIODS[period]
    start = now - length if length else BEGINNING
    width = chart_width(card.pk, period, "auto", now)
    rows = [
        row
        for row in _rows(card.pk, width=width, start=start, end=now)
        if finish in (None, row[2])
    ]
    streams = {stream.slug: stream for stream in Marketplace.objects.all()}
    currency = currency or _first_currency([streams[row[0]] for row in rows])
    kept_out = QuarantinedPrice.objects.filter(card=card).select_related("marketplace")
    overrides = PriceOverride.objects.filter(card=card).select_related("marketplace")
    return Diagnosis(
        card=card,
        period=period,
        currency=currency,
        finish=finish,
        width=width,
        table=aggregate_of(width),
        start=start,
        end=now,
        series=[_diagnosed(row, streams, currency, width, start, now) for row in rows],
        quarantined=list(kept_out[:MAX_KEPT_OUT]),
        quarantined_count=kept_out.count(),
        overrides=list(overrides[:MAX_KEPT_OUT]),
    )


def _rows(card_id: int, *, width: str, start: datetime, end: datetime) -> list[tuple]:
    points, parameters = points_query(card_id, interval=width, start=start, end=end)
    statement = load_sql("prices", "diagnosed_series").replace("{points}", points)
    parameters |= {"beginning": BEGINNING, "raw_start": _first_bucket(start, width)}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def _first_bucket(start: datetime, width: str) -> datetime:
    """The chart begins with the first bucket that does not start before its period."""
    if width == "raw":
        return start
    whole = {"minute": 0, "second": 0, "microsecond": 0}
    step = timedelta(hours=1)
    if width != "hour":
        whole["hour"], step = 0, timedelta(days=1)
    begun = start.replace(**whole)  # type: ignore[arg-type]
    return begun if begun == start else begun + step


def _first_currency(streams: list[Marketplace]) -> str:
    shown = {stream.currency for stream in streams if stream.is_active}
    return next((one for one in Currency.values if one in shown), Currency.USD.value)


def _diagnosed(
    row: tuple,
    streams: dict[str, Marketplace],
    currency: str,
    width: str,
    start: datetime,
    now: datetime,
) -> SeriesDiagnosis:
    slug, condition, finish, language, first, last, count, moments, *counts = row
    charted, raw, as_of = counts
    stream, moments = streams[slug], moments or []
    breaks = breaks_of([stream.pk], moments[0], moments[-1]) if moments else []
    return SeriesDiagnosis(
        stream=stream,
        condition=condition,
        finish=finish,
        language=language,
        first_day=first,
        last_day=last,
        observations=count,
        points=len(moments),
        charted=charted,
        raw=raw,
        as_of=as_of,
        is_stale=is_stale(as_of, stream.freshness_hours, now),
        gaps=_gaps(moments, width),
        breaks=breaks,
        hidden_by=_hidden_by(stream, condition, currency, moments, raw),
    )


def _gaps(moments: list[datetime], width: str) -> list[tuple[datetime, datetime]]:
    stretches = cut(moments, _BUCKETS.get(width))
    return [
        (moments[before.stop - 1], moments[after.start])
        for before, after in itertools.pairwise(stretches)
    ]


def _hidden_by(
    stream: Marketplace, condition: str, currency: str, moments: list[Any], raw: int
) -> list[str]:
    reasons = []
    if not stream.is_active:
        reasons.append("the stream is switched off in the admin")
    if condition != Condition.NEAR_MINT:
        reasons.append("the chart shows Near Mint only")
    if stream.currency != currency:
        reasons.append(f"it is in {stream.currency}, the chart in {currency}")
    if not moments and raw:
        reasons.append("its observations in the period are in no bucket yet")
    elif not moments:
        reasons.append("nothing was observed in the period")
    return reasons


def printings_named(text: str) -> list[Card]:
    """The printings that `text` names: an id, a Scryfall UUID, "Sol Ring (CMR)",
    "Sol Ring (CMR 472)" or "Sol Ring"; at most MAX_CANDIDATES."""
    try:
        return [get_card(text.strip())]
    except Card.DoesNotExist:
        pass
    match = _NAMED.fullmatch(text.strip())
    name = match["name"] if match else text
    found = Card.objects.present().select_related("card_set")
    found = found.filter(search_name=fold_name(name))
    if match:
        found = found.filter(card_set__code=match["set"].lower())
    if match and match["number"]:
        found = found.filter(collector_number__iexact=match["number"])
    return list(found.order_by("-released_on", "id")[:MAX_CANDIDATES])


def similar_printings(text: str) -> list[Card]:
    """What somebody may have meant by a `text` that names nothing."""
    match = _NAMED.fullmatch(text.strip())
    search = CardSearch(q=match["name"] if match else text)
    return list(search_cards(search)[:MAX_CANDIDATES])
