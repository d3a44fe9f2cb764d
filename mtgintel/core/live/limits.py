"""What one client may do, so that it costs nobody else anything."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Limits:
    """Per socket unless named otherwise; `settings.LIVE_LIMITS` changes any of them."""

    message_bytes: int = 8192
    messages_per_second: float = 10
    # Above the number of subscriptions: a page subscribes to all it shows at once.
    message_burst: int = 100
    subscriptions: int = 50
    # Refused messages before the socket is closed; one is forgiven every ten seconds.
    refusals: int = 10
    # Counted in each process by itself.
    sockets_per_user: int = 20
    sockets_per_address: int = 100
    # How long a frame may take to leave before its reader counts as gone.
    send_seconds: float = 10
    # Updates of one topic; the newest wins.
    updates_per_second: float = 4


def limits() -> Limits:
    changed: dict[str, Any] = settings.LIVE_LIMITS
    return Limits(**changed)


class TokenBucket:
    """Lets `burst` through at once and `rate` per second in the long run."""

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = burst
        self._counted_at = clock()

    def take(self) -> bool:
        """Whether one more may pass."""
        now = self._clock()
        earned = (now - self._counted_at) * self._rate
        self._tokens = min(self._burst, self._tokens + earned)
        self._counted_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Seats:
    """How many sockets each user, or each address of people not signed in, has open."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def take(self, holder: str, limit: int) -> bool:
        if self._taken[holder] >= limit:
            return False
        self._taken[holder] += 1
        return True

    def give_back(self, holder: str) -> None:
        self._taken[holder] -= 1
        if not self._taken[holder]:
            del self._taken[holder]
