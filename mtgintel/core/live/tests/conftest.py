"""A kind of topic whose state the tests hold, and clients that are closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections

from mtgintel.core import events
from mtgintel.core.live import hub, ledger, topics
from mtgintel.core.live.hub import get_hub

Client = WebsocketCommunicator
Connect = Callable[..., Awaitable[Client]]
Send = Callable[..., Awaitable[None]]


class Board:
    """The states of topics `board:<key>`, and which of them were read."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = {"a": {"price": "1.00"}, "b": {"price": "2.00"}}
        self.read: list[str] = []

    def snapshot(self, key: str) -> dict[str, Any] | None:
        self.read.append(key)
        state = self.states.get(key)
        return None if state is None else dict(state)


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    ledger._redis(settings.BROKER_REDIS_URL).delete(ledger._FOLLOWED)
    monkeypatch.setattr(topics, "_kinds", dict(topics._kinds))
    board = Board()
    events.register_topic("board", message="board_update", snapshot=board.snapshot)
    return board


@pytest.fixture(autouse=True)
def _reading_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """While Channels' test client is around, nobody closes connections but us."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        monkeypatch.setattr(hub, "_threads", thread)
        yield
        thread.submit(connections.close_all).result()


@pytest.fixture
async def connect(board: Board) -> AsyncIterator[Connect]:
    """Opens a socket to the whole application, as an anonymous visitor unless told."""
    # Imported here as it names the settings, which this file is read before.
    from mtgintel.asgi import application

    clients: list[Client] = []

    async def connect(path: str = "/api/ws", **headers: str) -> Client:
        encoded = [
            (name.replace("_", "-").encode(), value.encode())
            for name, value in {"host": "testserver", **headers}.items()
        ]
        client = WebsocketCommunicator(application, path, headers=encoded)
        client.scope["client"] = ("192.0.2.1", 50000)
        clients.append(client)
        accepted, _ = await client.connect()
        assert accepted
        return client

    yield connect
    for client in clients:
        await client.disconnect()
    await get_hub().close()


@pytest.fixture
def deliver() -> Send:
    """Publishes as if a transaction had just committed."""

    async def deliver(*names: str) -> None:
        await sync_to_async(events.deliver)(names)

    return deliver


@pytest.fixture
def subscribe() -> Callable[[Client, str], Awaitable[dict[str, Any]]]:
    async def subscribe(client: Client, channel: str) -> dict[str, Any]:
        await client.send_json_to({"action": "subscribe", "channel": channel})
        answer: dict[str, Any] = await client.receive_json_from(timeout=5)
        return answer

    return subscribe
