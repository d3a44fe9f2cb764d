"""What a database is, as far as a backup must fit it."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def server_major() -> int:
    """15, 16, 17 …"""
    connection.ensure_connection()
    return int(connection.pg_version) // 10000  # type: ignore[attr-defined]


def timescaledb(*, or_on_offer: bool = False) -> str | None:
    """The version of TimescaleDB that is enabled in this database; with `or_on_offer`
    the one that would be if it is not. None without it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT installed_version, default_version "
            "FROM pg_available_extensions WHERE name = 'timescaledb'"
        )
        enabled, offered = cursor.fetchone() or (None, None)
    return enabled or (offered if or_on_offer else None)


def tables() -> list[str]:
    """Names of the tables and views that are here."""
    return connection.introspection.table_names(include_views=True)


def applied_migrations() -> list[str]:
    """The schema's version: "cards.0001_initial" …, sorted."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def unknown_migrations(applied: list[str]) -> list[str]:
    """Those of `applied` that apps of ours should have and this code has not."""
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    return [
        name
        for name in applied
        if name not in known and name.partition(".")[0] in loader.migrated_apps
    ]


def missing_migrations(applied: list[str]) -> list[str]:
    """Those that this code has and `applied` lacks, sorted."""
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.graph.nodes}
    return sorted(known - set(applied))
