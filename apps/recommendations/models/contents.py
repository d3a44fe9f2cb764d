"""What a line of the ledger says: the sealed facts, in one spelling."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from mtgintel.core.money import money_text

from .calls import Closing, Outcome, Recommendation
from .ledger import LedgerLine

_Event = LedgerLine.Event


def content_of(event: str, call: Recommendation) -> dict[str, Any]:
    """The content of an event in the life of a recommendation.

    Raises Closing.DoesNotExist or Outcome.DoesNotExist where it did not happen.
    """
    if event == _Event.ISSUED:
        return _issued(call)
    if event == _Event.CLOSED:
        return _closed(call, call.closing)
    return _scored(call, call.outcome)


def _issued(call: Recommendation) -> dict[str, Any]:
    return {
        "event": _Event.ISSUED.value,
        "recommendation": call.name_in_ledger,
        "tier": call.tier,
        "marketplace": call.marketplace.slug,
        "kind": call.kind,
        "rule": call.rule.key,
        "due_on": call.due_on.isoformat(),
        "issued_at": _moment(call.issued_at),
        "is_replay": call.is_replay,
        "is_experimental": call.is_experimental,
        "price": money_text(call.price),
        "target": money_text(call.target),
        "expected_net_percent": str(call.expected_net_percent),
        "confidence": str(call.confidence),
        "capacity": call.capacity,
        "reasons": call.reasons,
    }


def _closed(call: Recommendation, closing: Closing) -> dict[str, Any]:
    heir = closing.replaced_by
    return {
        "event": _Event.CLOSED.value,
        "recommendation": call.name_in_ledger,
        "closed_on": closing.closed_on.isoformat(),
        "cause": closing.cause,
        "replaced_by": heir.name_in_ledger if heir else None,
    }


def _scored(call: Recommendation, outcome: Outcome) -> dict[str, Any]:
    on = outcome.observed_on
    return {
        "event": _Event.SCORED.value,
        "recommendation": call.name_in_ledger,
        "result": outcome.result,
        "scored_at": _moment(outcome.scored_at),
        "observed_on": on.isoformat() if on else None,
        "price": money_text(outcome.price),
        "gross_percent": _text(outcome.gross_percent),
        "net_percent": _text(outcome.net_percent),
        "peak_percent": _text(outcome.peak_percent),
        "drawdown_percent": _text(outcome.drawdown_percent),
        "index_percent": _text(outcome.index_percent),
        "excess_percent": _text(outcome.excess_percent),
        "note": outcome.note,
    }


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else str(figure)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
