"""What COPY sends is what arrives, whatever the pattern of nulls and labels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from mtgintel.core import bulk
from mtgintel.core.bulk import Labels, Numbers, Same, copy_columns, times

pytestmark = pytest.mark.storage

FINISHES = ["NONFOIL", "FOIL", "ETCHED"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def arrived(columns, n):
    """The rows of a table that `columns` were copied into."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.arrived")
        cursor.execute(
            "CREATE TEMP TABLE arrived (id integer, small smallint, "
            "moment timestamptz, finish card_finish, code varchar(3), "
            "quantity integer, run integer)"
        )
        assert copy_columns(cursor, "arrived", columns, n) == n
        names = ", ".join(columns)
        cursor.execute(f"SELECT {names} FROM arrived ORDER BY id")
        return cursor.fetchall()


@pytest.mark.django_db
def test_every_kind_of_column_arrives():
    moment = datetime(2026, 8, 19, 12, 30, 0, 123456, tzinfo=UTC)
    micros = (moment - EPOCH) // timedelta(microseconds=1)

    rows = arrived(
        {
            "id": Numbers(np.array([1, 2, 3], np.int32)),
            "small": Numbers(np.array([-5, 0, 7], np.int16), ">i2"),
            "moment": times(np.array([micros, 0, -1_000_000], np.int64)),
            "finish": Labels(np.array([2, 0, 1]), FINISHES),
            "code": Labels(np.array([0, 1, 0]), ["USD", "EUR"]),
            "quantity": Numbers(np.array([-1, 0, 9]), absent=-1),
            "run": Same(None),
        },
        3,
    )

    assert rows == [
        (1, -5, moment, "ETCHED", "USD", None, None),
        (2, 0, EPOCH, "NONFOIL", "EUR", 0, None),
        (3, 7, EPOCH - timedelta(seconds=1), "FOIL", "USD", 9, None),
    ]


@pytest.mark.django_db
def test_pieces_join(monkeypatch):
    monkeypatch.setattr(bulk, "_PIECE", 7)

    rows = arrived(
        {"id": Numbers(np.arange(50)), "finish": Labels(np.arange(50) % 3, FINISHES)},
        50,
    )

    assert rows == [(n, FINISHES[n % 3]) for n in range(50)]


@pytest.mark.django_db
def test_no_rows_at_all():
    assert arrived({"id": Numbers(np.array([], np.int32))}, 0) == []


class AnyRowsTest(HypothesisTestCase):
    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 2),
                st.one_of(st.none(), st.integers(0, 2**31 - 1)),
                st.integers(0, 2**52),
            ),
            max_size=40,
        )
    )
    def test_any_rows_arrive_as_they_are(self, rows):
        n = len(rows)
        quantities = [-1 if quantity is None else quantity for _, quantity, _ in rows]
        columns = {
            "id": Numbers(np.arange(n)),
            "finish": Labels(np.array([f for f, _, _ in rows], np.int8), FINISHES),
            "quantity": Numbers(np.array(quantities, np.int64), absent=-1),
            "moment": times(np.array([t for _, _, t in rows], np.int64)),
        }

        assert arrived(columns, n) == [
            (i, FINISHES[f], q, EPOCH + timedelta(microseconds=t))
            for i, (f, q, t) in enumerate(rows)
        ]


@pytest.mark.django_db
@pytest.mark.parametrize("pieces", [{}, {"pieces": "small"}], ids=str)
def test_columns_come_out_as_numbers(pieces):
    with connection.cursor() as cursor:
        found = bulk.read_columns(
            cursor,
            "SELECT n::smallint, n * 70000, n::bigint << 40, n / 2.0::double precision "
            "FROM generate_series(%(first)s, 2) AS n",
            {"first": -1},
            {"small": ">i2", "whole": ">i4", "big": ">i8", "part": ">f8"},
            **pieces,
        )
    found.sort(order="whole")
    assert found["small"].tolist() == [-1, 0, 1, 2]
    assert found["whole"].tolist() == [-70000, 0, 70000, 140000]
    assert found["big"].tolist() == [-(2**40), 0, 2**40, 2**41]
    assert found["part"].tolist() == [-0.5, 0.0, 0.5, 1.0]


@pytest.mark.django_db
def test_nothing_found_is_no_rows():
    with connection.cursor() as cursor:
        found = bulk.read_columns(cursor, "SELECT 1 WHERE false", {}, {"n": ">i4"})
    assert (len(found), found.dtype.names) == (0, ("n",))


@pytest.mark.django_db
def test_columns_come_out_while_queries_are_noted():
    query = "SELECT n FROM generate_series(1, %(last)s) AS n"
    with CaptureQueriesContext(connection), connection.cursor() as cursor:
        found = bulk.read_columns(cursor, query, {"last": 3}, {"n": ">i4"})
    assert found["n"].tolist() == [1, 2, 3]
