"""The reasons of an advice: the very values the rule used, and a sentence of them.

A reason is an object with a `code`; numbers are texts, so that it has one spelling
(maths.chain). Shares are ratios: "0.1" is ten percent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.signals.maths.detectors import KINDS, Unit

from .look import Look
from .owner import CONCENTRATION, COST, EXIT, own_reason_in_words
from .rules import CONTRADICTORY, FEES, HORIZON_DAYS, PAYS, TOO_UNSURE, Advice, Rule
from .scoring import Bounds, Costs

Reason = dict[str, Any]

SIGNAL, EXPECTED, BREAK_EVEN = "SIGNAL", "EXPECTED", "BREAK_EVEN"
_WHY = {
    PAYS: "PAYS",
    CONTRADICTORY: "CONTRADICTORY",
    FEES: "FEES",
    TOO_UNSURE: "UNSURE",
}
_SENTENCES = {
    "PAYS": "That is enough to act on.",
    "CONTRADICTORY": "The signals contradict each other.",
    "FEES": "That is less than fees take.",
    "UNSURE": "That is too unsure to act on.",
}
_SIGNIFICANT = 4
OWN_CODES = (EXIT, COST, CONCENTRATION)


def _text(value: float) -> str:
    return f"{value:.{_SIGNIFICANT}g}"


def reasons_of(
    rule: Rule, seen: Look, advice: Advice, cell: tuple[int, int], costs: Costs
) -> list[Reason]:
    """Of the advice for a row of the look and a column of horizons: the signals that
    weighed in, the strongest first; the move they let expect; what must be reached for
    a trade to pay; and what follows."""
    row, column = cell
    horizon = HORIZON_DAYS[column]
    signals = sorted(
        _signals(rule, seen, row, horizon),
        key=lambda reason: -abs(float(reason["move"])),
    )
    bounds = Bounds.of(seen.standing.price[row : row + 1].astype(float), costs)
    price = float(seen.standing.price[row])
    return [
        *signals,
        {
            "code": EXPECTED,
            "move": _text(math.expm1(advice.move[row, column])),
            "volatility": _text(float(seen.standing.volatility[row])),
        },
        {
            "code": BREAK_EVEN,
            "buy": _text(bounds.reach.item() / price - 1),
            "sell": _text(bounds.fall.item() / price - 1),
        },
        {"code": _WHY[int(advice.why[row, column])]},
    ]


def _signals(rule: Rule, seen: Look, row: int, horizon: int) -> Iterator[Reason]:
    for kind, (rise, fall) in rule.weights[horizon].items():
        place = int(seen.places[kind][row])
        lean = float(seen.evidence.row(kind)[row])
        weight = rise if lean > 0 else fall
        if place < 0 or not lean * weight:
            continue
        found = seen.detected[kind]
        yield {
            "code": SIGNAL,
            "signal": kind,
            "version": KINDS[kind].version,
            "direction": int(found.direction[place]),
            "strength": _text(float(found.strength[place])),
            "confidence": _text(float(found.confidence[place])),
            "observations": int(found.observations[place]),
            "move": _text(math.expm1(weight * lean)),
            "values": {
                name: _text(float(values[place]))
                for name, values in found.values.items()
            },
        }


def in_words(reasons: Sequence[Mapping[str, Any]], horizon: int) -> str:
    """The reasons as a few plain sentences."""
    return " ".join(sentences(reasons, horizon))


def sentences(reasons: Sequence[Mapping[str, Any]], horizon: int) -> Iterator[str]:
    """One for each reason."""
    for one in reasons:
        if one["code"] == SIGNAL:
            yield f"{signal_in_words(one)}."
        elif one["code"] == EXPECTED:
            yield f"Together they let expect {_percent(one['move'])} in {horizon} days."
        elif one["code"] == BREAK_EVEN:
            yield (
                f"To pay for the fees, a purchase needs {_percent(one['buy'])}, "
                f"selling and buying back {_percent(one['sell'])}."
            )
        elif one["code"] in _SENTENCES:
            yield _SENTENCES[one["code"]]
        elif one["code"] in OWN_CODES:
            yield own_reason_in_words(one)


def signal_in_words(reason: Mapping[str, Any]) -> str:
    """ "Momentum up: change in 30 days +12.0 %, change in deviations 1.7" """
    kind = KINDS.get(reason["signal"])
    way = {1: " up", -1: " down"}.get(reason["direction"], "")
    name = kind.name if kind else reason["signal"]
    figures = [
        f"{value.label.lower()} {_figure(reason['values'][value.name], value.unit)}"
        for value in (kind.values if kind else ())
        if value.name in reason["values"]
    ]
    return f"{name}{way}: {', '.join(figures[:2])}" if figures else f"{name}{way}"


def _figure(text: str, unit: Unit) -> str:
    number = float(text)
    if unit == Unit.CHANGE:
        return _percent(text)
    if unit == Unit.SHARE:
        return f"{100 * number:.1f} %"
    if unit == Unit.RATE:
        return f"{100 * number:+.2f} % a day".replace("-", "−")
    if unit == Unit.COUNT:
        return f"{number:.0f}"
    return f"{number:.2f}".replace("-", "−")


def _percent(ratio: str) -> str:
    return f"{100 * float(ratio):+.1f} %".replace("-", "−")
