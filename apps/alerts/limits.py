"""How often one person may have us knock at other people's doors."""

from __future__ import annotations

from typing import Any

from mtgintel.core.api.throttling import seconds_to_wait

TESTS = "20/hour"


def may_test(user: Any) -> bool:
    """Counts one test. A test sends letters and posts to webhooks at once."""
    return not seconds_to_wait(f"alert-tests:{user.pk}", TESTS)
