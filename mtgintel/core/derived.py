"""What is computed from prices once they are in, by apps that prices know nothing of.

    derived.register("index", update_indices, tables=["chained_index_points"])
    derived.derive(dirty_from, dirty_to)

An app registers in its AppConfig's ready(); whoever changed prices calls `derive` when
the aggregates of that range are up to date.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

logger = logging.getLogger(__name__)

# Brings what was derived up to date with the prices of [start, end], which may have
# changed, come or gone. Outside a transaction, by one process at a time; the same
# range twice changes nothing.
Derive = Callable[[datetime, datetime], object]


@dataclass(frozen=True, slots=True)
class _Derivation:
    derive: Derive
    tables: tuple[str, ...]


_derivations: dict[str, _Derivation] = {}


def register(name: str, derive: Derive, *, tables: Iterable[str] = ()) -> None:
    """`tables` hold only what `derive` wrote: they are emptied with the prices."""
    _derivations[name] = _Derivation(derive, tuple(tables))


def derive(start: datetime, end: datetime) -> None:
    """Let every derivation catch up with the prices of [start, end]."""
    for name, derivation in _derivations.items():
        started = perf_counter()
        derivation.derive(start, end)
        logger.debug("derived %s in %.2f s", name, perf_counter() - started)


def tables() -> list[str]:
    """Every table of derived rows."""
    return [table for one in _derivations.values() for table in one.tables]
