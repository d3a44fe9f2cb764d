"""How often one address may ask."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from mtgintel.core import cache
from mtgintel.core.security.proxies import address_of

_SECONDS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"(\d+)/(sec|min|hour|day)")


@dataclass(frozen=True, slots=True)
class Window:
    """What is left of a rate: `hits` of `limit` were used, in `seconds` it is whole."""

    limit: int
    hits: int
    seconds: float

    @property
    def is_over(self) -> bool:
        return self.hits > self.limit

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.limit - self.hits, 0)),
            "RateLimit-Reset": str(math.ceil(self.seconds)),
        }


class ScopeThrottle(BaseThrottle):
    """Counts requests per address in the view's `throttle_scope`, and says in headers
    what is left.

    The rates are DEFAULT_THROTTLE_RATES ("240/min"); a scope without one is free, and
    so is everything while Redis is down.
    """

    wait_seconds: float = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        window = asked(getattr(view, "throttle_scope", "read"), request)
        if window is None:
            return True
        view.headers.update(window.headers)
        self.wait_seconds = window.seconds
        return not window.is_over

    def wait(self) -> float:
        return self.wait_seconds


def asked(scope: str, request: HttpRequest | Request) -> Window | None:
    """Count a request in a scope; None where it is free, and while Redis is down."""
    rate = api_settings.DEFAULT_THROTTLE_RATES.get(scope)
    return counted(f"{scope}:{address_of(request)}", str(rate)) if rate else None


def counted(name: str, rate: str) -> Window | None:
    """Count one request under `name`; None while Redis is down, and nothing counts.

    A minute is one of the clock's.
    """
    limit, seconds = _parse(rate)
    now = time.time()
    window = int(now // seconds)
    hits = cache.count_hit(f"{name}:{window}", seconds)
    if hits is None:
        return None
    return Window(limit, hits, (window + 1) * seconds - now)


def seconds_to_wait(name: str, rate: str) -> float:
    """Count one request under `name`; until when it is too many for `rate`, or 0."""
    window = counted(name, rate)
    return window.seconds if window and window.is_over else 0


def _parse(rate: str) -> tuple[int, int]:
    match = _RATE.fullmatch(rate)
    if match is None:
        message = f"throttle rate {rate!r} is not of the form 240/min"
        raise ValueError(message)
    return int(match[1]), _SECONDS[match[2]]
