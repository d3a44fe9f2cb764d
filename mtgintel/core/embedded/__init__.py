"""PostgreSQL and Valkey from wheels, for one machine and one data directory.

The settings import this, so nothing here may import Django, and no function below
starts a server.
"""

from __future__ import annotations

from pathlib import Path

from . import postgres, valkey
from .errors import EmbeddedError
from .paths import DataPaths, read_or_create_secret
from .temporary import TemporaryServers

__all__ = [
    "EmbeddedError",
    "TemporaryServers",
    "database_url",
    "redis_url",
    "secret_key",
]


def database_url(data_dir: Path) -> str:
    """Where the embedded PostgreSQL of a data directory listens."""
    return postgres.url(DataPaths(data_dir))


def redis_url(data_dir: Path) -> str:
    """Where the embedded Valkey of a data directory listens (its database 0)."""
    return valkey.url(DataPaths(data_dir))


def secret_key(data_dir: Path) -> str:
    """Django's secret key of a data directory, made at random the first time.

    Raises EmbeddedError when the directory cannot be written.
    """
    return read_or_create_secret(DataPaths(data_dir).secret_key, data_dir)
