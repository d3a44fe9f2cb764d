"""People who read pages and programs that ask the API, each from its own address."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import quantiles

import httpx2

# How long a browser waits before its user gives up.
TIMEOUT = 60.0
CUT_OFF = 0
# One for all: it is never used, and takes a while to make.
_TLS = ssl.create_default_context()

# What somebody looks at, and how often: two pages for each question of a program.
PAGES = {
    "/": 4,
    "/movers/": 3,
    "/cards/": 3,
    "/cards/{card}/": 8,
    "/indices/": 2,
    "/sets/": 1,
    "/spreads/": 1,
    "/methodology/": 1,
}
QUESTIONS = {
    "/api/cards": 2,
    "/api/cards/{card}": 3,
    "/api/cards/{card}/prices": 3,
    "/api/cards/{card}/history?period=30d": 2,
    "/api/market/index?currency=USD": 1,
    "/api/market/overview": 1,
    "/api/market/movers": 1,
}
SITE = {**PAGES, **QUESTIONS}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request got; times in seconds, `at` since 1970 and when it was over."""

    at: float
    path: str
    status: int
    seconds: float
    # Of an answer that holds no whole page or JSON.
    fault: str = ""


@dataclass
class Visitors:
    """So many at once; each waits between two looks for a time between `think`."""

    url: str
    number: int
    cards: list[int]
    think: tuple[float, float]
    # The card whose prices are noted.
    watched: int
    answers: list[Answer] = field(default_factory=list)
    # What was said of them.
    quoted: set[frozenset[tuple[str, ...]]] = field(default_factory=set)

    async def come(self) -> None:
        async with asyncio.TaskGroup() as visits:
            for number in range(self.number):
                visits.create_task(self._visit(number))

    async def _visit(self, number: int) -> None:
        chance = random.Random(number)
        # Limits are per address, as for visitors from elsewhere.
        address = f"127.1.{number // 200}.{number % 200 + 1}"
        transport = httpx2.AsyncHTTPTransport(local_address=address, verify=_TLS)
        seen: dict[str, str] = {}
        await asyncio.sleep(chance.uniform(0, self.think[1]))
        async with httpx2.AsyncClient(
            transport=transport, base_url=self.url, timeout=TIMEOUT, trust_env=False
        ) as client:
            while True:
                path = self._wanted(chance) if number else self._watched_path
                await self._look(client, path, seen)
                await asyncio.sleep(chance.uniform(*self.think))

    def _wanted(self, chance: random.Random) -> str:
        (path,) = chance.choices(list(SITE), list(SITE.values()))
        return str(path.format(card=chance.choice(self.cards)))

    @property
    def _watched_path(self) -> str:
        """What one of them looks at all the time."""
        return f"/api/cards/{self.watched}/prices"

    async def _look(
        self, client: httpx2.AsyncClient, path: str, seen: dict[str, str]
    ) -> None:
        tag = {"If-None-Match": seen[path]} if path in seen else {}
        started = time.time()
        try:
            response = await _get(client, path, tag)
        except httpx2.TransportError as error:
            self._note(path, CUT_OFF, started, repr(error))
            return
        if "ETag" in response.headers:
            seen[path] = response.headers["ETag"]
        fault = self._fault(path, response) if response.status_code == 200 else ""
        self._note(path, response.status_code, started, fault)

    def _note(self, path: str, status: int, started: float, fault: str) -> None:
        now = time.time()
        self.answers.append(Answer(now, path, status, now - started, fault))

    def _fault(self, path: str, response: httpx2.Response) -> str:
        if path == self._watched_path:
            self.quoted.add(quotes(response.json()))
        if path.startswith("/api/"):
            return "" if response.json() else "empty"
        text = response.text
        return "" if text.rstrip().endswith("</html>") else f"half a page: {text[-99:]}"

    # --- What they saw --------------------------------------------------------------

    def statuses(self, since: float = 0.0) -> Counter[int]:
        return Counter(answer.status for answer in self.answers if answer.at >= since)

    def failures(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.status not in (200, 304)]


async def _get(
    client: httpx2.AsyncClient, path: str, headers: dict[str, str]
) -> httpx2.Response:
    """Again if a connection that was kept is closed just then, as browsers do."""
    try:
        return await client.get(path, headers=headers)
    except httpx2.RemoteProtocolError:
        return await client.get(path, headers=headers)


def quotes(document: dict[str, list[dict[str, str]]]) -> frozenset[tuple[str, ...]]:
    """The prices of an answer of /api/cards/{id}/prices."""
    return frozenset(
        (quote["marketplace"], quote["finish"], str(quote["price"]))
        for quote in document["quotes"]
    )


def percentile(answers: Iterable[Answer], percent: int) -> float:
    """Seconds that so many of the answers took at most."""
    taken = [answer.seconds for answer in answers]
    return quantiles(taken, n=100, method="inclusive")[percent - 1]
