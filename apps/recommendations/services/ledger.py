"""Writing the ledger: lines are only ever added, each sealed by all before it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from apps.recommendations.maths.chain import GENESIS, next_hash
from apps.recommendations.models import LedgerLine, Recommendation, content_of

_BATCH = 5_000


def append_lines(
    *, chain: str, events: Iterable[tuple[str, Recommendation]]
) -> list[LedgerLine]:
    """Add what happened, in that order; inside the transaction that made it happen.

    One writer at a time: the lock on a chain is held until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('recommendations'), hashtext(%s))",
            [chain],
        )
    last = LedgerLine.objects.of_chain(chain).last()
    place, previous = (last.place, last.hash) if last else (0, GENESIS)
    lines = []
    for event, call in events:
        place, previous = place + 1, next_hash(previous, content_of(event, call))
        lines.append(
            LedgerLine(
                chain=chain,
                place=place,
                event=event,
                recommendation=call,
                hash=previous,
            )
        )
    return LedgerLine.objects.bulk_create(lines, batch_size=_BATCH)
