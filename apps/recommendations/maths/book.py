"""Which advice stands: one per subject and horizon, until its end or another kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rules import HORIZON_DAYS, NOTHING

Array = NDArray[Any]

NO_CALL = -1


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Places in a table of subjects by horizons."""

    row: Array
    column: Array

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What one day changes. Calls are named by number: `ended` and `superseded` were
    standing; `issued` are the cells of new ones, numbered from `first` on, and
    `replaced` is the call that each of them supersedes, NO_CALL for none."""

    ended: Array
    issued: Cells
    first: int
    replaced: Array

    @property
    def superseded(self) -> Array:
        return self.replaced[self.replaced != NO_CALL]


class Book:
    """The standing calls of some subjects: [subjects, horizons], days as numbers."""

    def __init__(self, subjects: int, next_number: int = 0) -> None:
        shape = (subjects, len(HORIZON_DAYS))
        self.number = np.full(shape, NO_CALL)
        self.kind = np.full(shape, NOTHING, np.int8)
        self.issued = np.zeros(shape, np.int64)
        self.next_number = next_number

    def enter(self, cells: Cells, number: Array, kind: Array, day: Array) -> None:
        """Calls that stand already."""
        at = cells.row, cells.column
        self.number[at], self.kind[at], self.issued[at] = number, kind, day

    def turn(self, day: int, kind: Array) -> Turn:
        """Take the advice of a day in; the same advice again changes nothing.

        A call ends with its horizon. Before that only advice of another kind closes
        it, and not on the day it was issued: a day has one word on a subject. Where
        there is no advice a standing call stays.
        """
        ended = self._end(day)
        is_new = (kind != NOTHING) & (kind != self.kind)
        is_new &= ~((self.number != NO_CALL) & (self.issued == day))
        cells = Cells(*np.nonzero(is_new))
        replaced = self.number[is_new]
        first = self.next_number
        self.next_number += len(cells)
        numbers = np.arange(first, self.next_number)
        self.enter(cells, numbers, kind[is_new], np.full(len(cells), day))
        return Turn(ended, cells, first, replaced)

    def _end(self, day: int) -> Array:
        lengths = np.array(HORIZON_DAYS)
        is_over = (self.number != NO_CALL) & (self.issued + lengths <= day)
        ended: Array = self.number[is_over]
        self.number[is_over], self.kind[is_over] = NO_CALL, NOTHING
        return ended
