"""Which of the two engines a connection talks to."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper


def _has_row(connection: BaseDatabaseWrapper, query: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone() is not None


def is_timescale_available(connection: BaseDatabaseWrapper) -> bool:
    """Whether the server could enable TimescaleDB."""
    return _has_row(
        connection, "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
    )


def has_timescale(connection: BaseDatabaseWrapper) -> bool:
    """Whether TimescaleDB is enabled in this database."""
    return _has_row(
        connection, "SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'"
    )
