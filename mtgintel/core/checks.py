"""System checks of what the settings promise and the servers must keep."""

from __future__ import annotations

from ipaddress import ip_network
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


@register(Tags.security)
def proxies_are_networks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What is no network would be noticed by the first visitor."""
    return [
        Error(
            f"TRUSTED_PROXIES has {name!r}, which is no network: {error}.",
            hint="Networks are written as 10.0.0.0/8 or 192.0.2.7/32, with a comma "
            "between them.",
            id="mtgintel.E003",
        )
        for name in settings.TRUSTED_PROXIES
        if (error := _problem_of_network(name))
    ]


def _problem_of_network(name: str) -> str:
    try:
        ip_network(name)
    except ValueError as error:
        return str(error)
    return ""
