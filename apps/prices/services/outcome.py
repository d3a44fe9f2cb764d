"""What a merge did, and which aggregates it made stale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from apps.prices.ingest.base import from_microseconds

HOUR_US = 3_600_000_000
# Up to so many cards of an hour are looked up one by one; more, and the whole hour is
# read.
_FEW_CARDS = 1_000
# Hours within a day of each other are one range: most feeds have one moment a day.
_NEAR = 24


class DirtyRange(NamedTuple):
    """Buckets of [start, end] are stale: those of `card_ids`, or (None) of all."""

    start: datetime
    end: datetime
    card_ids: frozenset[int] | None


@dataclass(slots=True)
class Outcome:
    """Rows by what became of them, and who is to hear of it."""

    written: int = 0
    unchanged: int = 0
    superseded: int = 0
    card_ids: set[int] = field(default_factory=set)
    currencies: set[str] = field(default_factory=set)
    # Hours since the epoch in which much changed, and those in which a few cards did.
    _hours: set[int] = field(default_factory=set)
    _hours_of_few: dict[int, set[int]] = field(default_factory=dict)

    def touch(self, hours: Iterable[int], card_ids: Iterable[int]) -> None:
        """Prices of these cards changed, came or went in these hours."""
        cards = set(map(int, card_ids))
        self.card_ids |= cards
        if len(cards) > _FEW_CARDS:
            self._hours.update(map(int, hours))
            return
        for hour in map(int, hours):
            self._hours_of_few.setdefault(hour, set()).update(cards)

    def dirty_ranges(self) -> list[DirtyRange]:
        """The hours written to, oldest first."""
        few = sorted(set(self._hours_of_few) - self._hours)
        ranges = [_range(hours, None) for hours in _near(sorted(self._hours))]
        for hours in _near(few):
            cards = chain.from_iterable(self._hours_of_few[hour] for hour in hours)
            ranges.append(_range(hours, frozenset(cards)))
        return sorted(ranges, key=lambda each: each.start)


def _near(hours: list[int]) -> list[list[int]]:
    """Sorted hours, apart where more than a day is between them."""
    groups: list[list[int]] = []
    for hour in hours:
        if groups and hour - groups[-1][-1] <= _NEAR:
            groups[-1].append(hour)
        else:
            groups.append([hour])
    return groups


def _range(hours: list[int], card_ids: frozenset[int] | None) -> DirtyRange:
    return DirtyRange(
        from_microseconds(hours[0] * HOUR_US),
        from_microseconds((hours[-1] + 1) * HOUR_US - 1),
        card_ids,
    )
