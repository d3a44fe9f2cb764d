"""System checks of what the settings promise and the servers must keep."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection
from django.db.utils import OperationalError

from .timescale.engine import is_timescale_available


@register(Tags.database)
def timescale_where_required(
    app_configs: Any, databases: Any, **kwargs: Any
) -> list[CheckMessage]:
    """In production a missing extension is an error, not a slower site.

    Runs with `check --database default`, `migrate`, and at the start of the
    containers; REQUIRE_TIMESCALEDB=false accepts a managed PostgreSQL without it.
    """
    if not databases or not getattr(settings, "REQUIRE_TIMESCALEDB", False):
        return []
    try:
        available = is_timescale_available(connection)
    except OperationalError as error:
        return [Error(f"The database does not answer: {error}", id="mtgintel.E002")]
    if available:
        return []
    return [
        Error(
            "The database server has no TimescaleDB.",
            hint="Use the image of docker-compose.yml, install the extension, or set "
            "REQUIRE_TIMESCALEDB=false to run on plain PostgreSQL.",
            id="mtgintel.E001",
        )
    ]
