"""Clients of the websocket that mean harm, at a real server."""

from __future__ import annotations

import asyncio
import json
import os
import struct

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from mtgintel.core.live.server import MAX_MESSAGE_BYTES
from mtgintel.core.live.tests.test_processes import (  # noqa: F401 (fixtures)
    processes,
    publish,
    receive,
    servers,
    site,
)

pytestmark = pytest.mark.process

PROTOCOL_ERROR, ABNORMAL, BAD_TEXT, TOO_BIG, LIMITS = 1002, 1006, 1007, 1009, 4008
# Daphne cuts the connection of whoever breaks the protocol, without a word.
CUT_OFF = (ABNORMAL, TOO_BIG)


async def code_after(client, send) -> int:
    """What the server closes with, and whatever it says before."""
    try:
        await send()
        while True:
            await asyncio.wait_for(client.recv(), 10)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else ABNORMAL


async def still_serves(site) -> None:  # noqa: F811
    async with site.client() as other:
        site.show(a={"price": os.urandom(4).hex()})
        await publish()
        assert (await receive(other))["type"] == "board_update"


async def answer_of(client):
    """What is said to this client, whatever comes for everybody."""
    while (said := await receive(client))["type"] == "board_update":
        pass
    return said


async def test_a_frame_beyond_all_measure_is_not_read(site):  # noqa: F811
    async with site.client(max_size=None) as client:

        async def send():
            await client.send("x" * (MAX_MESSAGE_BYTES + 1))

        assert await code_after(client, send) in CUT_OFF
    await still_serves(site)


async def test_neither_is_it_in_pieces(site):  # noqa: F811
    async with site.client() as client:

        async def send():
            await client.send(["x" * 8192] * (2 * MAX_MESSAGE_BYTES // 8192))

        assert await code_after(client, send) in CUT_OFF
    await still_serves(site)


async def test_a_flood_is_closed_and_delays_nobody(site):  # noqa: F811
    async with site.client() as client, site.client() as other:

        async def send():
            for _ in range(5_000):
                await client.send('{"action": "ping"}')

        assert await code_after(client, send) == LIMITS
        site.show(a={"price": "7.77"})
        await publish()
        while (await receive(other))["data"] != {"price": "7.77"}:
            pass


FRAMES = {
    "an unknown opcode": b"\x83\x80\0\0\0\0",
    "reserved bits": b"\xf1\x80\0\0\0\0",
    "no mask": b"\x81\x05hello",
    "a ping of more than 125 bytes": b"\x89\xfe" + struct.pack(">H", 200) + b"\0" * 204,
    "a continuation of nothing": b"\x80\x80\0\0\0\0",
    "a length of 2^63": b"\x81\xff" + b"\x80" + b"\0" * 7 + b"\0\0\0\0",
    "text that is no UTF-8": b"\x81\x82\0\0\0\0\xff\xfe",
    "a close that says nothing": b"\x88\x81\0\0\0\0\x01",
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
async def test_what_is_no_frame_ends_that_socket_only(site, frame):  # noqa: F811
    async with site.client() as client:

        async def send():
            client.transport.write(frame)

        code = await code_after(client, send)
        assert code in (PROTOCOL_ERROR, ABNORMAL, BAD_TEXT, TOO_BIG)
    await still_serves(site)


async def test_half_a_frame_is_waited_for_by_nobody(site):  # noqa: F811
    async with site.client() as client:
        client.transport.write(b"\x81\xfe\x10\x00\0\0\0\0half")
        await still_serves(site)


NESTED = "[" * 4000 + "]" * 4000


@pytest.mark.parametrize(
    "text",
    [
        NESTED,
        '{"action": "subscribe", "channel": ' + NESTED + "}",
        '{"action": "subscribe", "channel": "' + "a" * 7000 + '"}',
        '{"action": "subscribe", "channel": "card:1\\u0000"}',
        '{"action": "subscribe", "channel": "card:1; DROP TABLE cards"}',
        '{"action": "subscribe", "channel": "card:' + "9" * 400 + '"}',
        '{"action": "\\ud800"}',
        '{"action": {"$ne": null}}',
        '{"action": "__class__", "channel": "__init__"}',
        "NaN",
        "9" * 5000,
    ],
)
async def test_what_is_no_message_is_answered_with_an_error(site, text):  # noqa: F811
    async with site.client() as client:
        await client.send(text)
        answer = await answer_of(client)
        assert answer["type"] == "error"
        assert len(json.dumps(answer)) < 1000
        await client.send('{"action": "ping"}')
        assert await answer_of(client) == {"type": "pong"}


@pytest.mark.parametrize(
    ("origin", "passes"),
    [
        ("https://elsewhere.example", False),
        ("http://127.0.0.1.elsewhere.example", False),
        ("null", False),
        ("file://", False),
        # Programs send none; who they are, a token says.
        (None, True),
    ],
)
async def test_who_may_connect(site, origin, passes):  # noqa: F811
    if passes:
        async with site.client(origin=origin) as client:
            assert client.opening["type"] == "subscribed"
        return
    # A page from elsewhere is refused before anybody looks at what it holds.
    held = {"Cookie": "sessionid=" + "x" * 32, "Authorization": "Token nonsense"}
    with pytest.raises(InvalidStatus) as refused:
        async with site.client(origin=origin, additional_headers=held):
            pass
    assert refused.value.response.status_code == 403
