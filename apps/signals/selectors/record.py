"""How often prices moved as signals said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum

from apps.signals.maths.detectors import KINDS
from apps.signals.models import SignalOutcome
from mtgintel.core import cache

# Of fewer, or of days that lie closer together, nothing is concluded: neighbouring days
# share most of what came after them.
ENOUGH_JUDGED = 100
ENOUGH_SPANS = 4


@dataclass(frozen=True, slots=True)
class KindRecord:
    """What became of the signals of a kind that spoke for one direction.

    `judged` of `signals` have a price after `horizon_days`; `right` of them moved as
    they said, and `expected` would have, had they been any variants of the market of
    the same days. On `days` days from `first` to `last`.
    """

    kind: str
    direction: int
    horizon_days: int
    signals: int
    judged: int
    right: int
    expected: float
    days: int
    first: date
    last: date

    @property
    def hit_ratio(self) -> float | None:
        return self.right / self.judged if self.judged else None

    @property
    def market_ratio(self) -> float | None:
        """Of the whole market on the same days."""
        return self.expected / self.judged if self.judged else None

    @property
    def is_enough(self) -> bool:
        """Whether it is enough to tell it from luck by."""
        spans = (self.last - self.first).days / self.horizon_days
        return self.judged >= ENOUGH_JUDGED and spans >= ENOUGH_SPANS


def signal_record(currency: str) -> dict[str, list[KindRecord]]:
    """Of each kind, as it is defined now: for higher prices first, and the shortest
    horizon first."""
    return cache.get_or_compute(
        f"signals.record:{currency}", lambda: _signal_record(currency)
    )


def _signal_record(currency: str) -> dict[str, list[KindRecord]]:
    as_defined = Q()
    for kind in KINDS.values():
        as_defined |= Q(kind=kind.slug, version=kind.version)
    rows: Any = (
        SignalOutcome.objects.filter(as_defined, currency=currency)
        .values_list("kind", "direction", "horizon_days")
        .annotate(
            Sum("signals"),
            Sum("judged"),
            Sum("right"),
            Sum("expected"),
            Count("day"),
            Min("day"),
            Max("day"),
        )
        .order_by("-direction", "horizon_days")
    )
    found: dict[str, list[KindRecord]] = {slug: [] for slug in KINDS}
    for row in rows:
        found[row[0]].append(KindRecord(*row))
    return found
