"""Cards that became one, for apps whose rows must follow them.

    card_merges.register(repoint_lots)
    card_merges.follow([(17, 42)])         # card 17 is card 42 now

An app registers in its AppConfig's ready(); prices tell of merges within the
transaction that carries them out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

# Takes (old card's id, new card's id); the old card's row stays, without prices.
Follow = Callable[[Sequence[tuple[int, int]]], object]

_registered: list[Follow] = []


def register(follow: Follow) -> None:
    _registered.append(follow)


def follow(pairs: Sequence[tuple[int, int]]) -> None:
    """Let every app move what it has of the old cards to the new ones."""
    for each in _registered:
        each(pairs)
