"""Writes: preferences, tokens, the end of an account."""

from .accounts import AccountOnRecordError, delete_account, end_session
from .preferences import checked, save_preferences
from .tokens import NewToken, create_token, note_use, revoke_token

__all__ = [
    "AccountOnRecordError",
    "NewToken",
    "checked",
    "create_token",
    "delete_account",
    "end_session",
    "note_use",
    "revoke_token",
    "save_preferences",
]
