"""How much of the catalogue the streams price, and on which days they said nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, F, Func, IntegerField, Q, Sum
from django.utils import timezone

from apps.cards.models import Card, CardSet
from mtgintel.core import cache
from mtgintel.core.constants import Finish
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

from .freshness import freshness

MAX_SETS = 20
GAP_DAYS = 30
# A stream that was there in so many days before is missed at the start, too.
_LOOK_BACK_DAYS = 15
_SAMPLE_SERIES = 200
# Prices grow stale by themselves, without any new data.
_CACHE_SECONDS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Of `total` printings × finishes of the catalogue, how many have a fresh price of
    each stream: {marketplace id: count}; streams without any are not there."""

    total: int
    by_stream: dict[int, int]

    def percent(self, marketplace_id: int) -> float | None:
        """None where there is nothing to price."""
        if not self.total:
            return None
        return 100 * self.by_stream.get(marketplace_id, 0) / self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCoverage:
    code: str
    name: str
    released_on: date | None
    covered: Covered


def coverage_by_finish() -> dict[str, Covered]:
    """{finish: of the printings that exist in it, those with a fresh price}."""
    return cache.get_or_compute(
        "prices.coverage.finish", _coverage_by_finish, timeout=_CACHE_SECONDS
    )


def _coverage_by_finish() -> dict[str, Covered]:
    totals = Card.objects.present().aggregate(
        **{
            finish: Count("id", filter=Q(finishes__contains=[finish]))
            for finish in Finish.values
        }
    )
    found: dict[str, dict[int, int]] = {finish: {} for finish in Finish.values}
    for stream, finish, count in _rows("covered_by_finish", now=timezone.now()):
        found[finish][stream] = count
    return {
        finish: Covered(total=totals[finish], by_stream=by_stream)
        for finish, by_stream in found.items()
    }


def coverage_by_set(text: str = "") -> list[SetCoverage]:
    """The sets of that code, or with that in their name, or the newest ones; at most
    MAX_SETS of those that have printings."""
    wanted = " ".join(text.replace("\0", " ").split()).casefold()[:100]
    return cache.get_or_compute(
        f"prices.coverage.set:{wanted.encode().hex()}",
        lambda: _coverage_by_set(wanted),
        timeout=_CACHE_SECONDS,
    )


def _coverage_by_set(text: str) -> list[SetCoverage]:
    sets = CardSet.objects.annotate(total=_FINISHES).filter(total__gt=0)
    if text:
        sets = sets.filter(Q(code=text) | Q(name__icontains=text))
    else:
        today = timezone.now().astimezone(UTC).date()
        sets = sets.filter(is_digital=False).exclude(released_on__gt=today)
    chosen = list(
        sets.order_by(F("released_on").desc(nulls_last=True), "code")[:MAX_SETS]
    )
    found: dict[int, dict[int, int]] = {one.pk: {} for one in chosen}
    rows = _rows("covered_by_set", now=timezone.now(), set_ids=list(found))
    for set_id, stream, count in rows:
        found[set_id][stream] = count
    return [
        SetCoverage(
            code=one.code,
            name=one.name,
            released_on=one.released_on,
            covered=Covered(total=one.total, by_stream=found[one.pk]),
        )
        for one in chosen
    ]


_FINISHES = Sum(
    Func("cards__finishes", function="cardinality", output_field=IntegerField()),
    filter=Q(cards__removed_at=None),
)


@dataclass(frozen=True, slots=True)
class ReportedDays:
    """The last GAP_DAYS whole days, oldest first; True where a stream reported, False
    where it did not, None before its first report."""

    days: list[tuple[date, bool | None]]

    @property
    def gaps(self) -> list[date]:
        return [day for day, reported in self.days if reported is False]


def reported_days() -> dict[int, ReportedDays]:
    """{marketplace id: on which days it reported}, of the streams that have prices.

    Looked for in 200 series of each that were seen of late.
    """
    today = timezone.now().astimezone(UTC).date()
    return cache.get_or_compute(
        f"prices.reported_days:{today}", lambda: _reported_days(today)
    )


def _reported_days(today: date) -> dict[int, ReportedDays]:
    streams = [stream for stream in freshness() if stream.as_of]
    start = today - timedelta(days=GAP_DAYS + _LOOK_BACK_DAYS)
    rows = _rows(
        "reported_days",
        stream_ids=[stream.marketplace_id for stream in streams],
        seen_since=[
            stream.as_of - timedelta(hours=stream.freshness_hours)
            for stream in streams
            if stream.as_of
        ],
        series=_SAMPLE_SERIES,
        start=datetime.combine(start, time(), UTC),
        end=datetime.combine(today, time(), UTC),
    )
    found: dict[int, set[date]] = {stream.marketplace_id: set() for stream in streams}
    for stream_id, day in rows:
        found[stream_id].add(day)
    return {stream_id: _as_days(days, today) for stream_id, days in found.items()}


def _as_days(seen: set[date], today: date) -> ReportedDays:
    window = [today - timedelta(days=back) for back in range(GAP_DAYS, 0, -1)]
    first = min(seen, default=today)
    return ReportedDays([(day, None if day < first else day in seen) for day in window])


def _rows(statement: str, **parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(load_sql("prices", statement), parameters)  # type: ignore[arg-type]
        return cursor.fetchall()
