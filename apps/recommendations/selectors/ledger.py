"""Reading the ledger: checking it, and giving it to others to check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from apps.recommendations.maths.chain import (
    GENESIS,
    Broken,
    NotCanonicalError,
    canonical,
    next_hash,
)
from apps.recommendations.models import (
    MARKET_CHAIN,
    Closing,
    LedgerLine,
    Outcome,
    Recommendation,
    content_of,
)

_CHUNK = 2_000
_Event = LedgerLine.Event


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of a chain found: how many lines are good, and what is wrong."""

    chain: str
    lines: int
    broken: Broken | None
    # Rows that no line of the ledger tells of, in words.
    unsealed: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return self.broken is None and not self.unsealed


def chains() -> list[str]:
    """Every chain there is, that of the market first even while it is empty."""
    found = LedgerLine.objects.order_by("chain").values_list("chain", flat=True)
    others = set(found.distinct()) - {MARKET_CHAIN}
    return [MARKET_CHAIN, *sorted(others)]


def verify(chain: str = MARKET_CHAIN) -> Verified:
    """Compute every hash of a chain anew from the rows it tells of; the first line
    that differs is named, and so are rows that it does not tell of."""
    good, broken, previous = 0, None, GENESIS
    for line in _lines(chain):
        broken = _broken(line, good + 1, previous)
        if broken:
            break
        good, previous = good + 1, line.hash
    return Verified(chain, good, broken, tuple(_unsealed(chain)))


def _lines(chain: str) -> Iterator[LedgerLine]:
    lines = LedgerLine.objects.of_chain(chain).in_full()
    return lines.iterator(chunk_size=_CHUNK)


def _broken(line: LedgerLine, expected: int, previous: str) -> Broken | None:
    if line.place != expected:
        return Broken(expected, f"missing: the next line is number {line.place}")
    try:
        is_same = next_hash(previous, content_of(line.event, line.recommendation))
    except ObjectDoesNotExist:
        return Broken(line.place, "what it tells of is not there")
    except NotCanonicalError:
        return Broken(line.place, "its content is not what was written")
    if is_same != line.hash:
        return Broken(line.place, "its content does not have its hash")
    return None


def _unsealed(chain: str) -> Iterator[str]:
    lines = LedgerLine.objects.of_chain(chain)
    calls = Recommendation.objects.of_chain(chain)
    for event, rows in (
        (_Event.ISSUED, calls),
        (_Event.CLOSED, Closing.objects.filter(recommendation__in=calls)),
        (_Event.SCORED, Outcome.objects.filter(recommendation__in=calls)),
    ):
        told = lines.filter(event=event)
        missing = rows.exclude(pk__in=told.values("recommendation_id")).count()
        if missing:
            yield f"{missing} × {event.label.lower()} without a line"


def exported_lines(
    chain: str = MARKET_CHAIN, after: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """The lines after a place, at most `limit`, with content and hash, for anybody to
    check or count."""
    lines = LedgerLine.objects.of_chain(chain).in_full().filter(place__gt=after)
    return [
        {
            "place": line.place,
            "hash": line.hash,
            "content": content_of(line.event, line.recommendation),
        }
        for line in lines[:limit]
    ]


def as_ndjson(lines: list[dict[str, Any]]) -> bytes:
    """One JSON object a line, keys sorted."""
    return b"".join(canonical(line) + b"\n" for line in lines)
