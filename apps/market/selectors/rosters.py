"""Which cards the value of a set is of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.market.maths.sets import Array, Basket
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

from .members import variants

_COLUMNS = [("card", "i4"), ("set", "i4"), ("plain", "i2"), ("foil", "i2")]


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """`variant` are those that stand for any card, sorted; `baskets` the cards of each
    set, first as they are plainest, then those that there are foils of, as foils. A
    set's place is its id."""

    variant: Array
    baskets: tuple[Basket, Basket]

    @property
    def size(self) -> int:
        """How many places for sets there are."""
        return self.baskets[0].size

    @classmethod
    def load(cls, set_id: int | None = None) -> Roster:
        """As the catalogue has it now, of one set or of all: English printings, one
        for each collector number."""
        with connection.cursor() as cursor:
            cursor.execute(load_sql("market", "set_members"), {"set_id": set_id})
            rows = np.array(cursor.fetchall(), _COLUMNS)
        size = int(rows["set"].max(initial=0)) + 1
        with_foil = rows[rows["foil"] >= 0]
        plain = variants(rows["card"], rows["plain"])
        foil = variants(with_foil["card"], with_foil["foil"])
        every = np.unique(np.concatenate([plain, foil]))
        return cls(
            every,
            (
                Basket(np.searchsorted(every, plain), rows["set"].astype(int), size),
                Basket(
                    np.searchsorted(every, foil), with_foil["set"].astype(int), size
                ),
            ),
        )
