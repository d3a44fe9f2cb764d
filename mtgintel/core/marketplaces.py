"""Which price streams there are, for those who may not know where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stream:
    """One price stream, as somebody chooses it."""

    slug: str
    name: str
    currency: str


def _none() -> Sequence[Stream]:
    return ()


_listing: Callable[[], Sequence[Stream]] = _none


def register(listing: Callable[[], Sequence[Stream]]) -> None:
    """Whoever keeps the streams says here how to list them, the preferred one first."""
    global _listing  # noqa: PLW0603
    _listing = listing


def streams() -> Sequence[Stream]:
    """Those in use, the preferred one first."""
    return _listing()
