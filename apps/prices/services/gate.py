"""The quality gate: what comes in is compared, and what is doubted stays outside.

Week by week, before a merge writes anything. Whole columns find the few series in which
a price is in question; those get a hearing, price by price, beside what is stored of
their cards (services.hearing; the rules are in ingest.screening).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from apps.prices.ingest.base import (
    CONDITIONS,
    FINISHES,
    LANGUAGES,
    Array,
    from_microseconds,
)
from apps.prices.ingest.screening import (
    ABOVE_RETAIL,
    FLOOR,
    LOOK_BACK_US,
    NEARBY_US,
    NEWCOMER,
    SIDEWAYS,
)
from apps.prices.ingest.spool import Spool, Week
from apps.prices.ingest.witnesses import (
    ALWAYS,
    StreamFacts,
    cards_of,
    marketplaces_of,
    variants_of,
)
from apps.prices.models import (
    IngestRun,
    LatestPrice,
    Marketplace,
    QuarantinedPrice,
    SeriesBreak,
)
from mtgintel.core.bulk import Column, Labels, Numbers, copy_columns, pieces, times
from mtgintel.core.constants import Currency
from mtgintel.core.feeds import RefusedFeedError, Rejects
from mtgintel.core.sql import load_sql

from .hearing import Docket, Hearing, block_of_doubted
from .last_known import last_known

# What a person has decided is not judged again, nor what was accepted before it was
# archived.
JUDGED_BEFORE = frozenset({"release", "override", "archive"})
# A stream of which more than this share moved out of bounds within a week measures
# something else than before; of fewer prices it may be chance.
_MOST_MOVED = 0.1
_ENOUGH_COMPARED = 1_000
# From this many first rows on, the latest prices are compared with here.
_COMPARE_HERE = 20_000
# Cards that are heard at a time: what is stored of them is in memory.
_CARDS_AT_ONCE = 400


class _Questions(NamedTuple):
    """Rows of a week: far from their series' last price; of a series without one; and
    those of the latter that are far from other streams'."""

    moved: Array
    new: Array
    disputed: Array


@dataclass(slots=True)
class _Accepted:
    """The newest price of each series that a load has brought, sorted by series."""

    keys: Array = field(default_factory=lambda: np.empty(0, np.int64))
    time: Array = field(default_factory=lambda: np.empty(0, np.int64))
    price: Array = field(default_factory=lambda: np.empty(0, np.int32))

    def add(self, week: Week) -> None:
        """The last rows of a week, which is newer than all before."""
        if not len(week):
            return
        ends = np.flatnonzero(np.r_[week.series[1:] != week.series[:-1], True])
        keys, time = week.series[ends], week.rows["time"][ends]
        price = week.rows["price"][ends]
        if len(self.keys) and not np.array_equal(self.keys, keys):
            keys = np.concatenate([self.keys, keys])
            order = np.argsort(keys, kind="stable")
            keys = keys[order]
            is_last = np.r_[keys[1:] != keys[:-1], True]
            keys, order = keys[is_last], order[is_last]
            time = np.concatenate([self.time, time])[order]
            price = np.concatenate([self.price, price])[order]
        self.keys, self.time, self.price = keys, time, price

    def find(self, keys: Array) -> tuple[Array, Array]:
        """The place of each series, and whether it is there."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return place, self.keys[place] == keys


class Gate:
    """Judges the weeks of one merge, in its transaction; weeks come oldest first."""

    def __init__(self, run: IngestRun) -> None:
        self.run = run
        self.streams: dict[int, StreamFacts] = {}
        self._accepted = _Accepted()
        self._kept_out: Counter[str] = Counter()
        self._late: list[int] = []

    def passing(self, week: Week) -> Week:
        """The rows of a week that become prices; the others are kept with the reason.

        Raises RefusedFeedError where much of a stream moved out of bounds.
        """
        if self.run.source in JUDGED_BEFORE:
            return week
        if not self.streams:
            self._learn_streams()
        docket = Docket.of(week)
        questions = self._questions(week)
        self._refuse_if_implausible(week, questions)
        keep = np.ones(len(week), bool)
        for keys in _by_cards(_in_question(week, questions, docket)):
            hearing = Hearing(self.run, self.streams, week, docket, keep)
            hearing.hear(keys)
            self._kept_out.update(hearing.kept_out())
            self._kept_out.subtract(hearing.let_in_again)
            self._late += hearing.released
        if not keep.all():
            week = week.only(keep)
        self._accepted.add(week)
        return week

    def late(self) -> Iterator[Week]:
        """What was held in other weeks, and this load has shown to be right."""
        if not self._late:
            return
        with Spool() as spool:
            found = QuarantinedPrice.objects.filter(pk__in=self._late)
            spool.add(block_of_doubted(found))
            yield from spool.weeks(Rejects())

    def count(self, rejects: Rejects) -> None:
        """Add what was kept out to the rejected rows of the load."""
        rejects.counts.update(+self._kept_out)

    def _learn_streams(self) -> None:
        breaks: dict[int, list[int]] = defaultdict(list)
        noted = SeriesBreak.objects.order_by("began_on")
        for marketplace_id, day in noted.values_list("marketplace_id", "began_on"):
            midnight = int(np.datetime64(day, "us").astype(np.int64))
            breaks[marketplace_id].append(midnight)
        for row in Marketplace.objects.all():
            self.streams[row.pk] = StreamFacts(
                row.pk,
                row.slug,
                row.vendor,
                row.side,
                row.currency,
                tuple(breaks[row.pk]),
            )
        n = max(self.streams, default=0) + 1
        self._is_buylist, self._currency = np.zeros(n, bool), np.zeros(n, np.int64)
        for stream in self.streams.values():
            self._is_buylist[stream.marketplace_id] = stream.is_buylist
            code = Currency.values.index(stream.currency)
            self._currency[stream.marketplace_id] = code
        self._last_break = np.full(n, ALWAYS, np.int64)
        for stream in self.streams.values():
            if stream.breaks:
                self._last_break[stream.marketplace_id] = stream.breaks[-1]
        self._rise = np.where(self._is_buylist, ABOVE_RETAIL, SIDEWAYS)
        self._has_stored = LatestPrice.objects.exists()

    def _questions(self, week: Week) -> _Questions:
        starts = np.flatnonzero(np.r_[True, week.series[1:] != week.series[:-1]])
        place, is_known = self._accepted.find(week.series[starts])
        # Before the first row of a series is what an earlier week left, or the row.
        before = week.rows[["price", "time"]][starts]
        before["price"][is_known] = self._accepted.price[place[is_known]]
        before["time"][is_known] = self._accepted.time[place[is_known]]
        moved, ends = self._compare(week, starts, before)
        asked = self._ask_stored(week, np.union1d(starts[~is_known], ends))
        return _Questions(
            moved=np.union1d(moved, asked.moved),
            new=np.union1d(asked.new, asked.disputed),
            disputed=np.union1d(asked.disputed, self._disputed_within(week, asked.new)),
        )

    def _compare(
        self, week: Week, starts: Array, before_starts: Array
    ) -> tuple[Array, Array]:
        """The rows that are far from the one before in their series, and those whose
        one before is of another time.

        `before_starts` has price and time of what is before the rows at `starts`, with
        which series begin.
        """
        moved, ends = [], []
        for piece in pieces(len(week)):
            rows = week.rows[piece]
            before = week.rows[["price", "time"]][
                np.arange(piece.start, piece.stop) - 1
            ]
            first, last = np.searchsorted(starts, (piece.start, piece.stop))
            before[starts[first:last] - piece.start] = before_starts[first:last]
            price = np.maximum(rows["price"], FLOOR)
            was = np.maximum(before["price"], FLOOR)
            is_end = self._are_of_another_time(rows, before["time"])
            is_far = _is_far(price, was, self._rise[rows["marketplace_id"]]) & ~is_end
            moved.append(piece.start + np.flatnonzero(is_far))
            ends.append(piece.start + np.flatnonzero(is_end))
        return np.concatenate(moved), np.concatenate(ends)

    def _are_of_another_time(self, rows: Array, before_at: Array) -> Array:
        """Whether the price before each row is too long ago, or from before the stream
        changed what it measures."""
        time = rows["time"]
        is_end: Array = before_at < time - LOOK_BACK_US
        for stream in self.streams.values():
            for began_at in stream.breaks:
                is_end |= (
                    (rows["marketplace_id"] == stream.marketplace_id)
                    & (before_at < began_at)
                    & (time >= began_at)
                )
        return is_end

    def _ask_stored(self, week: Week, first: Array) -> _Questions:
        """What the stored prices say to the first rows of series."""
        nothing = np.empty(0, np.int64)
        if not self._has_stored or not len(first):
            return _Questions(nothing, first, nothing)
        if len(first) >= _COMPARE_HERE:
            first = first[~self._settled(week, first)]
        if not len(first):
            return _Questions(nothing, nothing, nothing)
        rows = week.rows[first]
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.gate_firsts")
            cursor.execute(load_sql("prices", "gate_firsts"))
            columns: dict[str, Column] = {
                "n": Numbers(first),
                "card_id": Numbers(rows["card_id"]),
                "marketplace_id": Numbers(rows["marketplace_id"], ">i2"),
                "condition": Labels(rows["condition"], CONDITIONS),
                "finish": Labels(rows["finish"], FINISHES),
                "language": Labels(rows["language"], LANGUAGES),
                "time": times(rows["time"]),
                "price": Numbers(rows["price"]),
            }
            copy_columns(cursor, "gate_firsts", columns, len(rows))
            cursor.execute("ANALYZE gate_firsts")
            bounds: dict[str, Any] = {
                "start": from_microseconds(week.start_us),
                "end": from_microseconds(week.end_us),
                "look_back": timedelta(microseconds=LOOK_BACK_US),
                "floor": FLOOR,
                "sideways": SIDEWAYS,
                "newcomer": NEWCOMER,
                "above_retail": ABOVE_RETAIL,
            }
            cursor.execute(load_sql("prices", "gate_questions"), bounds)
            answers = dict(cursor.fetchall())
        return _Questions(
            *(np.array(answers.get(name, ()), np.int64) for name in _Questions._fields)
        )

    def _settled(self, week: Week, first: Array) -> Array:
        """Which first rows the latest price settles: it is before them and near, or it
        is the row itself."""
        marketplace = week.rows["marketplace_id"][first]
        known = last_known(np.unique(marketplace).tolist())
        place, is_there = known.find(week.series[first])
        if not is_there.any():
            return is_there
        time = week.rows["time"][first]
        price = week.rows["price"][first]
        as_of, before = known.time[place], known.price[place]
        since = np.maximum(time - LOOK_BACK_US, self._last_break[marketplace])
        is_near = ~_is_far(
            np.maximum(price, FLOOR), np.maximum(before, FLOOR), self._rise[marketplace]
        )
        is_settled: Array = is_there & (
            (as_of < time) & (as_of >= since) & is_near
            | (as_of == time) & (before == price)
        )
        return is_settled

    def _disputed_within(self, week: Week, new: Array) -> Array:
        """The new rows that are far from other streams' prices of the same load."""
        if not len(new):
            return new
        is_concerned = np.zeros(int(week.rows["card_id"].max()) + 1, bool)
        is_concerned[week.rows["card_id"][new]] = True
        starts = np.flatnonzero(np.r_[True, week.series[1:] != week.series[:-1]])
        least = np.minimum.reduceat(week.rows["price"], starts)
        most = np.maximum.reduceat(week.rows["price"], starts)
        near = is_concerned[week.rows["card_id"][starts]]
        earlier = self._accepted.time >= week.start_us - NEARBY_US
        earlier &= np.isin(cards_of(self._accepted.keys), np.flatnonzero(is_concerned))
        keys = np.r_[week.series[starts[near]], self._accepted.keys[earlier]]
        least = np.r_[least[near], self._accepted.price[earlier]]
        most = np.r_[most[near], self._accepted.price[earlier]]
        groups = variants_of(keys, self._currency)
        is_buylist = self._is_buylist[marketplaces_of(keys)]
        at_odds = _groups_at_odds(
            groups, np.maximum(least, FLOOR), np.maximum(most, FLOOR), is_buylist
        )
        return new[np.isin(variants_of(week.series[new], self._currency), at_odds)]

    def _refuse_if_implausible(self, week: Week, questions: _Questions) -> None:
        marketplace = week.rows["marketplace_id"]
        rows = np.bincount(marketplace, minlength=len(self._rise))
        compared = rows - np.bincount(marketplace[questions.new], minlength=len(rows))
        moved = np.bincount(marketplace[questions.moved], minlength=len(rows))
        worst = (compared >= _ENOUGH_COMPARED) & (moved > _MOST_MOVED * compared)
        for marketplace_id in np.flatnonzero(worst).tolist():
            raise RefusedFeedError(
                f"{moved[marketplace_id]} of {compared[marketplace_id]} prices of "
                f"{self.streams[marketplace_id].slug} are far from what they were: the "
                "file is of something else. Nothing of it was stored. If the stream "
                "has changed what it measures, note a series break for its first day "
                "in the admin and ingest the file again."
            )


def _is_far(price: Array, before: Array, rise: Array) -> Array:
    """Whether a price is above `rise` times the one before, or under a third of it."""
    is_far: Array = (price > before * rise) | (before > price * SIDEWAYS)
    return is_far


def _groups_at_odds(
    groups: Array, least: Array, most: Array, is_buylist: Array
) -> Array:
    """The groups in which what is asked differs too much, what is paid does, or what
    is paid is above what is asked. `least` and `most` are of series."""
    order = np.argsort(groups, kind="stable")
    groups, is_buylist = groups[order], is_buylist[order]
    least, most = least[order].astype(float), most[order].astype(float)
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    least_asked = np.minimum.reduceat(np.where(is_buylist, np.inf, least), starts)
    least_paid = np.minimum.reduceat(np.where(is_buylist, least, np.inf), starts)
    most_asked = np.maximum.reduceat(np.where(is_buylist, 0, most), starts)
    most_paid = np.maximum.reduceat(np.where(is_buylist, most, 0), starts)
    at_odds = (
        (most_asked > NEWCOMER * least_asked)
        | (most_paid > NEWCOMER * least_paid)
        | (most_paid > ABOVE_RETAIL * least_asked)
    )
    return groups[starts[at_odds]]


def _in_question(week: Week, questions: _Questions, docket: Docket) -> Array:
    """The series that are to be heard, sorted."""
    # New beside a held price: what that stream said is not in the columns.
    held_cards = cards_of(docket.held_keys)
    beside = questions.new[np.isin(week.rows["card_id"][questions.new], held_cards)]
    concerned = docket.keys[np.isin(docket.keys, week.series)]
    rows = np.concatenate([questions.moved, questions.disputed, beside])
    return np.union1d(week.series[rows], concerned)


def _by_cards(keys: Array) -> Iterator[Array]:
    """Sorted series, those of so many cards at a time."""
    if not len(keys):
        return
    cards, first = np.unique(cards_of(keys), return_index=True)
    for n in range(0, len(cards), _CARDS_AT_ONCE):
        last = n + _CARDS_AT_ONCE
        yield keys[first[n] : first[last] if last < len(cards) else None]
