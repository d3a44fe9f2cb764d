"""The hash chain of the ledger: whoever changes a line changes every hash after it.

    hash(line) = SHA-256(hash of the line before + "\\n" + canonical content)

The hash before the first line is 64 zeros. Anybody who has the downloaded ledger can
compute the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64

# Texts, whole numbers, nothing, and lists and objects of them. No floats: their
# spelling is not the same everywhere.
Content = Mapping[str, Any]


class NotCanonicalError(TypeError):
    """A content that two programs could write differently."""


def canonical(content: Content) -> bytes:
    """JSON with sorted keys, no spaces and ASCII only. Raises NotCanonicalError."""
    _require_exact(content)
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=True
    ).encode()


def _require_exact(value: object) -> None:
    if isinstance(value, Mapping):
        for key, one in value.items():
            _require_exact(key)
            _require_exact(one)
    elif isinstance(value, list | tuple):
        for one in value:
            _require_exact(one)
    elif value is not None and not isinstance(value, str | int):
        raise NotCanonicalError(f"{value!r} has no one spelling; make it a text.")


def next_hash(previous: str, content: Content) -> str:
    """The hash of a line after the one whose hash is `previous`."""
    return hashlib.sha256(previous.encode() + b"\n" + canonical(content)).hexdigest()


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is stored: its place (from 1), its content, the hash beside it."""

    place: int
    content: Content
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first line that is not what was written, and why."""

    place: int
    why: str


def first_broken(lines: Iterable[Line], previous: str = GENESIS) -> Broken | None:
    """The first line, in the order given, that does not follow from those before."""
    expected = 1
    for line in lines:
        if line.place != expected:
            return Broken(expected, f"missing: the next line is number {line.place}")
        previous = next_hash(previous, line.content)
        if previous != line.hash:
            return Broken(line.place, "its content does not have its hash")
        expected += 1
    return None
