"""Chance that can be asked again: a draw depends on its seed and its number only.

A generator with a state would give another market to whoever starts it on another
day. Here every draw is a hash, so any moment of any series can be had by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_WORD = np.uint64(0xFFFF)


def seeds(names: Iterable[str]) -> Array:
    """A 64-bit seed for every name."""
    digests = b"".join(blake2b(n.encode(), digest_size=8).digest() for n in names)
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def _mixed(values: Array) -> Array:
    """Sebastiano Vigna's splitmix64 step: every input bit moves every output bit."""
    z = values + _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))


def _bits(of: Array, numbers: Array, purpose: str) -> Array:
    """Draw `numbers` (rows) for every seed of `of` (columns)."""
    numbers = np.asarray(numbers, np.int64).astype(np.uint64)
    rows = _mixed(numbers ^ seeds([purpose])[0])
    return _mixed(rows[:, None] ^ np.asarray(of, np.uint64)[None, :])


def uniform(of: Array, numbers: Array, purpose: str) -> Array:
    """Draws in [0, 1), one row per number and one column per seed."""
    return (_bits(of, numbers, purpose) >> np.uint64(11)) * 2.0**-53


def normal(of: Array, numbers: Array, purpose: str) -> Array:
    """Draws of mean 0 and deviation 1, within ±3.5: the sum of four uniform ones."""
    bits = _bits(of, numbers, purpose)
    total = sum((bits >> np.uint64(16 * i)) & _WORD for i in range(4))
    return (np.asarray(total, np.float64) / 65536 - 2) * 3**0.5


def wander(of: Array, days: Array, purpose: str, longest: int = 7) -> Array:
    """A path per seed (column) that moves about 1 a day and does not run away.

    Octaves of straight lines between random knots 1, 2, 4 … 2**longest days apart.
    With heights growing as the root of the distance, steps over t days grow as the
    root of t, as a random walk's do, up to the longest distance. `days` are whole
    and ascending.
    """
    path = np.zeros((len(days), len(of)))
    for octave in range(longest + 1):
        distance = 2**octave
        knot = days // distance
        first = int(knot[0])
        knots = np.arange(first, int(knot[-1]) + 2)
        height = normal(of, knots, f"{purpose} {octave}") * (distance / 4) ** 0.5
        part = ((days - knot * distance) / distance)[:, None]
        below = knot - first
        path += height[below] * (1 - part) + height[below + 1] * part
    return path
