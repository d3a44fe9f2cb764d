"""Fixtures for every test, whichever directory it stands in."""

import pytest

from mtgintel.core import cache


@pytest.fixture(autouse=True)
def _own_cache_generation() -> None:
    """No test sees what another one cached."""
    cache.breaker.reset()
    cache.bump()
