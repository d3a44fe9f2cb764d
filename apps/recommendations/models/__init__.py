"""Recommendations, their outcomes, and the ledger of both."""

from .calls import AdviceRule, Closing, Kind, Outcome, Recommendation, Tier
from .contents import content_of
from .ledger import MARKET_CHAIN, LedgerLine, chain_of

__all__ = [
    "MARKET_CHAIN",
    "AdviceRule",
    "Closing",
    "Kind",
    "LedgerLine",
    "Outcome",
    "Recommendation",
    "Tier",
    "chain_of",
    "content_of",
]
