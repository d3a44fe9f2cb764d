"""Fixtures for every test, whichever directory it stands in."""

import time
from types import SimpleNamespace

import pytest

from mtgintel.core import cache
from mtgintel.core.api import views


@pytest.fixture(autouse=True)
def _own_cache_generation() -> None:
    """No test sees what another one cached."""
    cache.breaker.reset()
    cache.bump()


@pytest.fixture
def within_one_span(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer grows old between two requests, however late the second one comes."""
    now = time.time()
    monkeypatch.setattr(views, "time", SimpleNamespace(time=lambda: now))
