"""Files of collections, read: which site's they are, and what each row says.

    source = open_text(text, filename="export.csv")
    for row in source.rows(): ...          # Entry or BadRow

Pure: no database, no Django but the vocabulary of mtgintel.core.constants.
"""

from __future__ import annotations

from .base import FIELDS, NO_CURRENCY, BadRow, Entry, Format, Reading, escaped
from .files import (
    EXPORTS,
    FORMATS,
    GENERIC,
    Options,
    Source,
    UnknownFormatError,
    open_text,
)
from .holding import Holding
from .text import MAX_BYTES, MAX_ROWS, UnreadableFileError, decode, plain

__all__ = [
    "EXPORTS",
    "FIELDS",
    "FORMATS",
    "GENERIC",
    "MAX_BYTES",
    "MAX_ROWS",
    "NO_CURRENCY",
    "BadRow",
    "Entry",
    "Format",
    "Holding",
    "Options",
    "Reading",
    "Source",
    "UnknownFormatError",
    "UnreadableFileError",
    "decode",
    "escaped",
    "open_text",
    "plain",
]
