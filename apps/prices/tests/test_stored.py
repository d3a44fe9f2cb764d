"""What a file says that is stored already, in every column, is not looked at again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from apps.prices.ingest.base import (
    ABSENT_COUNT,
    ABSENT_PRICE,
    CONDITIONS,
    EXTRA_COUNTS,
    EXTRA_PRICES,
    FINISHES,
    LANGUAGES,
    PriceBlock,
    from_microseconds,
    microseconds,
)
from apps.prices.ingest.spool import Spool
from apps.prices.models import PriceSnapshot
from apps.prices.services import merge
from apps.prices.services.record import record_prices
from apps.prices.services.stored import without_stored
from mtgintel.core.feeds import Rejects
from mtgintel.core.timescale import ensure_chunks
from tests.engines.storage import execute

pytestmark = pytest.mark.storage

# A Thursday: its chunk begins with it.
THURSDAY = datetime(2026, 1, 1, tzinfo=UTC)
EXTRAS = EXTRA_PRICES + EXTRA_COUNTS
SECOND = 1_000_000
ROW = {
    "card_id": 7,
    "marketplace_id": 1,
    "condition": CONDITIONS.index("NEAR_MINT"),
    "finish": FINISHES.index("FOIL"),
    "language": LANGUAGES.index("ENGLISH"),
    "time": microseconds(THURSDAY) + 5 * SECOND,
    "price": 1500,
}
FIGURES = {
    "price_low": 1000,
    "price_mid": 1400,
    "price_high": 2000,
    "price_market": 1450,
    "num_listings": 3,
    "total_quantity": 0,
}


def week_of(*rows):
    """Rows as a merge is given them; wide if any has a further figure."""
    names = list(ROW)
    if any(name in row for row in rows for name in EXTRAS):
        names += EXTRAS
    absent = dict.fromkeys(EXTRA_PRICES, ABSENT_PRICE) | dict.fromkeys(
        EXTRA_COUNTS, ABSENT_COUNT
    )
    columns = {
        name: np.array([row.get(name, absent.get(name)) for row in rows], np.int64)
        for name in names
    }
    with Spool() as spool:
        spool.add(PriceBlock(**columns))
        (week,) = spool.weeks(Rejects())
    return week


def store(*rows):
    """Write rows past all that prices go through."""
    ensure_chunks("price_snapshots", THURSDAY, THURSDAY + timedelta(days=6))
    for row in rows:
        values = {
            **row,
            "condition": CONDITIONS[row["condition"]],
            "finish": FINISHES[row["finish"]],
            "language": LANGUAGES[row["language"]],
            "time": from_microseconds(row["time"]),
        }
        names = ", ".join(values)
        execute(
            f"INSERT INTO price_snapshots ({names}, currency) "
            f"VALUES ({', '.join(['%s'] * len(values))}, 'USD')",
            list(values.values()),
        )


def kept(*rows):
    week = without_stored(week_of(*rows))
    return sorted((row["card_id"], row["time"], row["price"]) for row in week.rows)


@pytest.mark.django_db
@pytest.mark.parametrize("row", [ROW, ROW | FIGURES, ROW | {"num_listings": 3}])
def test_row_that_is_stored_falls_out(row):
    store(row)

    assert len(without_stored(week_of(row))) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"card_id": 8},
        {"card_id": 7 + 2**24},
        {"marketplace_id": 2},
        {"condition": 0},
        {"finish": FINISHES.index("ETCHED")},
        {"language": 1},
        {"time": ROW["time"] + 1},
        {"time": ROW["time"] + 86_400 * SECOND},
        {"price": 1501},
        {"price": 1500 + 2**20},
        *({name: FIGURES[name] + 1} for name in EXTRAS),
        {"price_low": ABSENT_PRICE},
        {"total_quantity": ABSENT_COUNT},
    ],
    ids=str,
)
def test_row_that_differs_in_any_column_stays(change):
    store(ROW | FIGURES)
    row = ROW | FIGURES | change

    week = without_stored(week_of(row))

    assert len(week) == 1
    assert {name: int(week.rows[0][name]) for name in row} == row
    assert week.series.tolist() == week_of(row).series.tolist()


@pytest.mark.django_db
def test_figures_that_come_or_go_are_a_difference():
    store(ROW, ROW | FIGURES | {"card_id": 8})

    assert kept(ROW | FIGURES) == [(7, ROW["time"], 1500)]
    assert kept(ROW | {"card_id": 8}) == [(8, ROW["time"], 1500)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "zero"), [("price_low", 0), ("total_quantity", -1)], ids=str
)
def test_what_stands_for_nothing_in_a_file_is_not_nothing_when_stored(name, zero):
    store(ROW | {"price_mid": 5, name: zero})

    assert kept(ROW | {"price_mid": 5}) == [(7, ROW["time"], 1500)]


@pytest.mark.django_db
def test_only_what_is_new_is_left_of_many():
    rows = [
        ROW | {"card_id": card, "time": ROW["time"] + hour * 3_600 * SECOND}
        for card in (3, 1, 2)
        for hour in (5, 0, 30)
    ]
    store(*rows)

    changed = rows[4] | {"price": 9}
    added = ROW | {"card_id": 2, "time": ROW["time"] + 6 * 3_600 * SECOND}

    found = kept(*rows[:4], changed, *rows[5:], added)
    assert found == sorted(
        (row["card_id"], row["time"], row["price"]) for row in (changed, added)
    )


class AnyRowsTest(HypothesisTestCase):
    keys = st.tuples(
        st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.integers(0, 3)
    )
    # Absent figures are not there at all, as in a stored row.
    figures = st.fixed_dictionaries(
        {"price": st.integers(1, 2)},
        optional={"price_low": st.just(1), "num_listings": st.integers(0, 1)},
    )
    rows = st.dictionaries(keys, figures, min_size=1, max_size=25)

    @settings(max_examples=60, deadline=None)
    @given(rows, rows)
    def test_what_falls_out_is_what_is_stored(self, stored, told):
        store(*(self.row(key) | figures for key, figures in stored.items()))

        week = without_stored(
            week_of(*(self.row(key) | figures for key, figures in told.items()))
        )

        new = {key for key, figures in told.items() if stored.get(key) != figures}
        assert {self.key(row) for row in week.rows} == new
        assert len(week) == len(new)

    @staticmethod
    def row(key):
        card_id, marketplace_id, finish, second = key
        return ROW | {
            "card_id": card_id,
            "marketplace_id": marketplace_id,
            "finish": finish,
            "time": ROW["time"] + second * SECOND,
        }

    @staticmethod
    def key(row):
        second = (int(row["time"]) - ROW["time"]) // SECOND
        return (*(int(row[n]) for n in ("card_id", "marketplace_id", "finish")), second)


@pytest.mark.django_db
def test_merge_writes_what_is_left(card, monkeypatch):
    monkeypatch.setattr(merge, "_COMPARE_ROWS", 1)
    day = 86_400 * SECOND
    columns = {name: np.full(3, value) for name, value in (ROW | FIGURES).items()}
    columns |= {
        "card_id": np.full(3, card.pk),
        "finish": np.zeros(3, np.int64),
        "time": ROW["time"] + np.arange(3) * day,
        "price": np.array([1000, 1000, 1001]),
    }
    first = record_prices(PriceBlock(**columns), source="test")
    again = record_prices(PriceBlock(**columns), source="test")
    columns["price"] = np.array([1000, 1002, 1001])
    columns["price_low"] = np.array([1000, 1000, 1])

    corrected = record_prices(PriceBlock(**columns), source="test")

    assert (first.rows_written, first.rows_unchanged) == (3, 0)
    assert (again.rows_written, again.rows_unchanged) == (0, 3)
    assert (corrected.rows_written, corrected.rows_unchanged) == (2, 1)
    figures = PriceSnapshot.objects.order_by("time").values_list("price", "price_low")
    assert [(int(p * 1000), int(low * 1000)) for p, low in figures] == [
        (1000, 1000),
        (1002, 1000),
        (1001, 1),
    ]
