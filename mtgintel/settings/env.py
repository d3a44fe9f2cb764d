"""Everything the environment may say, read in one place and checked once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.FileAwareEnv()

DATA_DIR = (
    Path(env.str("MTGINTEL_DATA_DIR", default=str(BASE_DIR / ".data")))
    .expanduser()
    .resolve()
)
DATABASE_URL: str | None = env.str("DATABASE_URL", default=None)
# A streaming replica of that database, for reads of what is public.
REPLICA_DATABASE_URL: str | None = env.str("REPLICA_DATABASE_URL", default=None)
REDIS_URL: str | None = env.str("REDIS_URL", default=None)
CACHE_REDIS_URL: str | None = env.str("CACHE_REDIS_URL", default=None)


def database_from_url(url: str) -> dict[str, Any]:
    """Django's settings for a database URL; its query string becomes OPTIONS.

    A unix socket is named as libpq does it: `postgresql://user@/name?host=/directory`.
    """
    config: dict[str, Any] = dict(env.db_url_config(url))
    options = dict(config.get("OPTIONS", {}))
    host = options.pop("host", config["HOST"])
    return {**config, "HOST": host, "OPTIONS": options}


def with_database_number(redis_url: str, number: int) -> str:
    """The same Redis server, another numbered database.

    `redis://host:6379/0` -> `redis://host:6379/1`; a `unix://` URL carries the
    number as `?db=`.
    """
    base, _, _ = redis_url.partition("?")
    if base.startswith("unix:"):
        return f"{base}?db={number}"
    scheme, _, rest = base.partition("://")
    host, _, _ = rest.partition("/")
    return f"{scheme}://{host}/{number}"


def as_broker_url(redis_url: str) -> str:
    """A Redis URL in the spelling Celery's transport understands."""
    base, _, query = redis_url.partition("?")
    if not base.startswith("unix:"):
        return redis_url
    number = query.removeprefix("db=") or "0"
    return f"redis+socket://{base.removeprefix('unix://')}?virtual_host={number}"
