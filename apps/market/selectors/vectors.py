"""The stored vectors of cards, and which of them are nearest to one.

pgvector finds them where the server has it; elsewhere all vectors are read once for
each build, and numpy multiplies. Both give the same answer to the last bit: see
apps.market.maths.vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from django.utils import timezone

from apps.market.maths.vectors import DIMENSIONS, VERSION, Array, similarity
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

# A vector as pgvector sends it: the number of its components (and two bytes of
# nothing), then 32-bit floats.
COMPONENTS = np.dtype([("heading", ">i2", (2,)), ("components", ">f4", (DIMENSIONS,))])
# A row as the statements pack it; the halves of a UUID sort as PostgreSQL sorts it.
_ROW = np.dtype(
    [("high", ">u8"), ("low", ">u8"), ("card_id", ">i4"), ("vector", COMPONENTS)]
)
_PACKED = "uuid_send(oracle_id) || int4send(card_id) || {components}"
# What only a new build brings: attributes that changed, and how prices moved since.
_LONGEST_LIFE = timedelta(hours=22)


@dataclass(frozen=True, slots=True)
class Build:
    """What the stored vectors were made with; `idf` weighs the terms of texts.

    `revision` is another for every build.
    """

    revision: str
    version: int
    built_at: datetime
    cards: int
    catalogue: str
    idf: Array


@dataclass(frozen=True, slots=True, eq=False)
class Neighbour:
    """A card near another: the printing that stands for it, and its vector."""

    oracle_id: UUID
    card_id: int
    similarity: float
    components: Array


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood:
    """A card's own vector, and the other cards most similar to it, the most similar
    first; ties by their ids."""

    components: Array
    neighbours: list[Neighbour]


def newest_build() -> Build | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT xmin::text, version, built_at, cards, catalogue, idf "
            "FROM card_vector_builds"
        )
        row = cursor.fetchone()
    if row is None:
        return None
    revision, version, built_at, cards, catalogue, idf = row
    return Build(
        revision=revision,
        version=version,
        built_at=built_at,
        cards=cards,
        catalogue=catalogue,
        idf=np.frombuffer(bytes(idf), "<f4"),
    )


def is_build_due(build: Build | None) -> bool:
    """Whether cards or method are others than then, or it is a day old."""
    return (
        build is None
        or build.version != VERSION
        or build.catalogue != catalogue_state()
        or timezone.now() - build.built_at > _LONGEST_LIFE
    )


def catalogue_state() -> str:
    with connection.cursor() as cursor:
        cursor.execute(load_sql("market", "catalogue_state"))
        return str(cursor.fetchone()[0])


def has_vector_type() -> bool:
    """Whether the vectors are of pgvector's type, so that it can compare them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT atttypid <> 'bytea'::regtype FROM pg_attribute "
            "WHERE attrelid = 'card_vectors'::regclass AND attname = 'components'"
        )
        return bool(cursor.fetchone()[0])


def nearest(oracle_id: UUID, limit: int, build: Build) -> Neighbourhood | None:
    """What is near a card; None for a card without a vector."""
    find = _nearest_in_database if has_vector_type() else _nearest_of_all
    here, rows = find(oracle_id, limit, build)
    if len(here) == 0:
        return None
    own, vectors = _components(here)[0], _components(rows)
    neighbours = [
        Neighbour(
            oracle_id=_uuid(row),
            card_id=int(row["card_id"]),
            similarity=float(similarity(product)),
            components=components,
        )
        for row, components, product in zip(rows, vectors, vectors @ own, strict=True)
    ]
    return Neighbourhood(own, neighbours)


def _nearest_in_database(
    oracle_id: UUID, limit: int, build: Build
) -> tuple[Array, Array]:
    """A card's own row, if it has one, and those nearest to it."""
    here = _packed(
        f"SELECT {_PACKED} FROM card_vectors WHERE oracle_id = %(oracle_id)s".format(  # noqa: S608 (all of it our own)
            components="vector_send(components)"
        ),
        {"oracle_id": oracle_id},
    )
    bounds = {"oracle_id": oracle_id, "limit": limit}
    return here, _packed(load_sql("market", "nearest_cards"), bounds)


def _nearest_of_all(oracle_id: UUID, limit: int, build: Build) -> tuple[Array, Array]:
    """The rows that pgvector would find."""
    every = _all_vectors(build.revision)
    high, low = divmod(oracle_id.int, 1 << 64)
    own = np.flatnonzero((every.high == high) & (every.low == low))
    if len(own) == 0:
        return every.rows[:0], every.rows[:0]
    product = every.components @ every.components[own[0]]
    product[own] = -np.inf
    count = min(limit, len(product) - 1)
    least = np.partition(product, -max(count, 1))[-max(count, 1)]
    near = np.flatnonzero(product >= least)
    order = np.lexsort((every.low[near], every.high[near], -product[near]))
    return every.rows[own], every.rows[near[order[:count]]]


@dataclass(frozen=True, slots=True, eq=False)
class _AllVectors:
    """All rows, and columns of theirs in one piece each."""

    rows: Array
    high: Array
    low: Array
    components: Array


@lru_cache(maxsize=1)
def _all_vectors(revision: str) -> _AllVectors:
    """The vectors of a build: 35 MB for 31,000 cards, in every process that is asked
    where there is no pgvector."""
    row = _PACKED.format(components="components")
    rows = _packed(f"SELECT string_agg({row}, '') FROM card_vectors", {})  # noqa: S608 (all of it our own)
    high, low = rows["high"].astype(np.uint64), rows["low"].astype(np.uint64)
    return _AllVectors(rows, high, low, _components(rows))


def _packed(statement: str, parameters: dict[str, Any]) -> Array:
    """The rows that a statement packs into one value."""
    # Django's cursors bring bytes as text, twice as many digits.
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
    ):
        cursor.execute(statement, parameters, binary=True)
        found = cursor.fetchone()
    return np.frombuffer((found and found[0]) or b"", _ROW)


def _components(rows: Array) -> Array:
    return rows["vector"]["components"].astype(np.float32)


def _uuid(row: Any) -> UUID:
    return UUID(int=int(row["high"]) << 64 | int(row["low"]))
