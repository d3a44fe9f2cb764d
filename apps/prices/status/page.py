"""What the Data page puts together."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User

from apps.prices.selectors import (
    Covered,
    FeedStatus,
    QuarantineCount,
    RunReport,
    SetCoverage,
    StreamFreshness,
    StreamStatus,
    UnresolvedRow,
    coverage_by_finish,
    coverage_by_set,
    feed_statuses,
    quarantine_counts,
    recent_runs,
    stream_statuses,
    unresolved_rows,
)
from mtgintel.core.constants import Finish

from .actions import PERMISSION


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One line of a coverage table: a share in percent for each of its streams, None
    where there is nothing to price."""

    label: str
    note: str
    total: int
    percents: list[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPage:
    """Everything the page shows. `columns` are the streams of the two coverage tables:
    those that have prices. `can_run` and `can_see_admin` are about who looks."""

    streams: list[StreamStatus]
    feeds: list[FeedStatus]
    columns: list[StreamFreshness]
    by_finish: list[MatrixRow]
    by_set: list[MatrixRow]
    set_text: str
    unresolved: list[UnresolvedRow]
    quarantine: list[QuarantineCount]
    runs: list[RunReport]
    can_run: bool
    can_see_admin: bool

    @property
    def stale(self) -> list[StreamStatus]:
        """Streams that have prices, but none within their time."""
        return [
            one
            for one in self.streams
            if one.freshness.as_of and one.freshness.is_stale
        ]

    @property
    def stale_names(self) -> str:
        return ", ".join(one.freshness.name for one in self.stale)

    @property
    def priced(self) -> list[StreamStatus]:
        return [one for one in self.streams if one.freshness.as_of]


def data_page(set_text: str, user: User | AnonymousUser) -> DataPage:
    feeds = feed_statuses()
    streams = stream_statuses(feeds)
    columns = [one.freshness for one in streams if one.freshness.as_of]
    finishes = coverage_by_finish()
    return DataPage(
        streams=streams,
        feeds=feeds,
        columns=columns,
        by_finish=[
            _row(Finish(finish).label, "", covered, columns)
            for finish, covered in finishes.items()
        ],
        by_set=[_set_row(one, columns) for one in coverage_by_set(set_text)],
        set_text=set_text,
        unresolved=unresolved_rows(feeds),
        quarantine=quarantine_counts(),
        runs=recent_runs(),
        can_run=user.is_staff and user.has_perm(PERMISSION),
        can_see_admin=user.is_staff,
    )


def _set_row(one: SetCoverage, columns: list[StreamFreshness]) -> MatrixRow:
    return _row(one.name, one.code, one.covered, columns)


def _row(
    label: str, note: str, covered: Covered, columns: list[StreamFreshness]
) -> MatrixRow:
    percents = [covered.percent(stream.marketplace_id) for stream in columns]
    return MatrixRow(label, note, covered.total, percents)
