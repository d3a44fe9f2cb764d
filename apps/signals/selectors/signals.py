"""The stored signals: those of a day by any question, and those of a card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Q

from apps.signals.maths.detectors import KINDS, Kind
from apps.signals.models import Signal
from apps.signals.querysets import SignalQuerySet
from mtgintel.core import cache
from mtgintel.core.constants import Currency

# What a signal speaks for, and how it is stored.
DIRECTIONS = {"up": 1, "down": -1, "neither": 0}
ORDERINGS = {
    "-strength": ("-strength", "-confidence"),
    "-confidence": ("-confidence", "-strength"),
    "-price": ("-price",),
    "price": ("price",),
    "name": ("card__name",),
}
# The order among signals that are alike.
_AT_LAST = ("card_id", "finish", "kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsQuery:
    """Which signals are asked for; what is empty or None leaves that question open.

    `kind` is one of KINDS, `direction` one of DIRECTIONS, `ordering` one of ORDERINGS,
    `set` a set code, `format` a play format. Without a `day` it is the newest.
    """

    currency: str = "USD"
    day: date | None = None
    kind: str = ""
    direction: str = ""
    min_strength: float = 0.0
    min_confidence: float = 0.0
    min_price: Decimal | None = None
    set: str = ""
    format: str = ""
    finish: str = ""
    ordering: str = "-strength"


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many signals of a kind a day has, by what they speak for."""

    kind: Kind
    up: int
    down: int
    neither: int

    @property
    def total(self) -> int:
        return self.up + self.down + self.neither


@dataclass(frozen=True, slots=True)
class DayCount(KindCount):
    """The same of one day, currency and version of the kind."""

    day: date
    currency: str
    version: int


def newest_signal_day(currency: str) -> date | None:
    """The last day that has signals of a currency."""
    return cache.get_or_compute(
        f"signals.newest:{currency}",
        lambda: Signal.objects.filter(currency=currency).aggregate(Max("day"))[
            "day__max"
        ],
    )


def find_signals(wanted: SignalsQuery) -> SignalQuerySet:
    """Signals of one day with their cards, in the order asked for."""
    day = wanted.day or newest_signal_day(wanted.currency)
    given = {
        "kind": wanted.kind,
        "direction": DIRECTIONS.get(wanted.direction),
        "strength__gte": wanted.min_strength or None,
        "confidence__gte": wanted.min_confidence or None,
        "price__gte": wanted.min_price,
        "finish": wanted.finish,
        "card__card_set__code": wanted.set,
    }
    found = Signal.objects.of_day(wanted.currency, day).with_card()
    found = found.filter(**{k: v for k, v in given.items() if v not in ("", None)})
    if wanted.format:
        found = found.legal_in(wanted.format)
    return found.order_by(*ORDERINGS[wanted.ordering], *_AT_LAST)


def signal_counts(currency: str, day: date | None) -> list[KindCount]:
    """How many signals of each kind there are on a day, every kind named."""
    return cache.get_or_compute(
        f"signals.counts:{currency}:{day}", lambda: _counts(currency, day)
    )


def _counts(currency: str, day: date | None) -> list[KindCount]:
    rows = Signal.objects.of_day(currency, day).values_list("kind", "direction")
    number = {(kind, way): n for kind, way, n in rows.annotate(n=Count("*"))}
    return [
        KindCount(kind, *(number.get((slug, way), 0) for way in DIRECTIONS.values()))
        for slug, kind in KINDS.items()
    ]


def counts_by_day(days: int = 14) -> list[DayCount]:
    """How many signals each kind has on the newest days, the newest day first; a
    version that nothing was found with is left out."""
    newest = Signal.objects.aggregate(Max("day"))["day__max"]
    if newest is None:
        return []
    rows = (
        Signal.objects.filter(day__gt=newest - timedelta(days=days))
        .values_list("day", "currency", "kind", "version")
        .annotate(
            **{
                name: Count("day", filter=Q(direction=way))
                for name, way in DIRECTIONS.items()
            }
        )
        .order_by("-day", "currency", "kind", "version")
    )
    return [
        DayCount(KINDS[kind], up, down, neither, day, currency, version)
        for day, currency, kind, version, up, down, neither in rows
    ]


def current_signals(card_id: int) -> list[Signal]:
    """A card's signals of the newest day of each currency, the strongest first."""
    newest = Q()
    for currency in Currency.values:
        newest |= Q(currency=currency, day=newest_signal_day(currency))
    rows = Signal.objects.filter(newest, card_id=card_id)
    ordered = rows.order_by("currency", "-strength", "finish", "kind")
    return list(ordered.select_related("marketplace"))


def signals_of_card(
    card_id: int, currency: str, *, days: int = 1, **which: str
) -> list[Signal]:
    """A card's signals of the newest days, the newest and strongest first.

    `which` are columns of the table: finish, kind.
    """
    newest = newest_signal_day(currency)
    if newest is None:
        return []
    rows = Signal.objects.filter(
        card_id=card_id,
        currency=currency,
        day__gt=newest - timedelta(days=days),
        day__lte=newest,
        **which,
    )
    return list(
        rows.select_related("marketplace").order_by(
            "-day", "-strength", "finish", "kind"
        )
    )
