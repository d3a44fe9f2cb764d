"""Scoring every recommendation whose horizon is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from apps.cards.models import Card
from apps.market.selectors import index_levels
from apps.prices.ingest.identity import merged_ids
from apps.recommendations.costs import default_costs
from apps.recommendations.maths.look import variant_numbers
from apps.recommendations.maths.record import HIT, MISS
from apps.recommendations.maths.replay import (
    Calls,
    Levels,
    Scores,
    day_number,
    levels_of,
    score,
)
from apps.recommendations.maths.scoring import BUY, HOLD, SELL
from apps.recommendations.models import (
    Kind,
    LedgerLine,
    Outcome,
    Recommendation,
    chain_of,
)
from apps.signals.selectors import load_observations
from mtgintel.core.constants import Currency, Finish
from mtgintel.core.money import from_thousandths, to_thousandths

from .issue import percent, tell
from .ledger import append_lines

# Prices of a day may come late, with a feed's weekly history; advice without any is
# asked for this long before it counts as one without data.
PATIENCE = timedelta(days=7)
NO_PRICE = "No price of the series near the horizon."
BROKEN = "The stream changed what it measures meanwhile."

_BATCH = 5_000
_KINDS = {Kind.BUY: BUY, Kind.HOLD: HOLD, Kind.SELL: SELL}
_RESULTS = {HIT: Outcome.Result.HIT, MISS: Outcome.Result.MISS}
_FINISHES = list(Finish.values)
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Scored:
    """How many recommendations got their outcome, and how many of them no data."""

    scored: int
    no_data: int


def score_due(*, at: date) -> Scored:
    """Score all recommendations whose horizon was over before the day `at`, those
    that were superseded as well, each in the series it was issued for.

    One without a price there waits for late feeds for PATIENCE, then its outcome is
    that there is no data.
    """
    with transaction.atomic():
        outcomes = _score_due(at)
        if outcomes:
            transaction.on_commit(tell)
    no_data = sum(one.result == Outcome.Result.NO_DATA for one in outcomes)
    return Scored(len(outcomes), no_data)


def _score_due(at: date) -> list[Outcome]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('score'))")
    scoring = _Scoring(at, timezone.now())
    for currency in Currency.values:
        due = Recommendation.objects.due(at).filter(currency=currency)
        calls = list(due.defer("reasons").order_by("due_on", "id"))
        if calls:
            scoring.add(calls, currency)
    scoring.outcomes.sort(key=lambda one: (one.recommendation.due_on, one.pk))
    Outcome.objects.bulk_create(scoring.outcomes, batch_size=_BATCH)
    by_chain: dict[str, list[tuple[str, Recommendation]]] = {}
    for one in scoring.outcomes:
        call = one.recommendation
        lines = by_chain.setdefault(chain_of(call.user_id), [])
        lines.append((LedgerLine.Event.SCORED.value, call))
    for chain, lines in by_chain.items():
        append_lines(chain=chain, events=lines)
    return scoring.outcomes


@dataclass(slots=True)
class _Scoring:
    """Outcomes as of the day `at`, collected before they are written."""

    at: date
    now: datetime
    outcomes: list[Outcome] = field(default_factory=list)

    def add(self, calls: list[Recommendation], currency: str) -> None:
        """Score calls of one currency."""
        first = min(call.issued_on for call in calls)
        last = max(call.due_on for call in calls)
        levels = _levels(currency, first, last)
        costs = default_costs(currency)
        waiting = _by_card(calls)
        for observations in load_observations(
            first, last, [currency], 0, list(waiting)
        ):
            seen = np.unique(observations.card_ids).tolist()
            chosen = {card_id: waiting.pop(card_id) for card_id in seen}
            scores = score(_columns(chosen), observations, costs, levels)
            self._take([call for some in chosen.values() for call in some], scores)
        for calls_of_card in waiting.values():
            for call in calls_of_card:
                self._give_up(call, NO_PRICE)

    def _take(self, calls: list[Recommendation], scores: Scores) -> None:
        for i, call in enumerate(calls):
            if scores.result[i] in _RESULTS:
                self.outcomes.append(_outcome(call, scores, i, self.now))
            elif scores.is_broken[i]:
                self._without_data(call, BROKEN)
            else:
                self._give_up(call, NO_PRICE)

    def _give_up(self, call: Recommendation, why: str) -> None:
        """Unless prices may still come."""
        if self.at - call.due_on > PATIENCE:
            self._without_data(call, why)

    def _without_data(self, call: Recommendation, why: str) -> None:
        result = Outcome.Result.NO_DATA
        self.outcomes.append(
            Outcome(recommendation=call, result=result, scored_at=self.now, note=why)
        )


def _levels(currency: str, first: date, last: date) -> Levels:
    """Of the index of the whole market."""
    points = index_levels(start=first - PATIENCE, end=last, currency=currency)
    return levels_of({day_number(one.day): float(one.level) for one in points})


def _by_card(calls: list[Recommendation]) -> dict[int, list[Recommendation]]:
    """By the card whose prices tell: that which theirs was merged into, if it was."""
    merged = merged_ids()
    moved = {str(call.scryfall_id): merged.get(str(call.scryfall_id)) for call in calls}
    heirs = Card.objects.filter(scryfall_id__in=[new for new in moved.values() if new])
    cards = {str(uuid): pk for pk, uuid in heirs.values_list("pk", "scryfall_id")}
    found: dict[int, list[Recommendation]] = {}
    for call in calls:
        heir = moved[str(call.scryfall_id)]
        card_id = cards.get(heir, call.card_id) if heir else call.card_id
        found.setdefault(card_id, []).append(call)
    return found


def _columns(by_card: dict[int, list[Recommendation]]) -> Calls:
    rows = [(card_id, call) for card_id, calls in by_card.items() for call in calls]
    calls = [call for _, call in rows]
    return Calls(
        variant=variant_numbers(
            np.array([card_id for card_id, _ in rows]),
            np.array([_FINISHES.index(call.finish) for call in calls]),
        ),
        marketplace=np.array([call.marketplace_id for call in calls]),
        kind=np.array([_KINDS[Kind(call.kind)] for call in calls]),
        horizon=np.array([call.horizon_days for call in calls]),
        day=np.array([day_number(call.issued_on) for call in calls]),
        price=np.array([to_thousandths(call.price) for call in calls]),
        confidence=np.array([float(call.confidence) for call in calls]),
    )


def _outcome(
    call: Recommendation, scores: Scores, i: int, scored_at: datetime
) -> Outcome:
    index, excess = scores.index[i], scores.excess[i]
    return Outcome(
        recommendation=call,
        result=_RESULTS[int(scores.result[i])],
        scored_at=scored_at,
        observed_on=_EPOCH + timedelta(days=int(scores.observed[i])),
        price=from_thousandths(int(scores.then[i])),
        gross_percent=percent(scores.gross[i]),
        net_percent=percent(scores.net[i]),
        peak_percent=percent(scores.peak[i]),
        drawdown_percent=percent(scores.drawdown[i]),
        index_percent=None if np.isnan(index) else percent(index),
        excess_percent=None if np.isnan(excess) else percent(excess),
    )
