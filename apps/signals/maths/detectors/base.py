"""What every detector takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from apps.signals.maths.panel import Panel
from apps.signals.maths.windows import count

Array = NDArray[Any]

# A figure that is at its limit but for the last bit of a rounding is at its limit.
_ROUNDING = 1e-9


class Unit(StrEnum):
    """How a value is to be read."""

    SHARE = "share"  # 0.25 is 25 %
    CHANGE = "change"  # a share with a sign: 0.25 is +25 %
    RATE = "rate"  # as a share, per day
    AMOUNT = "amount"  # units of the currency
    NUMBER = "number"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Value:
    """A number behind a signal: its name in `values`, what it is, how to read it."""

    name: str
    label: str
    unit: Unit


@dataclass(frozen=True, slots=True, eq=False)
class Detected:
    """Where a kind of signal was found: an entry per signal.

    `rows` are positions in the panel; `direction` is +1 where it speaks for a higher
    price, −1 for a lower one, 0 for neither. `strength` says how far the figure is
    beyond what is usual, `confidence` how well the data bear it out, both 0 to 1.
    `observations` is how many of them it rests on.
    """

    rows: Array
    direction: Array
    strength: Array
    confidence: Array
    observations: Array
    values: dict[str, Array]

    def __len__(self) -> int:
        return len(self.rows)


def param(default: Any, meaning: str) -> Any:
    """A parameter of a detector, with what it means."""
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as it is shown."""

    name: str
    value: float
    meaning: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of signal: what it is, with which parameters, and how it is found.

    A change of definition or parameters gets the next `version`.
    """

    # It is called with panels; a page shows it.
    do_not_call_in_templates: ClassVar[bool] = True

    slug: str
    name: str
    definition: str
    strength: str
    confidence: str
    params: Any
    values: tuple[Value, ...]
    detect: Callable[[Panel, Any], Detected]
    version: int = 1

    def __call__(self, panel: Panel) -> Detected:
        return self.detect(panel, self.params)

    @property
    def parameters(self) -> list[Parameter]:
        return [
            Parameter(one.name, getattr(self.params, one.name), one.metadata["meaning"])
            for one in fields(self.params)
        ]


def found(
    mask: Array,
    *,
    direction: Array | int,
    strength: Array,
    confidence: Array,
    observations: Array,
    values: dict[str, Array],
) -> Detected:
    """The rows of a mask; all else has an entry per row of the panel."""
    rows = np.flatnonzero(mask)
    towards = np.broadcast_to(np.asarray(direction), mask.shape)
    return Detected(
        rows=rows,
        direction=towards[rows].astype(np.int8),
        strength=np.clip(strength[rows], 0.0, 1.0),
        confidence=np.clip(confidence[rows], 0.0, 1.0),
        observations=observations[rows].astype(np.int16),
        values={name: column[rows] for name, column in values.items()},
    )


def at_least(figure: Array, limit: float) -> Array:
    """Whether figures reach a limit; NaN does not."""
    reached: Array = figure >= limit - _ROUNDING
    return reached


def coverage(values: Array) -> Array:
    """The share of a window's days on which something was seen."""
    return count(values) / max(values.shape[1], 1)


def tail(values: Array, length: int, skip: int = 0) -> Array:
    """The last `length` columns of those before the last `skip`."""
    end = max(values.shape[1] - skip, 0)
    return values[:, max(end - length, 0) : end]
