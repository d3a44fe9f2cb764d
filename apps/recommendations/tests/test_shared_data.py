"""The rule on real prices: what docs/track-record.md says of it holds."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta

import numpy as np
import pytest

from apps.recommendations.costs import default_costs
from apps.recommendations.maths.record import figures
from apps.recommendations.maths.replay import levels_of, outcomes_of, score
from apps.recommendations.maths.rules import HORIZON_DAYS
from apps.recommendations.maths.scoring import BUY, HOLD, SELL
from apps.recommendations.maths.versions import CURRENT
from apps.recommendations.selectors.backtest import calls_of_days
from apps.signals.maths.panel import Observations, calendar

pytestmark = pytest.mark.shared_data

FIRST, LAST = date(2021, 4, 18), date(2021, 7, 17)
# The last days whose month is over within the data.
DAYS = [date(2021, 6, 10) + timedelta(days=i) for i in range(8)]
DEAR = 10.0
COSTS = default_costs("USD")


@pytest.fixture(scope="module")
def observed(shared_data) -> Observations:
    """The printings that cost ten dollars or more."""
    path = shared_data / "mtgjson" / "AllPrices-usd-2021.json.gz"
    with gzip.open(path) as file:
        cards = json.load(file)["data"].values()
    days = calendar(FIRST, LAST)
    number = {str(day): i for i, day in enumerate(days)}
    rows = []
    for card in cards:
        prices = card["paper"]["tcgplayer"]["retail"]["normal"]
        row = np.full(len(days), np.nan)
        row[[number[day] for day in prices]] = list(prices.values())
        if np.nanmedian(row) >= DEAR:
            rows.append(row)
    n = len(rows)
    return Observations.of(
        currency="USD",
        days=days,
        card_ids=np.arange(n),
        finishes=np.zeros(n, np.int8),
        marketplace_ids=np.ones(n, np.int16),
        places=np.zeros(n, np.int16),
        is_bid=np.zeros(n, bool),
        close=np.array(rows),
        copies=np.full((n, len(days)), np.nan),
        breaks={},
    )


@pytest.fixture(scope="module")
def calls(observed):
    found = calls_of_days(observed, DAYS, CURRENT, COSTS)
    month = HORIZON_DAYS[1]
    return found.where(found.horizon == month)


@pytest.fixture(scope="module")
def outcomes(observed, calls):
    return outcomes_of(calls, score(calls, observed, COSTS, levels_of({})))


def test_sales_of_a_month_beat_doing_nothing_on_dates_held_out(outcomes):
    found = figures(outcomes.where(outcomes.kind == SELL))

    assert found.scored > 100
    assert found.beats_no_change
    assert found.hit_rate == pytest.approx(0.75, abs=0.08)
    assert found.hit_rate == pytest.approx(found.mean_confidence, abs=0.12)


def test_purchases_do_not(outcomes):
    found = figures(outcomes.where(outcomes.kind == BUY))

    assert not found.beats_no_change
    assert found.median_net is None or found.median_net < 0


def test_only_what_holds_is_not_called_experimental():
    assert CURRENT.proven == {("USD", SELL, 7), ("USD", SELL, 30)}
    assert not CURRENT.is_experimental("USD", HOLD, 90)


def test_the_future_of_real_prices_changes_no_decision(observed, calls):
    known = observed.days <= np.datetime64(DAYS[-1])
    cut = Observations.of(
        **{
            name: getattr(observed, name)
            for name in observed.__dataclass_fields__
            if name not in ("days", "close", "copies")
        },
        days=observed.days[known],
        close=observed.close[:, known],
        copies=observed.copies[:, known],
    )
    found = calls_of_days(cut, DAYS, CURRENT, COSTS)
    found = found.where(found.horizon == HORIZON_DAYS[1])

    for name in calls.__slots__:
        assert getattr(found, name).tolist() == getattr(calls, name).tolist()
