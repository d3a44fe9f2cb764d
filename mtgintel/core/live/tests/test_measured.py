"""What is counted of sockets, and whose name stands in their lines of the log."""

from __future__ import annotations

import asyncio
import logging

import pytest
from structlog import contextvars

from mtgintel.core.live.closing import Closing
from mtgintel.core.live.hub import Hub
from mtgintel.core.live.messages import Frame
from mtgintel.core.live.outbox import Outbox
from mtgintel.core.metrics.counted import REGISTRY

pytestmark = pytest.mark.django_db(transaction=True)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"mtgintel_live_{name}", labels) or 0.0


async def test_sockets_and_what_they_follow(connect, caplog):
    before = value("messages_sent_total")
    closed = value("closed_total", code="1000")
    with caplog.at_level(logging.INFO, "mtgintel.core.live.consumer"):
        first, second = await connect(), await connect()
        for client in (first, second):
            await client.send_json_to({"action": "subscribe", "channel": "board:a"})
            await client.receive_json_from()
        # The same again is one subscription.
        await first.send_json_to({"action": "subscribe", "channel": "board:a"})
        await first.receive_json_from()
        assert (value("sockets"), value("subscriptions")) == (2, 2)

        await first.send_json_to({"action": "unsubscribe", "channel": "board:a"})
        await first.receive_json_from()
        assert (value("sockets"), value("subscriptions")) == (2, 1)

        await first.disconnect(code=1000)
        await second.disconnect(code=4999)
    assert (value("sockets"), value("subscriptions")) == (0, 0)
    assert value("messages_sent_total") - before == 4
    assert value("closed_total", code="1000") - closed == 1
    assert value("closed_total", code="other") >= 1
    lines = [line for line in caplog.records if "socket closed" in line.getMessage()]
    assert sorted(line.code for line in lines) == [1000, 4999]


async def test_updates_that_never_left_are_counted():
    gate = asyncio.Event()

    async def send(_message: dict) -> None:
        await gate.wait()

    before = value("updates_dropped_total")
    outbox = Outbox(send, send_seconds=10)
    for seq in range(1, 5):
        outbox.offer(Frame(topic="board:a", seq=seq, text=str(seq)))
    outbox.offer(Frame(topic="board:b", seq=1, text="1"))
    assert value("updates_dropped_total") - before == 3
    outbox.finish(Closing.LIMITS)
    gate.set()
    await outbox.pump()


async def test_each_socket_has_a_name_in_the_log_and_the_hub_has_none(
    connect, subscribe, monkeypatch
):
    named = []

    class Names(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            name = contextvars.get_contextvars().get("connection_id", "none")
            named.append((record.getMessage().partition(" ")[0], name))

    listen = Hub._listen

    async def say_and_listen(hub: Hub) -> None:
        logging.getLogger("mtgintel.core.live.hub").info("listening")
        await listen(hub)

    monkeypatch.setattr(Hub, "_listen", say_and_listen)
    handler, parent = Names(), logging.getLogger("mtgintel.core.live")
    parent.addHandler(handler)
    monkeypatch.setattr(parent, "level", logging.INFO)
    for client in (await connect(), await connect()):
        await subscribe(client, "board:a")
        await client.disconnect()
    parent.removeHandler(handler)

    assert [name for said, name in named if said == "listening"] == ["none"]
    sockets = [name for said, name in named if said == "socket"]
    assert len(sockets) == len(set(sockets)) == 2
    assert "none" not in sockets
