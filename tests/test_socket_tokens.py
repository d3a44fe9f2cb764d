"""A program at the websocket: its token says whose channels it may follow."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connections

from apps.settings.services import create_token
from apps.settings.tests.door import make_user
from mtgintel.asgi import application
from mtgintel.core import events
from mtgintel.core.live import topics
from mtgintel.core.live.hub import get_hub

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def _close_connections():
    """Those of the thread that asynchronous code reads in."""
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture
def mine(monkeypatch):
    """A channel `mine:<user id>` that only that user may follow."""
    monkeypatch.setattr(topics, "_kinds", dict(topics._kinds))
    events.register_topic(
        "mine",
        message="mine_update",
        snapshot=lambda key: {"of": key},
        authorize=lambda user, key: str(user.pk) == key,
    )


async def subscribe(channel, **headers):
    encoded = [(b"host", b"testserver")]
    encoded += [(name.encode(), value.encode()) for name, value in headers.items()]
    client = WebsocketCommunicator(application, "/api/ws", headers=encoded)
    client.scope["client"] = ("192.0.2.1", 50000)
    accepted, _ = await client.connect()
    assert accepted
    await client.send_json_to({"action": "subscribe", "channel": channel})
    answer = await client.receive_json_from(timeout=5)
    await client.disconnect()
    await get_hub().close()
    return answer.get("code") or answer["type"]


async def test_a_token_opens_what_is_its_users_and_nothing_else(mine):
    user = await sync_to_async(make_user)()
    other = await sync_to_async(make_user)("other@example.org")
    made = await sync_to_async(create_token)(user=user, name="bot")
    header = {"authorization": f"Token {made.secret}"}
    assert await subscribe(f"mine:{user.pk}", **header) == "subscribed"
    assert await subscribe(f"mine:{other.pk}", **header) == "forbidden"
    assert await subscribe(f"mine:{user.pk}") == "forbidden"
    await made.row.arefresh_from_db()
    assert made.row.last_used_at is not None


@pytest.mark.parametrize(
    "said", ["Token", "Token nonsense", "Token \xff", "Bearer x", "", "Token a b"]
)
async def test_anything_else_is_a_visitor(mine, said):
    user = await sync_to_async(make_user)()
    answer = await subscribe(f"mine:{user.pk}", authorization=said)
    assert answer == "forbidden"
