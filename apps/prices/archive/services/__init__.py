"""Writing the archive, reading it back, and dropping what it has."""

from .export import Exported, archive_prices
from .restore import Restored, restore_archive
from .retention import retire_prices

__all__ = [
    "Exported",
    "Restored",
    "archive_prices",
    "restore_archive",
    "retire_prices",
]
