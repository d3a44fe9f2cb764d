"""What became of signals, counted day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min

from apps.signals.maths.detectors import KINDS
from apps.signals.maths.outcomes import (
    HORIZON_DAYS,
    TOLERANCE,
    Judged,
    Moves,
    judge,
    moves,
)
from apps.signals.maths.panel import Observations
from apps.signals.models import Signal, SignalOutcome
from apps.signals.selectors.panel import load_windows, newest_price_day
from apps.signals.selectors.spoken import SpokenSignals
from mtgintel.core.constants import Currency

from .detect import LEAST_PRICE

_DAY = timedelta(days=1)
_KINDS = list(KINDS)
# The day of the signals, how many days later they are judged, and the currency.
_Case = tuple[date, int, str]
# Kind, version and direction.
_Group = tuple[int, int, int]


def catch_up_outcomes(start: datetime, end: datetime) -> None:
    """Judge the signals whose horizons end among the prices of [start, end] or later;
    all there are, where none has been judged yet."""
    newest, first = newest_price_day(), start.astimezone(UTC).date()
    earliest = Signal.objects.aggregate(day=Min("day"))["day"]
    if newest is None or earliest is None:
        return
    is_first = not SignalOutcome.objects.exists()
    first = earliest if is_first else max(first, earliest)
    if first <= newest:
        judge_signals(first=first, last=newest)


@transaction.atomic
def judge_signals(*, first: date, last: date) -> int:
    """Count what became of the signals whose horizons end from `first` to `last`, and
    make that all that is stored of those days; how many rows.

    From the stored signals and the prices as they are known now: the same give the
    same.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('signal_outcomes'))")
    counts = _Counts()
    for cards, currency, (later, *then) in load_windows(_windows(first, last)):
        if later is not None:
            counts.add(_Batch(cards, currency, first, last, later, then))
    SignalOutcome.objects.filter(due_on__range=(first, last)).delete()
    return len(SignalOutcome.objects.bulk_create(counts.rows(), batch_size=5_000))


def _windows(first: date, last: date) -> list[tuple[date, date]]:
    """The days of the later prices, and for each horizon those of the signals."""
    back = [timedelta(days=days) for days in HORIZON_DAYS]
    return [
        (first - TOLERANCE * _DAY, last),
        *((first - days, last - days) for days in back),
    ]


@dataclass(slots=True)
class _Batch:
    """The prices of some cards in one currency: those that judge the horizons from
    `first` to `last`, and for each horizon those of the signals' own days."""

    cards: range
    currency: str
    first: date
    last: date
    later: Observations
    then: list[Observations | None]

    def cases(self) -> Iterator[tuple[date, date, int, Observations | None]]:
        """The days of signals, of their horizon, and the prices of the former."""
        dues = [self.first + n * _DAY for n in range((self.last - self.first).days + 1)]
        for days, now in zip(HORIZON_DAYS, self.then, strict=True):
            for due in dues:
                yield due - days * _DAY, due, days, now


@dataclass(slots=True)
class _Counts:
    """Over all batches of cards."""

    market: dict[_Case, Moves] = field(default_factory=lambda: defaultdict(Moves))
    groups: dict[tuple[_Case, _Group], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0, 0])
    )

    def add(self, batch: _Batch) -> None:
        days = sorted({day for day, *_ in batch.cases()})
        spoken = SpokenSignals(batch.currency, days, batch.cards)
        least = LEAST_PRICE[Currency(batch.currency)]
        for day, due, horizon, now in batch.cases():
            case = (day, horizon, batch.currency)
            if now is not None:
                self.market[case] += moves(now, batch.later, day, due, least)
            for one in judge(spoken.of(day), batch.later, day, due):
                self._count(case, one)

    def _count(self, case: _Case, one: Judged) -> None:
        counts = self.groups[case, (one.kind, one.version, one.direction)]
        for place, number in enumerate((one.signals, one.judged, one.right)):
            counts[place] += number

    def rows(self) -> list[SignalOutcome]:
        return [
            SignalOutcome(
                day=day,
                due_on=day + horizon * _DAY,
                horizon_days=horizon,
                currency=currency,
                kind=_KINDS[kind],
                version=version,
                direction=direction,
                signals=signals,
                judged=judged,
                right=right,
                expected=judged * self.market[day, horizon, currency].share(direction),
            )
            for ((day, horizon, currency), (kind, version, direction)), (
                signals,
                judged,
                right,
            ) in sorted(self.groups.items())
        ]
