"""How the market and its parts stood each day, brought up to date with the prices."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from django.db import connection, transaction
from django.db.models import Max

from apps.market.maths import breadth as maths
from apps.market.maths.breadth import Part
from apps.market.maths.chained import Closes
from apps.market.models import DailyCloses, MarketBreadth, MarketIndexDaily
from apps.market.selectors.closes import Streams, closes_of, days_since
from apps.market.selectors.members import Members
from apps.market.selectors.packed import fingerprints, packed_day, packed_eras
from mtgintel.core.constants import WINDOWS, Currency

_DAY = timedelta(days=1)
# Before the first card was printed.
_BEGINNING = date(1993, 1, 1)
BREADTH_WINDOWS = {
    name: (WINDOWS[name].length.days, WINDOWS[name].tolerance.days)
    for name in ("1d", "7d", "30d")
}
# A day is compared with those up to so many before it.
_REACH = max(maths.MEAN_DAYS, *(sum(window) for window in BREADTH_WINDOWS.values()))
# Packed closes are kept of so many days before the newest, so that prices which come
# some weeks late find what they are compared with.
KEPT_DAYS = 60


@transaction.atomic
def update_breadth(
    *, start: datetime | None = None, end: datetime | None = None
) -> int:
    """Compute every day that changed closes of [start, end] are part of; how many days
    of a currency that were.

    Those are the days themselves and as many after them as look back on them. Without
    a start everything is computed anew, also where nothing is stored yet, or by another
    version of the method; without an end up to the newest day. The outcome depends on
    prices, breaks and catalogue alone, not on what was updated when.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('market breadth'))")
    if start is None or not _is_current():
        start = end = None
        _clear()
    first = start.astimezone(UTC).date() if start else _BEGINNING
    last = end.astimezone(UTC).date() if end else date.max
    streams = Streams.load()
    changed = _drop_other_eras(streams)
    changed |= _pack_changed(_days_with_prices(first, last), first, last, streams)
    reached = {day + back * _DAY for day in changed for back in range(_REACH + 1)}
    MarketBreadth.objects.filter(day__in=reached).delete()
    asked = {
        currency: reached.intersection(days_since(currency, min([first, *changed])))
        for currency in Currency.values
    }
    return _compute(asked, streams)


def _is_current() -> bool:
    """Whether there are figures, all by this version of the method."""
    versions = MarketBreadth.objects.values_list("version", flat=True).distinct()
    return list(versions) == [maths.VERSION]


def _clear() -> None:
    MarketBreadth.objects.all().delete()
    DailyCloses.objects.all().delete()


def _days_with_prices(first: date, last: date) -> list[date]:
    """Of any currency, oldest first."""
    days = {day for currency in Currency.values for day in days_since(currency, first)}
    return sorted(day for day in days if day <= last)


def _kept_from() -> date:
    """From which day on closes are kept packed."""
    newest = MarketIndexDaily.objects.aggregate(newest=Max("bucket"))["newest"]
    return newest.astimezone(UTC).date() - KEPT_DAYS * _DAY if newest else _BEGINNING


def _drop_other_eras(streams: Streams) -> set[date]:
    """Forget packed days on which a series break came or went since; which they are."""
    days = {
        day for day, stream, era in packed_eras() if era != _era(stream, day, streams)
    }
    DailyCloses.objects.filter(day__in=days).delete()
    return days


def _era(stream: int, day: date, streams: Streams) -> int:
    return sum(one <= day for one in streams.breaks.get(stream, ()))


def _pack_changed(
    days: Sequence[date], first: date, last: date, streams: Streams
) -> set[date]:
    """Read the closes of these days, all there are of [first, last], and pack those
    that are not as they are packed; the days that are not, or of which none are."""
    known, kept_from = fingerprints(first, last), _kept_from()
    changed = set(known).difference(days)
    DailyCloses.objects.filter(day__in=changed).delete()
    changed.update(day for day in days if day < kept_from)
    for day, closes in closes_of([day for day in days if day >= kept_from], streams):
        parts = _parts(day, closes, streams)
        if known.get(day) != {one: parts[one].fingerprint() for one in parts}:
            _pack(day, parts)
            changed.add(day)
    return changed


def _compute(asked: Mapping[str, set[date]], streams: Streams) -> int:
    """Compute the asked days of each currency, from the closes of all that matter."""
    members = Members.load()
    wanted = sorted(set().union(*asked.values()))
    if not wanted:
        return 0
    window: deque[tuple[date, dict[int, Part]]] = deque()
    rows: list[MarketBreadth] = []
    for day, parts in _closes(wanted[0] - _REACH * _DAY, wanted[-1], streams):
        window.append((day, parts))
        while window[0][0] < day - _REACH * _DAY:
            window.popleft()
        for currency, days in asked.items():
            if day in days:
                rows += _rows(currency, list(window), streams, members)
    MarketBreadth.objects.bulk_create(rows, batch_size=2000)
    DailyCloses.objects.filter(day__lt=_kept_from()).delete()
    return sum(map(len, asked.values()))


def _closes(
    first: date, last: date, streams: Streams
) -> Iterator[tuple[date, dict[int, Part]]]:
    """The closes of each day with prices, by stream: as they are packed, or read; what
    should have been packed is."""
    days, kept_from = _days_with_prices(first, last), _kept_from()
    packed = set(
        DailyCloses.objects.filter(day__gte=first, day__lte=last)
        .values_list("day", flat=True)
        .distinct()
    )
    read = closes_of([day for day in days if day not in packed], streams)
    for day in days:
        if day in packed:
            yield day, packed_day(day)
            continue
        _, closes = next(read)
        parts = _parts(day, closes, streams)
        if day >= kept_from:
            _pack(day, parts)
        yield day, parts


def _parts(
    day: date, closes: Mapping[str, Closes], streams: Streams
) -> dict[int, Part]:
    found = {}
    for currency, own in closes.items():
        place, variant = own.stream, own.variant
        for number in np.unique(place).tolist():
            rows = np.flatnonzero(place == number)
            stream = streams.ids[currency][number]
            found[stream] = Part(
                variant=variant[rows].astype(np.uint32),
                price=own.price[rows],
                era=_era(stream, day, streams),
            )
    return found


def _pack(day: date, parts: Mapping[int, Part]) -> None:
    DailyCloses.objects.filter(day=day).delete()
    DailyCloses.objects.bulk_create(
        DailyCloses(day=day, marketplace_id=stream, packed=part.packed())
        for stream, part in parts.items()
    )


def _rows(
    currency: str,
    window: Sequence[tuple[date, dict[int, Part]]],
    streams: Streams,
    members: Members,
) -> list[MarketBreadth]:
    """How every part of the market stood on the last day of `window`."""
    known, day = dict(window), window[-1][0]
    days = [day - back * _DAY for back in range(_REACH, -1, -1)]
    variant, closes = maths.histories(
        [known.get(each, {}) for each in days], streams.ids[currency]
    )
    whole = maths.standing(closes, BREADTH_WINDOWS)
    return [
        _row(currency, slug, finish or "", day, maths.breadth(whole, mask))
        for slug, finish, mask in members.named(variant.astype(np.int64))
        if mask.any()
    ]


def _row(
    currency: str, slug: str, finish: str, day: date, found: maths.Breadth
) -> MarketBreadth:
    ways = {
        f"{name}_{window}": counts[window]
        for name, counts in (
            ("advancers", found.rose),
            ("decliners", found.fell),
            ("unchanged", found.stayed),
        )
        for window in BREADTH_WINDOWS
    }
    return MarketBreadth(
        currency=currency,
        slug=slug,
        finish=finish,
        day=day,
        variants=found.variants,
        with_mean=found.with_mean,
        above_mean=found.above_mean,
        with_volatility=found.with_volatility,
        median_volatility=found.median_volatility,
        version=maths.VERSION,
        **ways,
    )
