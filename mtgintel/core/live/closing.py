"""Why the server closes a socket.

Daphne sends no code under 3000 but 1000, hence the private range; the last two digits
are those of the registered codes (1008, 1012, 1013) that mean the same.
"""

from __future__ import annotations

import enum


class Closing(enum.IntEnum):
    LIMITS = 4008
    RESTART = 4012
    TOO_SLOW = 4013
    TOO_MANY = 4029

    @property
    def reason(self) -> str:
        return _REASONS[self]


_REASONS = {
    Closing.LIMITS: "limits ignored: come back in a minute",
    Closing.RESTART: "restarting: come back within 5 seconds, at random",
    Closing.TOO_SLOW: "frames were not read in time: come back",
    Closing.TOO_MANY: "too many sockets: close one first",
}
