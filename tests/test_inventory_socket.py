"""Somebody's collection at the websocket: theirs alone."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.db import connections

from apps.inventory.tests.test_values import make_lot
from apps.prices.tests.factories import make_card, make_price
from apps.settings.services import create_token
from mtgintel.asgi import application
from mtgintel.core.live.hub import get_hub

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def _close_connections():
    """Those of the thread that asynchronous code reads in."""
    yield
    await sync_to_async(connections.close_all)()


async def subscribe(channel: str, secret: str = "") -> dict:
    headers = [(b"host", b"testserver")]
    if secret:
        headers.append((b"authorization", f"Token {secret}".encode()))
    client = WebsocketCommunicator(application, "/api/ws", headers=headers)
    client.scope["client"] = ("192.0.2.1", 50000)
    await client.connect()
    await client.send_json_to({"action": "subscribe", "channel": channel})
    answer = await client.receive_json_from(timeout=5)
    await client.disconnect()
    await get_hub().close()
    return answer


async def test_at_the_socket():
    owner = await sync_to_async(User.objects.create_user)("ann")
    card = await sync_to_async(make_card)("Lightning Bolt")
    await sync_to_async(make_price)(card, "10.00")
    await sync_to_async(make_lot)(owner, card, 3)
    other = await sync_to_async(User.objects.create_user)("bob")
    mine = await sync_to_async(create_token)(user=owner, name="bot")
    theirs = await sync_to_async(create_token)(user=other, name="bot")
    channel = f"channel:inventory:user:{owner.pk}"

    assert (await subscribe(channel))["code"] == "forbidden"
    assert (await subscribe(channel, theirs.secret))["code"] == "forbidden"
    found = await subscribe(channel, mine.secret)
    assert (found["type"], found["snapshot"]["market"]) == ("subscribed", "30.00")
