"""Every write of recommendations."""

from .catch_up import catch_up_recommendations
from .draft import Advised
from .issue import (
    OutOfOrderError,
    RuleChangedError,
    recommend,
    rule_row,
)
from .ledger import append_lines
from .owners import recommend_for_owner, recommend_for_owners
from .score import Scored, score_due

__all__ = [
    "Advised",
    "OutOfOrderError",
    "RuleChangedError",
    "Scored",
    "append_lines",
    "catch_up_recommendations",
    "recommend",
    "recommend_for_owner",
    "recommend_for_owners",
    "rule_row",
    "score_due",
]
