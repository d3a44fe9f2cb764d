"""How often one address may ask."""

from __future__ import annotations

import re
import time
from typing import Any

from django.http import HttpRequest
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
        self.wait_seconds = seconds_to_wait(f"{scope}:{address_of(request)}", str(rate))
        return not self.wait_seconds

    def wait(self) -> float:
        return self.wait_seconds


def seconds_to_wait(name: str, rate: str) -> float:
    """Count one request under `name`; until when it is too many for `rate`, or 0.

    A minute is one of the clock's. While Redis is down nothing is counted.
    """
    limit, seconds = _parse(rate)
    now = time.time()
    window = int(now // seconds)
    hits = cache.count_hit(f"{name}:{window}", seconds)
    return 0 if hits is None or hits <= limit else (window + 1) * seconds - now


def address_of(request: Request | HttpRequest) -> str:
    """Where a request comes from, as far as our own proxies say."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return client_address(
        {
            "client": (request.META.get("REMOTE_ADDR", ""), 0),
            "headers": [(b"x-forwarded-for", forwarded.encode("latin1", "replace"))],
        }
    )


def _parse(rate: str) -> tuple[int, int]:
    match = _RATE.fullmatch(rate)
    if match is None:
        message = f"throttle rate {rate!r} is not of the form 240/min"
        raise ValueError(message)
    return int(match[1]), _SECONDS[match[2]]
