"""Open sockets that come back as the site's own pages do (static/js/live.js)."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

# As in live.js and docs/websocket.md; seconds.
RESTART_CODES = (1012, 4012)
RESTART_DELAYS = (0.0, 5.0)
SHORTEST_WINDOW = 1.0
LONGEST_WINDOW = 30.0
PART_OF_ABSENCE = 1 / 4


@dataclass
class Watcher:
    """One open page's socket."""

    url: str
    channel: str
    address: str
    heard_at: list[float] = field(default_factory=list, repr=False)
    codes: list[int] = field(default_factory=list)

    async def watch(self) -> None:
        away_since = None
        while True:
            code = None
            try:
                async with connect(
                    self.url, local_addr=(self.address, 0), proxy=None, open_timeout=10
                ) as socket:
                    away_since = None
                    code = await self._follow(socket)
            except (OSError, InvalidHandshake, ConnectionClosed):
                pass
            away_since = away_since or time.time()
            await asyncio.sleep(delay(code, time.time() - away_since))

    async def _follow(self, socket: ClientConnection) -> int:
        await socket.send(json.dumps({"action": "subscribe", "channel": self.channel}))
        try:
            async for text in socket:
                message = json.loads(text)
                if message["type"] not in ("subscribed", "error"):
                    self.heard_at.append(time.time())
        finally:
            code = socket.close_code or 1006
            self.codes.append(code)
        return code

    def heard_since(self, moment: float) -> bool:
        """Whether updates come regularly again."""
        return sum(at > moment for at in self.heard_at[-5:]) == 5

    def silence(self, since: float) -> float:
        """The longest time without an update that it went through from then on."""
        moments = [since, *(at for at in self.heard_at if at > since)]
        assert len(moments) > 1, f"{self.channel}: nothing was heard any more"
        return max(b - a for a, b in itertools.pairwise(moments))


def delay(code: int | None, away: float) -> float:
    """Seconds before a page that has been away for so long tries again."""
    if code in RESTART_CODES:
        return random.uniform(*RESTART_DELAYS)
    window = min(LONGEST_WINDOW, max(SHORTEST_WINDOW, away * PART_OF_ABSENCE))
    return random.uniform(0, window)
