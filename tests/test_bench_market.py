"""The market that the benchmarks generate: its shape, its files and their check."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest

from benchmarks import compression
from benchmarks.checks import latest_of
from benchmarks.full_scale import Step, held_rows, ledger_checks, measure
from benchmarks.market import FINISHES, HISTORY_DAYS, STREAMS, Market
from benchmarks.market_files import last_history_day, write_market
from tests.engines.server import EngineUnavailableError

LAST_DAY = date(2026, 8, 20)
SLUGS = [stream.slug for stream in STREAMS]


@pytest.fixture(scope="module")
def batch():
    """A twenty-fifth of the real market, in one piece."""
    parts = list(Market(1 / 25).batches())
    names = ("printing", "stream", "finish", "cents", "is_listed")
    return type(parts[0])(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in names)
    )


def quantiles(batch, slug, finish=None):
    rows = batch.stream == SLUGS.index(slug)
    if finish is not None:
        rows &= batch.finish == finish
    return np.quantile(batch.cents[rows, 0] / 100, [0.05, 0.25, 0.5, 0.75, 0.95])


@pytest.mark.parametrize(
    ("slug", "finish", "measured"),
    [
        ("cardmarket", 0, [0.04, 0.11, 0.27, 1.21, 10.6]),
        ("cardkingdom", None, [0.35, 0.49, 0.69, 3.49, 28]),
        ("cardkingdom-buylist", None, [0.02, 0.10, 0.63, 3.80, 26]),
    ],
)
def test_prices_have_the_quantiles_that_were_measured(batch, slug, finish, measured):
    assert quantiles(batch, slug, finish) == pytest.approx(measured, rel=0.1)


def test_foils_stand_to_nonfoils_as_measured(batch):
    rows = batch.stream == SLUGS.index("cardmarket")
    price = {
        finish: dict(
            zip(
                batch.printing[rows & (batch.finish == finish)].tolist(),
                batch.cents[rows & (batch.finish == finish), 0].tolist(),
                strict=True,
            )
        )
        for finish in (0, 1)
    }
    ratios = np.array(
        [price[1][one] / price[0][one] for one in price[0].keys() & price[1]]
    )
    assert np.median(ratios) == pytest.approx(2.24, rel=0.05)
    assert np.mean(ratios < 1) == pytest.approx(0.12, abs=0.02)


@pytest.mark.parametrize(
    ("slug", "share"),
    [
        ("cardmarket", 0.735),
        ("cardkingdom", 0.965),
        ("cardkingdom-buylist", 0.816),
        ("tcgplayer", 0.688),
    ],
)
def test_prices_stay_as_they_are_as_often_as_measured(batch, slug, share):
    cents = batch.cents[batch.stream == SLUGS.index(slug)]
    assert np.mean(cents[:, 1:] == cents[:, :-1]) == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize(
    ("least", "most", "measured"),
    [(100, 500, [0.025, 0.075]), (2000, 10000, [0.011, 0.041])],
)
def test_changes_are_as_large_as_measured(batch, least, most, measured):
    cents = batch.cents[batch.stream == SLUGS.index("cardmarket")]
    before, after = cents[:, :-1], cents[:, 1:]
    changed = (before != after) & (before >= least) & (before < most)
    sizes = np.abs(np.log(after[changed] / before[changed]))
    assert np.quantile(sizes, [0.5, 0.9]) == pytest.approx(measured, rel=0.15)


def test_the_real_market_has_45_million_points_and_700_000_the_day_after(batch):
    assert 25 * batch.is_listed[:, :HISTORY_DAYS].sum() == pytest.approx(45e6, rel=0.03)
    assert 25 * batch.is_listed[:, HISTORY_DAYS].sum() == pytest.approx(7e5, rel=0.03)
    still = batch.cents[:, HISTORY_DAYS] == batch.cents[:, HISTORY_DAYS - 1]
    assert still.mean() == pytest.approx(0.75, abs=0.02)


def points_of(path):
    """(provider, side, finish, day, price) of every point of an AllPrices file."""
    nodes = json.loads(gzip.decompress(path.read_bytes()))["data"].values()
    providers = [
        pair for node in nodes for game in node.values() for pair in game.items()
    ]
    sides = [
        (provider, side, finish, prices)
        for provider, node in providers
        for side in ("retail", "buylist")
        for finish, prices in node[side].items()
    ]
    return [
        (provider, side, finish, day, price)
        for provider, side, finish, prices in sides
        for day, price in prices.items()
    ]


def test_the_files_say_what_their_truth_says(tmp_path):
    files = write_market(Market(1 / 2000), tmp_path, LAST_DAY)
    truth = files.truth
    history, next_day = points_of(files.history), points_of(files.next_day)
    assert (len(history), len(next_day)) == (truth.history_points, truth.next_points)
    assert truth.days[HISTORY_DAYS - 1] == LAST_DAY
    sums = Counter()
    for *key, price in history + next_day:
        sums[tuple(key)] += round(price * 1000)
    told = {
        (stream.provider, stream.side, finish, day.isoformat()): truth.sums[at]
        for i, stream in enumerate(STREAMS)
        for j, finish in enumerate(FINISHES)
        for k, day in enumerate(truth.days)
        if truth.counts[at := (i, j, k)]
    }
    assert sums == told


def test_the_same_market_makes_the_same_files(tmp_path):
    first, second = (
        write_market(Market(1 / 4000), tmp_path / name, LAST_DAY) for name in "ab"
    )
    for name in ("catalogue", "history", "next_day"):
        texts = [getattr(files, name).read_bytes() for files in (first, second)]
        if name != "catalogue":
            texts = [gzip.decompress(text) for text in texts]
        assert texts[0] == texts[1]


def test_the_day_after_never_opens_a_week():
    # 1970-01-01 and every seventh day since begin a chunk; 2026-08-20 is one of them.
    assert (date(2026, 8, 20) - date(1970, 1, 1)).days % 7 == 0
    assert last_history_day(date(2026, 8, 20)) == date(2026, 8, 18)
    assert last_history_day(date(2026, 8, 21)) == date(2026, 8, 20)


def test_latest_price_worked_by_hand():
    def day(back):
        return LAST_DAY - timedelta(days=back)

    prices = {day(33): 900, day(8): 1000, day(5): 1200, day(2): 1100, day(0): 1100}
    # A day before, two days' tolerance: two days ago. A week: eight days ago. A month:
    # 33 days ago. Three months: nothing.
    assert latest_of(prices) == (day(0), 1100, 1200, day(2), 1100, 1000, 900, None)
    assert latest_of({day(0): 5}) == (day(0), 5, None, None, None, None, None, None)


def test_a_file_that_is_not_accounted_for_is_wrong(tmp_path):
    truth = write_market(Market(1 / 4000), tmp_path, LAST_DAY).truth
    told = truth.history_points
    step = Step("fresh", 1, 1, 1, 0, told, told, 0, 0, {}, {}, {})
    again = replace(step, name="fresh again", written=0, unchanged=told)
    lost, rewritten = replace(step, written=told - 1), replace(again, written=told)
    for steps, is_right in (
        ([step, again], [True, True]),
        ([lost, again], [False, True]),
        ([step, rewritten], [True, False]),
    ):
        assert [check.is_right for check in ledger_checks(steps, truth)] == is_right


def test_a_row_that_was_held_may_come_in_with_a_later_file(tmp_path):
    truth = write_market(Market(1 / 4000), tmp_path, LAST_DAY).truth
    told, after = truth.history_points, truth.next_points
    step = Step("fresh", 1, 1, 1, 0, told, told - 2, 0, 2, {}, {}, {})
    following = Step("next day", 1, 1, 1, 0, after, after + 1, 0, 0, {}, {}, {})
    too_many = replace(following, written=after + 3)
    held = ledger_checks([step, following], truth)
    assert [check.is_right for check in held] == [True, True]
    assert held_rows([step, following], truth) == 1
    found = ledger_checks([step, too_many], truth)
    assert [check.is_right for check in found] == [True, False]


@pytest.mark.process
def test_a_small_market_is_stored_as_its_files_say():
    result = measure(Fraction(1, 2000), only_new=True)
    assert [check for check in result.checks if not check.is_right] == []
    assert {check.name for check in result.checks} == {
        "fresh",
        "next day",
        "snapshots",
        "card_prices_daily",
        "card_prices_hourly",
        "market_index_daily",
        "latest_prices",
        "partitions",
        "samples",
    }
    assert result.step("fresh").written == result.points
    reads = result.reads["reads"]
    assert set(reads) >= {"movers", "spreads", "index 90d", "history 1y", "search"}
    assert all(read["statements"] > 0 for read in reads.values())
    assert result.reads["stampede"]["computations"] == 1


@pytest.mark.process
def test_compression_keeps_every_row(monkeypatch):
    # A given server's database is somebody's; this one is thrown away.
    monkeypatch.delenv("TIMESCALE_TEST_URL", raising=False)
    try:
        result = compression.measure(Fraction(1, 250))
    except EngineUnavailableError as error:
        pytest.skip(str(error))
    assert result.is_same
    assert result.chunks in (13, 14)
    assert result.ratio > 8
    assert result.columns["price"] > 0
