"""The track record: how good all advice was that has been scored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from django.db.models import Count, Min, Q

from apps.recommendations.maths.record import (
    PRICE_BANDS,
    Bin,
    Figures,
    Outcomes,
    calibration,
    figures,
    grouped,
    is_trade,
)
from apps.recommendations.maths.scoring import BUY, HOLD, HORIZONS, SELL
from apps.recommendations.models import AdviceRule, LedgerLine, Recommendation
from mtgintel.core import cache
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

# Whether the advice was published on its day, or worked out afterwards.
BASES: dict[str, bool | None] = {"all": None, "live": False, "replay": True}
KINDS = {BUY: "BUY", SELL: "SELL", HOLD: "HOLD"}
_COLUMNS = {
    "kind": int,
    "horizon": int,
    "version": int,
    "day": int,
    "price": int,
    "confidence": float,
    "result": int,
    "gross": float,
    "net": float,
    "excess": float,
    "peak": float,
    "drawdown": float,
}


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one group, and what the group is."""

    key: str
    label: str
    figures: Figures
    is_experimental: bool = False
    is_hold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """How good the advice in one currency was.

    `trades` are all BUY and SELL together, `holds` the others; the tables split the
    trades. `standing` and `waiting` are not in it yet: those that stand, and those
    whose horizon is over without an outcome. `first` is the first day of advice.
    """

    currency: str
    basis: str
    first: date | None
    issued: int
    replayed: int
    standing: int
    waiting: int
    trades: Figures
    holds: Figures
    by_kind: list[Row]
    by_band: list[Row]
    by_rule: list[Row]
    calibration: list[Bin]
    lines: int
    seal: str


def track_record(currency: str = "USD", basis: str = "all") -> TrackRecord:
    """Of everything that has been scored in a currency."""
    return cache.get_or_compute(
        f"recommendations.record:{currency}:{basis}",
        lambda: _track_record(currency, basis),
        timeout=3600,
    )


def scored_outcomes(currency: str, basis: str = "all") -> Outcomes:
    """As columns of numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("recommendations", "outcomes"),
            {"currency": currency, "is_replay": BASES[basis]},
        )
        rows = np.array(cursor.fetchall(), float).reshape(-1, len(_COLUMNS)).T
    return Outcomes(
        **{
            name: values.astype(kind)
            for (name, kind), values in zip(_COLUMNS.items(), rows, strict=True)
        }
    )


def _track_record(currency: str, basis: str) -> TrackRecord:
    every = scored_outcomes(currency, basis)
    trades = every.where(is_trade(every))
    counts = _counts(currency, basis)
    last = LedgerLine.objects.of_chain("market").last()
    return TrackRecord(
        currency=currency,
        basis=basis,
        trades=figures(trades),
        holds=figures(every.where(~is_trade(every))),
        by_kind=_by_kind(every, currency),
        by_band=_by_band(trades),
        by_rule=_by_rule(trades),
        calibration=calibration(every),
        lines=last.place if last else 0,
        seal=last.hash if last else "",
        **counts,
    )


def _counts(currency: str, basis: str) -> dict[str, Any]:
    calls = Recommendation.objects.of_market().filter(currency=currency)
    if BASES[basis] is not None:
        calls = calls.filter(is_replay=BASES[basis])
    return calls.aggregate(
        first=Min("issued_on"),
        issued=Count("pk"),
        replayed=Count("pk", filter=Q(is_replay=True)),
        standing=Count("pk", filter=Q(is_active=True)),
        waiting=Count("pk", filter=Q(is_active=False, outcome=None)),
    )


def _by_kind(every: Outcomes, currency: str) -> list[Row]:
    """Kind by horizon, in the order people read them."""
    rule = AdviceRule.objects.order_by("-created_at").first()
    proven = {tuple(one) for one in rule.proven} if rule else set()
    rows = []
    for kind, name in KINDS.items():
        for horizon in HORIZONS:
            chosen = (every.kind == kind) & (every.horizon == horizon)
            if not np.any(chosen):
                continue
            rows.append(
                Row(
                    f"{name}-{horizon}",
                    f"{name.capitalize()}, {horizon} days",
                    figures(every.where(chosen)),
                    kind != HOLD and (currency, name, horizon) not in proven,
                    kind == HOLD,
                )
            )
    return rows


def _by_band(trades: Outcomes) -> list[Row]:
    labels = [
        f"{low} to {high}" if high else f"from {low}"
        for low, high in zip(PRICE_BANDS, (*PRICE_BANDS[1:], None), strict=True)
    ]
    labels[0] = f"under {PRICE_BANDS[1]}"
    return [
        Row(str(PRICE_BANDS[one.key]), labels[one.key], one.figures)
        for one in grouped(trades, trades.band)
    ]


def _by_rule(trades: Outcomes) -> list[Row]:
    rules = AdviceRule.objects.in_bulk()
    return [
        Row(rules[one.key].key, str(rules[one.key]), one.figures)
        for one in grouped(trades, trades.version)
    ]


def percent_of(ratio: float | None) -> Decimal | None:
    """0.12345 -> 12.35, as percents are shown everywhere."""
    return None if ratio is None else Decimal(f"{100 * ratio:.2f}") + 0
