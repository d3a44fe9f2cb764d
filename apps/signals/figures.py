"""How signals and the numbers behind them are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from apps.signals.maths.detectors import KINDS, Kind, Unit
from apps.signals.models import Signal
from mtgintel.core.money import money_text
from mtgintel.core.templatetags.figures import change_label, money_label

WAYS = {1: "up", -1: "down", 0: "neither"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number behind a signal, as it is read."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal as a page shows it. `way` is up, down or neither."""

    signal: Signal
    kind: Kind
    way: str
    figures: list[Figure]


def rows_of(signals: Iterable[Signal]) -> list[SignalRow]:
    return [
        SignalRow(
            signal=one,
            kind=KINDS[one.kind],
            way=WAYS[one.direction],
            figures=figures_of(one),
        )
        for one in signals
    ]


def figures_of(signal: Signal) -> list[Figure]:
    """In the order of the kind; what an older version did not keep is left out."""
    return [
        Figure(value.label, _written(value.unit, number, signal.currency))
        for value in KINDS[signal.kind].values
        if (number := signal.values.get(value.name)) is not None
    ]


def values_of(signal: Signal) -> dict[str, float | str | None]:
    """For programs: amounts as money is written in JSON, all else as numbers."""
    found: dict[str, float | str | None] = {}
    for value in KINDS[signal.kind].values:
        number = signal.values.get(value.name)
        if number is not None:
            is_amount = value.unit == Unit.AMOUNT
            found[value.name] = money_text(_decimal(number)) if is_amount else number
    return found


def slug_of(kind: Kind) -> str:
    """How a kind is called in addresses: mean-reversion."""
    return kind.slug.lower().replace("_", "-")


def kind_of(slug: str) -> Kind | None:
    return KINDS.get(slug.upper().replace("-", "_"))


def _written(unit: Unit, number: float, currency: str) -> str:
    if unit == Unit.AMOUNT:
        return money_label(_decimal(number), currency)
    if unit == Unit.CHANGE:
        return change_label(100 * _decimal(number))
    if unit == Unit.SHARE:
        return f"{100 * number:.1f}%"
    if unit == Unit.RATE:
        return f"{100 * number:.2f}% a day".replace("-", "−")
    text = f"{number:,.1f}" if unit == Unit.COUNT else f"{number:,.2f}"
    return text.replace("-", "−")


def _decimal(number: float) -> Decimal:
    return Decimal(str(number))
