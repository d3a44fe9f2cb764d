"""Sealed products beside what the singles of their sets cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.prices.selectors.sealed import SealedListing, sealed_listings
from mtgintel.core.constants import Currency

from .sets import ValuedSet, valued_sets


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A sealed product's price, and what its set's cards cost in the same currency;
    None where it is of no set, or of one without prices."""

    listing: SealedListing
    singles: ValuedSet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedQuery:
    """Which products; an empty text leaves that question open. `q` is part of a name,
    `set` a set's code."""

    currency: str = Currency.USD.value
    q: str = ""
    set: str = ""
    ordering: str = "name"


_KEYS: dict[str, Callable[[SealedListing], Any]] = {
    "name": lambda one: one.product.name.casefold(),
    "price": lambda one: one.price,
    "change_7d": lambda one: one.change_7d,
    "change_30d": lambda one: one.change_30d,
    "released": lambda one: (
        one.product.released_on
        or (one.product.card_set.released_on if one.product.card_set else None)
    ),
}
# A leading minus is the largest first.
SEALED_ORDERINGS = tuple(f"{sign}{key}" for key in _KEYS for sign in ("", "-"))


def find_sealed(wanted: SealedQuery) -> list[SealedRow]:
    """The products that are asked for, in order; what has no such figure comes last."""
    text = wanted.q.strip().casefold()
    found = [
        one
        for one in sealed_listings(wanted.currency)
        if (not text or text in one.product.name.casefold())
        and wanted.set in ("", one.product.card_set and one.product.card_set.code)
    ]
    key = _KEYS[wanted.ordering.removeprefix("-")]
    known = [one for one in found if key(one) is not None]
    known.sort(key=key, reverse=wanted.ordering.startswith("-"))
    singles = {one.set_id: one for one in valued_sets(wanted.currency)}
    return [
        SealedRow(one, singles.get(one.product.card_set_id or 0))
        for one in (*known, *(one for one in found if key(one) is None))
    ]
