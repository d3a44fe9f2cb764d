"""What a user decides, and the keys their scripts come in with."""

from .preferences import LARGEST_MULTIPLIER, MULTIPLIERS, CostBasis, UserPreferences
from .tokens import ApiToken

__all__ = [
    "LARGEST_MULTIPLIER",
    "MULTIPLIERS",
    "ApiToken",
    "CostBasis",
    "UserPreferences",
]
