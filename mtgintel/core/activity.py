"""What happened to what is somebody's own, for the page that tells them.

    activity.register("import", imports_told)
    activity.newest(request.user)      # [Activity(at=…, kind="import", text=…, url=…)]

An app registers in its AppConfig's ready(), and knows only of its own; the feed has the
newest of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from typing import Any

NEWEST = 20


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of the feed: when it was, of which kind, in words, and where it leads
    ("" for nowhere)."""

    at: datetime
    kind: str
    text: str
    url: str = ""


# Takes a user and how many lines are wanted; their newest, in any order.
Read = Callable[[Any, int], Iterable[Activity]]

_readers: dict[str, Read] = {}


def register(kind: str, read: Read) -> None:
    _readers[kind] = read


def newest(user: Any, limit: int = NEWEST) -> list[Activity]:
    """The newest of every kind, the newest first; none of who is not signed in."""
    if not user.is_authenticated:
        return []
    told = (one for read in _readers.values() for one in read(user, limit))
    return nlargest(limit, told, key=lambda one: one.at)
