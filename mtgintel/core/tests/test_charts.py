"""Gaps, tables and summaries of chart lines."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from mtgintel.core import charts

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def days(*numbers: float) -> list[datetime]:
    return [START + number * DAY for number in numbers]


def line(numbers: list[float], prices: list[str], **fields) -> charts.Line:
    return charts.Line(
        **{"key": "a", "label": "A", "ink": 1, "dash": 0} | fields,
        times=days(*numbers),
        values=[Decimal(price) for price in prices],
    )


@pytest.mark.parametrize(
    ("numbers", "stretches"),
    [
        ([], []),
        ([0], [[0]]),
        ([0, 1, 2, 3], [[0, 1, 2, 3]]),
        ([0, 1, 3, 4], [[0, 1], [3, 4]]),
        ([0, 1, 2, 9, 10, 20], [[0, 1, 2], [9, 10], [20]]),
        # A feed that comes an hour late is no gap.
        ([0, 1, 2.05, 3], [[0, 1, 2.05, 3]]),
    ],
)
def test_line_is_cut_where_days_are_missing(numbers, stretches):
    times = days(*numbers)
    found = [times[part] for part in charts.cut(times, DAY)]
    assert found == [days(*stretch) for stretch in stretches]


def test_line_is_cut_where_it_began_to_measure_something_else():
    times = days(0, 1, 2, 3, 4)
    breaks = days(2, 3.5, 9)
    assert charts.cut(times, DAY, breaks) == [slice(0, 2), slice(2, 4), slice(4, 5)]


def test_a_break_is_drawn_told_in_the_table_and_not_summed_up_across():
    broken = line([0, 1, 2, 4], ["1", "9", "4", "5"], breaks=days(2, 9))
    marks = [charts.Mark(START + 2 * DAY, "another figure")]
    data = charts.chart_data([broken], currency="USD", bucket=DAY, marks=marks)
    start = int(START.timestamp())
    assert data["marks"] == [{"time": start + 172_800, "label": "another figure"}]
    assert [part["value"] for part in data["lines"][0]["stretches"]] == [
        ["1.00", "9.00"],
        ["4.00"],
        ["5.00"],
    ]
    (stroke,) = charts.strokes([broken], DAY)
    assert stroke.path.count("M") == 3
    assert charts.mark_places([broken], marks) == [500.0]
    rows = charts.table_rows([broken], marks)
    assert [len(row.marks) for row in rows] == [0, 1, 0, 0]
    summary = charts.summarise(broken, DAY)
    assert (summary.since, summary.first, summary.last) == (
        START + 2 * DAY,
        Decimal(4),
        Decimal(5),
    )
    assert (summary.change_percent, summary.low) == (Decimal(25), Decimal(4))
    # The day that is missing; the break is no gap.
    assert summary.gaps == 1


def test_a_break_with_points_on_one_side_only_parts_nothing():
    whole = line([0, 1, 2], ["1", "9", "4"], breaks=days(0, 3))
    assert whole.parting_breaks == []
    assert charts.summarise(whole, DAY).since is None


def test_day_between_daily_points_is_no_gap_in_hourly_buckets():
    assert charts.cut(days(0, 1, 2, 3), HOUR) == [slice(0, 4)]


def test_gaps_of_weeks_are_weeks():
    weeks = days(0, 7, 14, 28)
    assert charts.cut(weeks, 7 * DAY) == [slice(0, 3), slice(3, 4)]


def test_feed_that_has_become_faster_had_no_gaps_before():
    assert charts.cut(days(0, 1, 2, 2.25, 2.5, 2.75), HOUR) == [slice(0, 6)]


@pytest.mark.parametrize(
    ("bucket", "written"), [(DAY, "j M Y"), (HOUR, "j M Y H:i"), (None, "j M Y H:i")]
)
def test_moments_are_as_precise_as_buckets(bucket, written):
    assert charts.time_format(bucket) == written


def test_chart_data_is_seconds_and_money_strings():
    data = charts.chart_data(
        [line([0, 1, 3], ["1.5", "2", "0.035"], dash=1)], currency="TIX", bucket=DAY
    )
    start = int(START.timestamp())
    assert data == {
        "currency": "TIX",
        "bucket": 86_400,
        "lines": [
            {
                "key": "a",
                "label": "A",
                "ink": 1,
                "dash": 1,
                "stretches": [
                    {"time": [start, start + 86_400], "value": ["1.50", "2.00"]},
                    {"time": [start + 3 * 86_400], "value": ["0.035"]},
                ],
            }
        ],
        "marks": [],
    }


def test_strokes_leave_gaps_and_dot_lonely_points():
    (stroke,) = charts.strokes([line([0, 1, 4], ["1", "3", "2"], ink=2)], DAY)
    assert stroke == charts.Stroke(2, 0, "M0.0 300.0 L250.0 0.0 M1000.0 150.0h0")


def test_stroke_of_one_price_runs_through_the_middle():
    (stroke,) = charts.strokes([line([0, 1], ["2", "2"])], DAY)
    assert stroke.path == "M0.0 150.0 L1000.0 150.0"


def test_no_strokes_without_points():
    assert charts.strokes([line([], [])], DAY) == []


def test_table_has_every_moment_once_newest_first():
    rows = charts.table_rows([line([0, 1], ["1", "2"]), line([1, 2], ["5", "6"])])
    assert rows == [
        charts.TableRow(START + 2 * DAY, [None, Decimal(6)]),
        charts.TableRow(START + DAY, [Decimal(2), Decimal(5)]),
        charts.TableRow(START, [Decimal(1), None]),
    ]


def test_summary():
    summary = charts.summarise(line([0, 1, 2, 5], ["10", "8", "12", "11"]), DAY)
    assert summary == charts.Summary(
        label="A",
        first=Decimal(10),
        first_at=START,
        last=Decimal(11),
        last_at=START + 5 * DAY,
        low=Decimal(8),
        low_at=START + DAY,
        high=Decimal(12),
        high_at=START + 2 * DAY,
        change_percent=Decimal("10.00"),
        gaps=1,
    )


def test_nothing_to_summarise():
    assert charts.summarise(line([], []), DAY) is None
