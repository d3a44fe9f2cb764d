"""What share of a feed's rows we could say the card of."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from apps.prices.ingest.quotes import UNRESOLVED
from apps.prices.models import IngestRun

_DIGITS = Decimal("0.0001")
_READ = {IngestRun.Status.SUCCEEDED, IngestRun.Status.REFUSED}
# Readings whose rows are not prices of cards.
_OF_SOMETHING_ELSE = {"scryfall-cards", "ecb"}


def coverage_of(run: IngestRun) -> Decimal | None:
    """The share (0 to 1, four digits, rounded down) of the rows whose card is known.

    None for a reading that saw no rows, did not come to the end of its file, or was
    not of prices.
    """
    if run.status not in _READ or not run.rows_seen or run.source in _OF_SOMETHING_ELSE:
        return None
    unresolved = sum(run.rejects.get(reason, 0) for reason in UNRESOLVED)
    share = 1 - Decimal(unresolved) / run.rows_seen
    return share.quantize(_DIGITS, ROUND_DOWN)
