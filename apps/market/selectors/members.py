"""Which printings each chained index is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from apps.cards.models import Card
from apps.market.indices import INDICES, IndexDefinition, set_slug
from apps.market.maths.chained import Array
from mtgintel.core.constants import Finish

# A variant is a number: card id * FINISHES + the finish's place in FINISH_ORDER.
FINISH_ORDER = (Finish.NONFOIL, Finish.FOIL, Finish.ETCHED)
FINISHES = 4


def variants(card: Array, finish: Array | int) -> Array:
    return card.astype(np.int64) * FINISHES + finish


@dataclass(frozen=True, slots=True)
class Members:
    """By card id: which named indices a printing is of, and which set.

    `set_of` is a place in `set_codes`, -1 for none. The last row of each array stands
    for ids that no printing has.
    """

    of: dict[str, Array]
    set_codes: list[str]
    set_of: Array

    @classmethod
    def load(cls) -> Members:
        """As the catalogue has it now."""
        named = {
            one.slug: one.members for one in INDICES.values() if one.members is not None
        }
        columns = {slug: f"in_{slug.replace('-', '_')}" for slug in named}
        rows = list(
            Card.objects.annotate(
                **{columns[slug]: members for slug, members in named.items()}
            )
            .order_by()
            .values_list("id", "card_set__code", *columns.values())
        )
        size = max((row[0] for row in rows), default=0) + 2
        ids = np.array([row[0] for row in rows], np.int64)
        of = {slug: np.zeros(size, bool) for slug in named}
        for column, mask in enumerate(of.values(), start=2):
            mask[ids] = [bool(row[column]) for row in rows]
        codes = sorted({row[1] for row in rows if row[1]})
        place = {code: i for i, code in enumerate(codes)}
        set_of = np.full(size, -1)
        set_of[ids] = [place.get(row[1], -1) for row in rows]
        return cls(of, codes, set_of)

    def named(self, variant: Array) -> Iterator[tuple[str, Finish | None, Array]]:
        """Slug, finish and mask of every named series among these variants."""
        for one in INDICES.values():
            mask = self.mask(one, variant)
            yield one.slug, None, mask
            if one.by_finish:
                for number, finish in enumerate(FINISH_ORDER):
                    yield one.slug, finish, mask & (variant % FINISHES == number)

    def mask(self, one: IndexDefinition, variant: Array) -> Array:
        """Which of these variants an index is of."""
        numbers = [FINISH_ORDER.index(finish) for finish in one.finishes]
        mask = np.isin(variant % FINISHES, numbers)
        if one.slug in self.of:
            mask &= self.of[one.slug][self._row(variant)]
        return mask

    def by_set(self, variant: Array) -> Iterator[tuple[str, Array]]:
        """Slug and positions of every set among these variants, each in their order."""
        place = self.set_of[self._row(variant)]
        order = np.argsort(place, kind="stable")
        found, starts = np.unique(place[order], return_index=True)
        ends = [*starts[1:], len(order)][: len(starts)]
        for i, start, end in zip(found, starts, ends, strict=True):
            if i >= 0:
                yield set_slug(self.set_codes[i]), order[start:end]

    def _row(self, variant: Array) -> Array:
        return np.minimum(variant // FINISHES, len(self.set_of) - 1)
