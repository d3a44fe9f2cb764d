"""As little of a websocket client as will do, two thousand times."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from datetime import datetime
from typing import cast

_HANDSHAKE = (
    b"GET /api/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
_NUMBERS = re.compile(rb'"seq":(\d+),"previous_seq":(\d+)')
_MADE = re.compile(rb'"timestamp":"([^"]+)"')
_PONG = 0x8A
# So many from one address, where an address may have 100.
_PER_ADDRESS = 50
_AT_ONCE = 50
_SMALL_BUFFER = 4096
_ESTABLISHED = 1


class Reader(asyncio.Protocol):
    """Follows one channel and notes its updates."""

    def __init__(self, channel: str, latencies: list[float]) -> None:
        self.channel = channel
        self.latencies = latencies
        self.subscribed: asyncio.Future[None] = asyncio.Future()
        self.updates = self.lost = self.last_seq = 0
        self.is_over = False
        self._buffer = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(_HANDSHAKE)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over = True
        if not self.subscribed.done():
            self.subscribed.set_exception(exc or ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data
        if not self._is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            if b" 101 " not in head:
                raise ConnectionRefusedError(head)
            self._is_open = True
            text = f'{{"action":"subscribe","channel":"{self.channel}"}}'
            self._say(0x81, text.encode())
        self._buffer = self._frames(data)

    def _say(self, kind: int, payload: bytes) -> None:
        self.transport.write(bytes([kind, 0x80 | len(payload)]) + bytes(4) + payload)

    def _frames(self, data: bytes) -> bytes:
        """Take whole frames from `data`; the rest of it."""
        start = 0
        while len(data) - start >= 4:
            length, head = data[start + 1], 2
            if length == 126:
                length, head = int.from_bytes(data[start + 2 : start + 4], "big"), 4
            end = start + head + length
            if end > len(data):
                break
            self._take(data[start], data[start + head : end])
            start = end
        return data[start:]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == 0x89:
            self._say(_PONG, payload)
        elif kind == 0x81 and not self.subscribed.done():
            self.subscribed.set_result(None)
        elif kind == 0x81:
            self._note(payload)

    def _note(self, payload: bytes) -> None:
        head = payload[:400]
        numbers, made = _NUMBERS.search(head), _MADE.search(head)
        assert numbers is not None, head
        assert made is not None, head
        at = datetime.fromisoformat(made[1].decode()).timestamp()
        self.latencies.append(time.time() - at)
        self.lost += bool(self.last_seq) and int(numbers[2]) > self.last_seq
        self.last_seq = int(numbers[1])
        self.updates += 1


class Readers:
    """`number` of them; `stalled` follow what is large, and read none of it."""

    def __init__(self, port: int, number: int, stalled: int) -> None:
        self._port = port
        self._number, self._stalled = number, stalled
        self._all: list[Reader] = []
        self.latencies: list[float] = []

    async def come(self) -> None:
        for first in range(0, self._number, _AT_ONCE):
            numbers = range(first, min(first + _AT_ONCE, self._number))
            self._all += await asyncio.gather(*map(self._open, numbers))
        await asyncio.Event().wait()

    async def _open(self, number: int) -> Reader:
        is_stalled = number < self._stalled
        channel = "dashboard:USD" if is_stalled else "market:USD"
        end = socket.socket()
        end.setblocking(False)  # noqa: FBT003
        if is_stalled:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
        end.bind((f"127.3.0.{number // _PER_ADDRESS + 1}", 0))
        loop = asyncio.get_running_loop()
        await loop.sock_connect(end, ("127.0.0.1", self._port))
        _, reader = await loop.create_connection(
            lambda: Reader(channel, self.latencies), sock=end
        )
        await reader.subscribed
        if is_stalled:
            reader.transport.pause_reading()
        return reader

    @property
    def subscribed(self) -> int:
        return len(self._all)

    @property
    def given_up(self) -> int:
        """How many of the stalled the server has let go of."""
        return sum(map(_is_let_go, self._all[: self._stalled]))

    @property
    def cut_off(self) -> int:
        """How many of those who read it has."""
        return sum(one.is_over for one in self._all[self._stalled :])

    @property
    def fewest(self) -> int:
        return min(one.updates for one in self._all[self._stalled :])

    @property
    def lost(self) -> int:
        return sum(one.lost for one in self._all)


def _is_let_go(reader: Reader) -> bool:
    """Whether the kernel says so; the reader does not read."""
    if reader.is_over:
        return True
    end = reader.transport.get_extra_info("socket")
    state = end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return bool(state != _ESTABLISHED)
