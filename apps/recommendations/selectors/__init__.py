"""Reads of recommendations, their record and their ledger."""

from .backtest import backtest
from .ledger import Verified, as_ndjson, chains, exported_lines, verify
from .listing import (
    ORDERINGS,
    PROVEN,
    STATES,
    CardRecord,
    RecommendationsQuery,
    find_recommendations,
    first_advice,
    get_recommendation,
    newest_advice,
    newest_call_id,
    own_recommendations,
    past_calls,
    recommendations_of_card,
    record_of_card,
    standing_advice,
)
from .record import BASES, TrackRecord, percent_of, scored_outcomes, track_record
from .series import closes_around, midnight
from .topics import recommendations_topic_snapshot

__all__ = [
    "BASES",
    "ORDERINGS",
    "PROVEN",
    "STATES",
    "CardRecord",
    "RecommendationsQuery",
    "TrackRecord",
    "Verified",
    "as_ndjson",
    "backtest",
    "chains",
    "closes_around",
    "exported_lines",
    "find_recommendations",
    "first_advice",
    "get_recommendation",
    "midnight",
    "newest_advice",
    "newest_call_id",
    "own_recommendations",
    "past_calls",
    "percent_of",
    "recommendations_of_card",
    "recommendations_topic_snapshot",
    "record_of_card",
    "scored_outcomes",
    "standing_advice",
    "track_record",
    "verify",
]
