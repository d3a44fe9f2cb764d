"""The series in question, gone through price by price; what is held is written down."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.utils import timezone

from apps.prices.ingest.base import (
    ABSENT_COUNT,
    ABSENT_PRICE,
    CONDITION_CODE,
    CONDITIONS,
    EXTRA_COUNTS,
    EXTRA_PRICES,
    FINISH_CODE,
    FINISHES,
    LANGUAGE_CODE,
    LANGUAGES,
    Array,
    PriceBlock,
    from_microseconds,
    microseconds,
)
from apps.prices.ingest.screening import (
    LOOK_BACK_US,
    NEARBY_US,
    OVERRIDDEN,
    Course,
    Doubt,
    Point,
    judge,
)
from apps.prices.ingest.spool import Week
from apps.prices.ingest.witnesses import (
    SeriesParts,
    StreamFacts,
    Testimony,
    cards_of,
    first_key_of,
    parts_of,
    series_key,
)
from apps.prices.models import IngestRun, PriceOverride, QuarantinedPrice
from mtgintel.core.money import from_thousandths, to_thousandths
from mtgintel.core.sql import load_sql

_BACK = timedelta(microseconds=LOOK_BACK_US + NEARBY_US)
# The days that tell of a late price are stored already.
_AHEAD = timedelta(days=14)
_FOR_EVER = 1 << 62

_Status = QuarantinedPrice.Status


class _Known(NamedTuple):
    """A doubted price that is in the quarantine."""

    pk: int
    price: int
    status: str
    reason: str
    run_id: int
    is_by_hand: bool


class _Ruling(NamedTuple):
    """When an override keeps the prices of a series out: [start, end)."""

    start: int
    end: int
    pk: int
    has_price: bool


@dataclass(slots=True)
class _New:
    """A price of this week that is doubted."""

    key: int
    doubt: Doubt
    override_id: int | None = None
    status: str = _Status.HELD
    decision: str = ""


@dataclass(slots=True)
class _Held:
    """A price that waits: in the week at `row`, in the quarantine, or both."""

    row: int | None
    known: _Known | None = None
    new: _New | None = None


@dataclass(slots=True)
class Docket:
    """What has been decided, or waits, of the series of a week and shortly before."""

    doubted: dict[int, dict[int, list[_Known]]]
    rulings: dict[int, list[_Ruling]]
    # The series something is to be minded of, and those in which a price is held.
    keys: Array
    held_keys: Array

    @classmethod
    def of(cls, week: Week) -> Docket:
        start, end = from_microseconds(week.start_us), from_microseconds(week.end_us)
        doubted: dict[int, dict[int, list[_Known]]] = {}
        keys, held = set(), set()
        for key, time, known in _doubted(start - _BACK, end):
            doubted.setdefault(key, {}).setdefault(time, []).append(known)
            if known.status == _Status.HELD:
                held.add(key)
            if known.status == _Status.HELD or time >= week.start_us:
                keys.add(key)
        rulings = _rulings(start, end)
        keys.update(rulings)
        return cls(doubted, rulings, _array(keys), _array(held))

    def ruling(self, key: int, time: int) -> _Ruling | None:
        """The override in force for a price."""
        for ruling in self.rulings.get(key, ()):
            if ruling.start <= time < ruling.end:
                return ruling
        return None


def _array(keys: set[int]) -> Array:
    return np.array(sorted(keys), np.int64)


def _doubted(start: datetime, end: datetime) -> Iterable[tuple[int, int, _Known]]:
    rows = QuarantinedPrice.objects.doubted().between(start, end).order_by("id")
    for row in rows.filter(card__isnull=False, marketplace__isnull=False).only(
        *IDENTITY, "time", "price", "status", "reason", "run_id", "decided_by_id"
    ):
        known = _Known(
            row.pk,
            to_thousandths(row.price),
            row.status,
            row.reason,
            row.run_id,
            row.decided_by_id is not None,
        )
        yield _key_of(row), _time_of(row), known


def _rulings(start: datetime, end: datetime) -> dict[int, list[_Ruling]]:
    rulings: dict[int, list[_Ruling]] = {}
    for override in PriceOverride.objects.standing().overlapping(start, end):
        end_us = microseconds(override.valid_to) if override.valid_to else _FOR_EVER
        ruling = _Ruling(
            microseconds(override.valid_from),
            end_us,
            override.pk,
            override.price is not None,
        )
        rulings.setdefault(_key_of(override), []).append(ruling)
    return rulings


IDENTITY = ("card_id", "marketplace_id", "condition", "finish", "language")


def _time_of(row: Any) -> int:
    return microseconds(row.time)


def _key_of(row: Any) -> int:
    return series_key(
        SeriesParts(
            row.card_id,
            row.marketplace_id,
            CONDITION_CODE[row.condition],
            FINISH_CODE[row.finish],
            LANGUAGE_CODE[row.language],
        )
    )


class Hearing:
    """Some cards of one week. `keep` marks the rows that become prices; `released`
    are quarantined prices of other weeks that become prices now, `let_in_again`
    counts by reason those of them that this run had kept out before."""

    def __init__(
        self,
        run: IngestRun,
        streams: dict[int, StreamFacts],
        week: Week,
        docket: Docket,
        keep: Array,
    ) -> None:
        self.run, self.streams = run, streams
        self.week, self.docket, self.keep = week, docket, keep
        self.testimony = Testimony(streams)
        self.stored: dict[int, dict[int, int]] = {}
        self.new: dict[int, _New] = {}
        self.decisions: dict[int, tuple[str, str]] = {}
        self.reasons: dict[int, str] = {}
        self.released: list[int] = []
        self.let_in_again: Counter[str] = Counter()

    def hear(self, keys: Array) -> None:
        """Go through sorted series and write down what is held or decided."""
        self._gather(np.unique(cards_of(keys)).tolist())
        for key in keys.tolist():
            _Case(self, key).hear()
        self._write_down()

    def kept_out(self) -> Counter[str]:
        """How many rows of the week do not become prices, by reason."""
        return Counter(
            reason for row, reason in self.reasons.items() if not self.keep[row]
        )

    def _gather(self, card_ids: list[int]) -> None:
        """What the streams of the cards said around the week, in the order in which
        one replaces the other: stored, held, of this week."""
        start = from_microseconds(self.week.start_us) - _BACK
        end = from_microseconds(self.week.end_us) + _AHEAD
        with connection.cursor() as cursor:
            cursor.execute(
                load_sql("prices", "gate_history"),
                {"card_ids": card_ids, "start": start, "end": end},
            )
            for *identity, time, price in cursor.fetchall():
                key = _coded_key(*identity)
                self.stored.setdefault(key, {})[time] = price
                self.testimony.add(key, time, price)
        wanted = set(card_ids)
        for key, doubted in self.docket.doubted.items():
            if parts_of(key).card_id in wanted:
                self._add_doubted(key, doubted)
        for card_id in card_ids:
            first, last = self.rows_between(
                first_key_of(card_id), first_key_of(card_id + 1)
            )
            self.testimony.add_rows(
                self.week.series[first:last].tolist(), self.week.rows[first:last]
            )

    def _add_doubted(self, key: int, doubted: dict[int, list[_Known]]) -> None:
        for time, rows in doubted.items():
            for known in rows:
                is_wrong = known.status == _Status.CONFIRMED and known.is_by_hand
                if not is_wrong and time not in self.stored.get(key, {}):
                    self.testimony.add(key, time, known.price)

    def rows_between(self, first_key: int, end_key: int) -> tuple[int, int]:
        first, last = np.searchsorted(self.week.series, [first_key, end_key])
        return int(first), int(last)

    def _write_down(self) -> None:
        QuarantinedPrice.objects.bulk_create(
            [self._quarantined(row, new) for row, new in self.new.items()],
            ignore_conflicts=True,
        )
        alike: dict[tuple[str, str], list[int]] = defaultdict(list)
        for pk, decision in self.decisions.items():
            alike[decision].append(pk)
        for (status, why), pks in alike.items():
            QuarantinedPrice.objects.filter(pk__in=pks).update(
                status=status, decision=why, decided_at=timezone.now()
            )

    def _quarantined(self, row: int, new: _New) -> QuarantinedPrice:
        figures = self.week.rows[row]
        parts = parts_of(new.key)
        return QuarantinedPrice(
            run=self.run,
            reason=new.doubt.reason,
            card_id=parts.card_id,
            marketplace_id=parts.marketplace_id,
            condition=CONDITIONS[parts.condition],
            finish=FINISHES[parts.finish],
            language=LANGUAGES[parts.language],
            currency=self.streams[parts.marketplace_id].currency,
            time=from_microseconds(figures["time"]),
            price=from_thousandths(int(figures["price"])),
            **_extra_figures(figures),
            evidence=_evidence(new.doubt, self.streams),
            override_id=new.override_id,
            status=new.status,
            decision=new.decision,
            decided_at=timezone.now() if new.status != _Status.HELD else None,
        )


class _Case:
    """One series of a week in the order of time, stored and held prices included."""

    def __init__(self, hearing: Hearing, key: int) -> None:
        self.hearing, self.key = hearing, key
        self.stream = hearing.streams[parts_of(key).marketplace_id]
        first, last = hearing.rows_between(key, key + 1)
        time = hearing.week.rows["time"][first:last].tolist()
        self.rows = dict(zip(time, range(first, last), strict=True))
        self.stored = hearing.stored.get(key, {})
        self.doubted = hearing.docket.doubted.get(key, {})
        self.course = Course()
        self.held: dict[Point, _Held] = {}

    def hear(self) -> None:
        for time in sorted({*self.rows, *self.stored, *self.doubted}):
            if time in self.rows:
                self._take_up(self.rows[time], time)
            else:
                self._pass_by(time)

    def _pass_by(self, time: int) -> None:
        """What is stored was accepted; what is held goes on waiting."""
        if time in self.stored:
            self._accept(Point(time, self.stored[time]))
        for known in self.doubted.get(time, ()):
            if known.status == _Status.HELD and known.reason != OVERRIDDEN:
                self._wait(Point(time, known.price), _Held(None, known))

    def _take_up(self, row: int, time: int) -> None:
        point = Point(time, int(self.hearing.week.rows["price"][row]))
        ruling = self.hearing.docket.ruling(self.key, time)
        known = self._known(point)
        if ruling is not None:
            self._rule_out(row, ruling, known)
        elif known is not None:
            self._repeat(row, point, known)
        else:
            self._close_corrected(time)
            if self.stored.get(time) == point.price:
                self._accept(point)
            else:
                self._judge(row, point)
        if not self.hearing.keep[row] and time in self.stored:
            self.course.last = Point(time, self.stored[time])

    def _known(self, point: Point) -> _Known | None:
        for known in self.doubted.get(point.time, ()):
            if known.price == point.price:
                return known
        return None

    def _rule_out(self, row: int, ruling: _Ruling, known: _Known | None) -> None:
        self._keep_out(row, OVERRIDDEN)
        if known is None:
            new = _New(self.key, Doubt(OVERRIDDEN), ruling.pk)
            if not ruling.has_price:
                new.status, new.decision = _Status.CONFIRMED, "there is no price"
            self.hearing.new[row] = new

    def _repeat(self, row: int, point: Point, known: _Known) -> None:
        """A price that was doubted before and is read again."""
        if known.status == _Status.RELEASED:
            self._accept(point)
            return
        self._keep_out(row, known.reason)
        if known.status == _Status.HELD:
            self._wait(point, _Held(row, known))

    def _close_corrected(self, time: int) -> None:
        """Another price now for the moment of one that is held: that was wrong."""
        for known in self.doubted.get(time, ()):
            if known.status == _Status.HELD and known.reason != OVERRIDDEN:
                corrected = (_Status.CONFIRMED, "corrected by its source")
                self.hearing.decisions[known.pk] = corrected

    def _judge(self, row: int, point: Point) -> None:
        previous = self.course.previous(point.time, self.stream.since(point.time))
        witnesses, own_retail = self.hearing.testimony.witnesses(
            self.key, point.time, previous
        )
        doubt = judge(point.price, previous, witnesses, own_retail)
        if doubt is None:
            self._accept(point)
            return
        self._keep_out(row, doubt.reason)
        new = self.hearing.new[row] = _New(self.key, doubt)
        self.held[point] = _Held(row, new=new)
        if self.course.hold(point):
            self._accept(point)

    def _keep_out(self, row: int, reason: str) -> None:
        self.hearing.keep[row] = False
        self.hearing.reasons[row] = reason

    def _wait(self, point: Point, held: _Held) -> None:
        self.course.held.append(point)
        self.held[point] = held

    def _accept(self, point: Point) -> None:
        right, wrong = self.course.accept(point)
        day = f"{from_microseconds(point.time):%Y-%m-%d}"
        for held in right:
            self._decide(held, _Status.RELEASED, f"borne out by {day}")
        price = from_thousandths(point.price)
        for held in wrong:
            self._decide(held, _Status.CONFIRMED, f"not borne out: {price} on {day}")

    def _decide(self, point: Point, status: str, decision: str) -> None:
        held = self.held.pop(point)
        if held.new is not None:
            held.new.status, held.new.decision = status, decision
        if held.known is not None:
            self.hearing.decisions[held.known.pk] = (status, decision)
        if status != _Status.RELEASED:
            return
        if held.row is not None:
            self.hearing.keep[held.row] = True
        elif held.known is not None:
            self.hearing.released.append(held.known.pk)
            if held.known.run_id == self.hearing.run.pk:
                self.hearing.let_in_again[held.known.reason] += 1


def _coded_key(
    card_id: int, marketplace_id: int, condition: str, finish: str, language: str
) -> int:
    return series_key(
        SeriesParts(
            card_id,
            marketplace_id,
            CONDITION_CODE[condition],
            FINISH_CODE[finish],
            LANGUAGE_CODE[language],
        )
    )


def _extra_figures(row: Any) -> dict[str, Any]:
    present = row.dtype.names
    figures: dict[str, Any] = {}
    for name in EXTRA_PRICES:
        if name in present and row[name] != ABSENT_PRICE:
            figures[name] = from_thousandths(int(row[name]))
    for name in EXTRA_COUNTS:
        if name in present and row[name] != ABSENT_COUNT:
            figures[name] = int(row[name])
    return figures


def _evidence(doubt: Doubt, streams: dict[int, StreamFacts]) -> dict[str, Any]:
    """What a price was compared with, as the quarantine keeps it."""
    if doubt.reason == OVERRIDDEN:
        return {}
    evidence: dict[str, Any] = {"ratio": f"{doubt.ratio:.4g}"}
    if doubt.previous is not None:
        evidence["previous"] = _said(doubt.previous)
    if doubt.median is not None:
        evidence["median"] = str(from_thousandths(doubt.median))
    evidence["others"] = [
        {"marketplace": streams[one.marketplace_id].slug, **_said(one.now)}
        for one in doubt.witnesses
    ]
    return evidence


def _said(point: Point) -> dict[str, str]:
    return {
        "price": str(from_thousandths(point.price)),
        "at": from_microseconds(point.time).isoformat(),
    }


def block_of_doubted(rows: Iterable[QuarantinedPrice]) -> PriceBlock:
    """Quarantined prices as columns, with all the figures they came with."""
    found = list(rows)
    keys = [parts_of(_key_of(row)) for row in found]
    identity = np.array(keys, np.int64).reshape(len(keys), len(SeriesParts._fields))
    columns: dict[str, Array] = {
        name: identity[:, i].astype(np.int32)
        for i, name in enumerate(SeriesParts._fields)
    }
    columns["time"] = np.array([_time_of(row) for row in found], np.int64)
    for name in ("price", *EXTRA_PRICES):
        amounts = (getattr(row, name) for row in found)
        columns[name] = np.array(
            [ABSENT_PRICE if a is None else to_thousandths(a) for a in amounts],
            np.int32,
        )
    for name in EXTRA_COUNTS:
        counts = (getattr(row, name) for row in found)
        columns[name] = np.array(
            [ABSENT_COUNT if n is None else n for n in counts], np.int32
        )
    return PriceBlock(**columns)
