"""Windows with gaps, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from apps.signals.maths import windows

from .panels import matrix

NAN = np.nan


def test_last_seen_and_how_long_ago():
    value, age = windows.last_seen(matrix([[1, 2, None], [1, 2, 3], [None] * 3]))
    np.testing.assert_array_equal(value, [2, 3, NAN])
    np.testing.assert_array_equal(age, [1, 0, 3])


def test_seen_at_takes_the_nearest_within_the_tolerance():
    rows = matrix([[1, 2, 3, 4], [1, None, None, 4], [None, None, 3, 4]])
    value, age = windows.seen_at(rows, 1, 1)
    np.testing.assert_array_equal(value, [3, NAN, 3])
    np.testing.assert_array_equal(age, [1, 4, 1])
    value, age = windows.seen_at(rows, 1, 2)
    np.testing.assert_array_equal(value, [3, 1, 3])
    np.testing.assert_array_equal(age, [1, 3, 1])


def test_seen_at_before_there_was_anything():
    value, age = windows.seen_at(matrix([[1, 2]]), 5, 3)
    np.testing.assert_array_equal(value, [NAN])
    np.testing.assert_array_equal(age, [2])


def test_mean_deviation_and_range_leave_gaps_out():
    rows = matrix([[1, None, 3], [5, None, None], [None] * 3])
    np.testing.assert_array_equal(windows.count(rows), [2, 1, 0])
    np.testing.assert_array_equal(windows.mean(rows), [2, 5, NAN])
    np.testing.assert_allclose(windows.deviation(rows), [np.sqrt(2), NAN, NAN])
    np.testing.assert_array_equal(windows.highest(rows), [3, 5, NAN])
    np.testing.assert_array_equal(windows.lowest(rows), [1, 5, NAN])


def test_a_missing_day_is_no_return_of_zero():
    # From 1 to 4 over two days; from 4 to 2 over one.
    (found,) = windows.daily_returns(matrix([[1, None, 4, 2]]))
    expected = [NAN, NAN, np.log(4) / np.sqrt(2), -np.log(2)]
    np.testing.assert_allclose(found, expected)


def test_too_long_a_gap_has_no_return():
    gap = [None] * windows.LONGEST_GAP
    (found,) = windows.daily_returns(matrix([[1, *gap, 4]]))
    assert np.isnan(found).all()
    (found,) = windows.daily_returns(matrix([[1, *gap[1:], 4]]))
    assert np.count_nonzero(~np.isnan(found)) == 1


def test_line():
    # Through 1, 2, 2: a slope of 1/2 that explains 3/4, so t = √(3/4 · 1 / (1/4)).
    slope, t, r2 = windows.line(matrix([[1, 2, 2], [3, 2, 1], [5, 5, 5], [1, None, 2]]))
    np.testing.assert_allclose(slope, [0.5, -1, 0, NAN])
    np.testing.assert_allclose(t, [np.sqrt(3), -np.inf, 0, NAN])
    np.testing.assert_allclose(r2, [0.75, 1, 0, NAN])


def test_line_knows_on_which_days_the_prices_are():
    slope, _, r2 = windows.line(matrix([[1, None, None, 4, 5]]))
    assert slope[0] == pytest.approx(1)
    assert r2[0] == pytest.approx(1)
