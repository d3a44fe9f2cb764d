"""What the settings make of the URLs of servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtgintel.core import embedded
from mtgintel.settings.env import (
    as_broker_url,
    database_from_url,
    with_database_number,
)

DATA_DIR = Path("/srv/the market")


def test_the_embedded_database_is_reached_by_its_directory() -> None:
    config = database_from_url(embedded.database_url(DATA_DIR))

    assert config["HOST"] == "/srv/the market/postgres/socket"
    assert (config["NAME"], config["USER"]) == ("mtgintel", "mtgintel")
    assert (config["PASSWORD"], config["PORT"], config["OPTIONS"]) == ("", "", {})


def test_what_a_database_url_asks_for_is_kept() -> None:
    config = database_from_url(
        "postgresql://ann:se%23cret@db.example:5433/market?sslmode=require"
    )

    assert config["HOST"] == "db.example"
    assert config["PORT"] == 5433
    assert config["PASSWORD"] == "se#cret"
    assert config["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("redis://h:6379/0", "redis://h:6379/1"),
        ("redis://h:6379", "redis://h:6379/1"),
        ("rediss://u:p@h:1/5", "rediss://u:p@h:1/1"),
        ("unix:///d/valkey.sock?db=0", "unix:///d/valkey.sock?db=1"),
    ],
)
def test_another_database_of_the_same_redis(url: str, other: str) -> None:
    assert with_database_number(url, 1) == other


@pytest.mark.parametrize(
    ("url", "broker_url"),
    [
        ("redis://h:6379/0", "redis://h:6379/0"),
        (
            embedded.redis_url(DATA_DIR),
            "redis+socket:///srv/the%20market/valkey/socket/valkey.sock?virtual_host=0",
        ),
    ],
)
def test_celery_spells_sockets_in_its_own_way(url: str, broker_url: str) -> None:
    assert as_broker_url(url) == broker_url
