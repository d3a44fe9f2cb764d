"""Reads: preferences, tokens, everything that belongs to somebody."""

from .owned import owned_rows
from .preferences import (
    DEFAULTS,
    Preferences,
    asked_of,
    preferences_for,
    preferences_of,
)
from .tokens import digest_of, token_named, tokens_of

__all__ = [
    "DEFAULTS",
    "Preferences",
    "asked_of",
    "digest_of",
    "owned_rows",
    "preferences_for",
    "preferences_of",
    "token_named",
    "tokens_of",
]
