"""The stored points of chained indices: reading their links, replacing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from apps.market.maths.chained import VERSION, Link, Matches
from apps.market.models import (
    ChainedIndex,
    ChainedIndexBasket,
    ChainedIndexPoint,
)
from mtgintel.core.bulk import Numbers, copy_columns
from mtgintel.core.sql import load_sql

BASE = 100.0

# The slug and finish of a series of one currency, and what all of them did by day.
Series = tuple[str, str | None]
Days = dict[date, dict[Series, Link]]

_POSTGRES_EPOCH = date(2000, 1, 1)


def stored_links(currency: str, first: date, last: date = date.max) -> Days:
    """What is stored of the days of [first, last]."""
    points = ChainedIndexPoint.objects.filter(
        index__currency=currency, day__gte=first, day__lte=last
    ).values_list(
        "day", "index__slug", "index__finish", "link", "constituents", "weight"
    )
    found: Days = {}
    for day, slug, finish, factor, constituents, weight in points.order_by("day"):
        one = Link(factor, constituents, weight)
        found.setdefault(day, {})[slug, finish] = one
    return found


def replace_points(currency: str, first: date, links: Days) -> int:
    """Make `links` all there is from the day `first` on; how many points differed.

    Each index goes on from its level before that day, or begins at 100.
    """
    ids = _ids(currency, {series for of_day in links.values() for series in of_day})
    bounds: dict[str, Any] = {"currency": currency, "day": first}
    with connection.cursor() as cursor:
        cursor.execute(load_sql("market", "last_levels"), bounds)
        rows = _rows(links, ids, dict(cursor.fetchall()))
        cursor.execute("DROP TABLE IF EXISTS pg_temp.computed_points")
        cursor.execute(load_sql("market", "computed_points"))
        _stage(cursor, rows)
        cursor.execute(load_sql("market", "delete_gone_points"), bounds)
        written = cursor.rowcount
        cursor.execute(load_sql("market", "write_points"))
        return written + cursor.rowcount


def _ids(currency: str, series: Iterable[Series]) -> dict[Series, int]:
    rows = ChainedIndex.objects.filter(currency=currency)
    known = {(row.slug, row.finish): row.pk for row in rows}
    made = ChainedIndex.objects.bulk_create(
        ChainedIndex(slug=slug, currency=currency, finish=finish, version=VERSION)
        for slug, finish in sorted(set(series) - set(known), key=str)
    )
    return known | {(row.slug, row.finish): row.pk for row in made}


def _rows(
    links: Days, ids: Mapping[Series, int], level: dict[int, float]
) -> list[tuple[float, ...]]:
    """index id, day (from PostgreSQL's epoch), link, level, constituents, weight."""
    rows: list[tuple[float, ...]] = []
    for day in sorted(links):
        number = (day - _POSTGRES_EPOCH).days
        for series, one in links[day].items():
            index = ids[series]
            level[index] = level.get(index, BASE) * one.factor
            point = (index, number, one.factor, level[index])
            rows.append((*point, one.constituents, one.weight))
    return rows


def _stage(cursor: Any, rows: list[tuple[float, ...]]) -> None:
    columns = np.array(rows, float).reshape(-1, 6).T
    copy_columns(
        cursor,
        "computed_points",
        {
            "index_id": Numbers(columns[0]),
            "day": Numbers(columns[1]),
            "link": Numbers(columns[2], ">f8"),
            "level": Numbers(columns[3], ">f8"),
            "constituents": Numbers(columns[4]),
            "weight": Numbers(columns[5], ">f8"),
        },
        len(rows),
    )
    cursor.execute("ANALYZE computed_points")


def store_basket(currency: str, day: date | None, matches: Matches | None) -> None:
    """Keep what the links of the currency's newest day rest on; None: nothing."""
    if day is None or matches is None:
        ChainedIndexBasket.objects.filter(currency=currency).delete()
    else:
        ChainedIndexBasket.objects.update_or_create(
            currency=currency, defaults={"day": day, "matches": matches.packed()}
        )
