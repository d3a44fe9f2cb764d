"""A whole copy of the database in a directory, and the way back.

A backup is a directory that pg_dump's file and a manifest stand in. It gets its name
when both are on the disk: what has no manifest, or another checksum, is no backup.
"""

from .errors import BackupError
from .loading import Restored, restore
from .making import LEFT_OUT, back_up

__all__ = ["LEFT_OUT", "BackupError", "Restored", "back_up", "restore"]
