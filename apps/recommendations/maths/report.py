"""A track record as a table of text, the same for a backtest and for the docs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from .record import Figures, Outcomes, calibration, figures
from .scoring import BUY, HOLD, HORIZONS, SELL

KIND_NAMES = {BUY: "BUY", SELL: "SELL", HOLD: "HOLD"}
_HEADER = (
    *("advice", "horizon", "calls", "no data", "hits", "confidence"),
    *("net, mean", "± s.e.", "net, median", "over index", "beats no change"),
)


def in_markdown(outcomes: Outcomes) -> str:
    """Figures by kind and horizon, and the calibration of stated confidence."""
    table = [*_table(_HEADER, _rows(outcomes)), "", *_calibration(outcomes)]
    return "\n".join(table)


def _rows(outcomes: Outcomes) -> Iterator[Sequence[str]]:
    for kind, name in KIND_NAMES.items():
        for horizon in HORIZONS:
            chosen = (outcomes.kind == kind) & (outcomes.horizon == horizon)
            if np.any(chosen):
                found = figures(outcomes.where(chosen))
                yield (name, f"{horizon} d", *_cells(found, is_trade=kind != HOLD))


def _cells(found: Figures, *, is_trade: bool) -> Iterator[str]:
    yield f"{found.calls:,}"
    yield f"{found.no_data:,}"
    yield _percent(found.hit_rate, signed=False)
    yield _percent(found.mean_confidence, signed=False)
    if not is_trade:
        yield from ["–"] * 5
        return
    for value in (found.mean_net, found.net_error, found.median_net):
        yield _percent(value, signed=value is not found.net_error)
    yield _percent(found.mean_excess)
    yield "yes" if found.beats_no_change else "no"


def _calibration(outcomes: Outcomes) -> Iterator[str]:
    header = ("stated confidence", "calls", "stated, mean", "came true", "95 %")
    rows = [
        (
            f"{one.low:.2f}–{one.high:.2f}",
            f"{one.n:,}",
            _percent(one.stated, signed=False),
            _percent(one.happened, signed=False),
            f"{_percent(one.least, signed=False)} – {_percent(one.most, signed=False)}",
        )
        for one in calibration(outcomes)
    ]
    return _table(header, rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _percent(ratio: float | None, *, signed: bool = True) -> str:
    if ratio is None:
        return "–"
    text = f"{100 * ratio:+.1f} %" if signed else f"{100 * ratio:.1f} %"
    return text.replace("-", "−")
