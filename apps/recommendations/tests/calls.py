"""Advice as it would have been given, straight into its tables and its ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from apps.cards.models import Card
from apps.prices.models import Marketplace
from apps.recommendations.maths.versions import CURRENT
from apps.recommendations.models import (
    MARKET_CHAIN,
    Closing,
    Outcome,
    Recommendation,
    chain_of,
)
from apps.recommendations.services import append_lines, rule_row

DAY = date(2026, 3, 10)
REASONS = [
    {
        "code": "SIGNAL",
        "signal": "TREND",
        "version": 1,
        "direction": -1,
        "strength": "0.8",
        "confidence": "0.9",
        "observations": 30,
        "move": "-0.05",
        "values": {"slope": "-0.004", "t": "-9.5"},
    },
    {"code": "EXPECTED", "move": "-0.05", "volatility": "0.02"},
    {"code": "BREAK_EVEN", "buy": "0.24", "sell": "-0.21"},
    {"code": "PAYS"},
]


def make_call(card: Card, kind: str = "SELL", **fields: Any) -> Recommendation:
    """One that stands: in dollars, for a month, of DAY."""
    stream = Marketplace.objects.get(slug=fields.pop("marketplace", "tcgplayer"))
    horizon = fields.setdefault("horizon_days", 30)
    issued_on = fields.setdefault("issued_on", DAY)
    call = Recommendation.objects.create(
        **{
            "card": card,
            "scryfall_id": card.scryfall_id,
            "finish": "NONFOIL",
            "currency": stream.currency,
            "marketplace": stream,
            "kind": kind,
            "due_on": issued_on + timedelta(days=horizon),
            "issued_at": datetime.combine(issued_on, time(14), UTC),
            "is_replay": False,
            "is_experimental": kind == "BUY",
            "price": Decimal("10.00"),
            "target": Decimal("9.50"),
            "expected_net_percent": Decimal("4.36"),
            "confidence": Decimal("0.650"),
            "capacity": 12,
            "reasons": REASONS,
            "rule": rule_row(rule=CURRENT),
        }
        | fields
    )
    append_lines(chain=chain_of(call.user_id), events=[("ISSUED", call)])
    return call


def close(call: Recommendation, cause: str = "ENDED") -> None:
    Recommendation.objects.filter(pk=call.pk).update(is_active=False)
    Closing.objects.create(recommendation=call, closed_on=call.due_on, cause=cause)
    append_lines(chain=MARKET_CHAIN, events=[("CLOSED", call)])


def score(call: Recommendation, result: str = "HIT", **fields: Any) -> Outcome:
    """Closed, and scored by a price of 9.00 unless told otherwise."""
    close(call)
    figures = {
        "observed_on": call.due_on,
        "price": Decimal("9.00"),
        "gross_percent": Decimal("-10.00"),
        "net_percent": Decimal("8.72"),
        "peak_percent": Decimal("1.00"),
        "drawdown_percent": Decimal("-11.00"),
        "index_percent": Decimal("-2.00"),
        "excess_percent": Decimal("8.00"),
    }
    outcome = Outcome.objects.create(
        recommendation=call,
        result=result,
        scored_at=timezone.now(),
        **({"note": "No price."} if result == "NO_DATA" else figures | fields),
    )
    append_lines(chain=MARKET_CHAIN, events=[("SCORED", call)])
    return outcome
