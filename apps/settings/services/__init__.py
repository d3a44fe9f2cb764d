"""Writes: preferences, tokens, the end of an account."""

from .accounts import AccountOnRecordError, delete_account, end_session
from .preferences import checked, save_preferences
from .tokens import NewToken, create_token, revoke_token, user_of_token
from .upkeep import forget_expired

__all__ = [
    "AccountOnRecordError",
    "NewToken",
    "checked",
    "create_token",
    "delete_account",
    "end_session",
    "forget_expired",
    "revoke_token",
    "save_preferences",
    "user_of_token",
]
