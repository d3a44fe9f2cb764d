"""How often one address may ask."""

from __future__ import annotations

import re
import time
from typing import Any

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from mtgintel.core import cache
from mtgintel.core.live.limits import client_address

_SECONDS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"(\d+)/(sec|min|hour|day)")


class ScopeThrottle(BaseThrottle):
    """Counts requests per address in the view's `throttle_scope`.

    The rates are DEFAULT_THROTTLE_RATES ("240/min"); a scope without one is free, and
    so is everything while Redis is down.
    """

    wait_seconds: float = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        scope = getattr(view, "throttle_scope", "read")
        rate = api_settings.DEFAULT_THROTTLE_RATES.get(scope)
        if rate is None:
            return True
        limit, seconds = _parse(str(rate))
        now = time.time()
        window = int(now // seconds)
        self.wait_seconds = (window + 1) * seconds - now
        name = f"{scope}:{_address(request)}:{window}"
        hits = cache.count_hit(name, seconds)
        return hits is None or hits <= limit

    def wait(self) -> float:
        return self.wait_seconds


def _parse(rate: str) -> tuple[int, int]:
    match = _RATE.fullmatch(rate)
    if match is None:
        message = f"throttle rate {rate!r} is not of the form 240/min"
        raise ValueError(message)
    return int(match[1]), _SECONDS[match[2]]


def _address(request: Request) -> str:
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return client_address(
        {
            "client": (request.META.get("REMOTE_ADDR", ""), 0),
            "headers": [(b"x-forwarded-for", forwarded.encode("latin1", "replace"))],
        }
    )
