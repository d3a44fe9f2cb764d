"""Daphne that waits for its readers: `python -m mtgintel.core.live.server`.

Daphne itself takes every frame at once and keeps in memory what a client does not
read. This one lets a send return when there is room, which is what the outbox needs to
know a slow reader by. Asked to stop, it answers the requests under way and tells its
sockets to come back, where Daphne drops both. Its command line is Daphne's.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
from typing import Any

import uvloop

# Daphne takes its event loop when it is imported.
uvloop.install()

# ruff: noqa: E402
from daphne.cli import CommandLineInterface
from daphne.http_protocol import WebRequest
from daphne.server import Server
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer  # type: ignore[import-untyped]

LAST_WORDS_SECONDS = 0.2
# How long requests under way may still take once we are asked to stop: less than
# whoever asks waits before it kills us (`make run` 15 s, docker-compose.yml 20 s).
DRAIN_SECONDS = 10.0
# Above what the consumer answers with "too_big": what is larger is no mistake, and must
# not be gathered in memory first.
MAX_MESSAGE_BYTES = 64 * 1024


@implementer(IPushProducer)
class Valve:
    """Open while a connection's buffer (Twisted's 64 KiB) has room."""

    def __init__(self, transport: Any) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._transport = transport
        # The HTTP side of the connection, which is over, would stop reading instead.
        transport.unregisterProducer()
        transport.registerProducer(self, True)  # noqa: FBT003 - Twisted's own order

    def write(self, data: bytes) -> None:
        """Send at once if nothing waits: through the reactor it costs twice as much."""
        transport = self._transport
        if not transport.dataBuffer and not transport._tempDataBuffer:  # noqa: SLF001
            sent = transport.writeSomeData(data)
            if isinstance(sent, int):  # else the connection is lost, as write() finds
                data = data[sent:]
        if data:
            transport.write(data)

    async def wait(self) -> None:
        if not self._open.is_set():
            await self._open.wait()

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's names
        self._open.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._open.set()

    def stopProducing(self) -> None:  # noqa: N802
        self._open.set()


class PatientServer(Server):
    """Its `send` takes as long as the client needs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.websocket_max_message_size = MAX_MESSAGE_BYTES
        self.websocket_max_frame_size = MAX_MESSAGE_BYTES
        self._ports: list[Any] = []
        self._last_text = ""
        self._last_frame = b""

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        valve: Valve | None = getattr(protocol, "valve", None)
        text = message.get("text")
        if valve is not None and text and protocol.state == protocol.STATE_OPEN:
            valve.write(self._frame(text))
            await valve.wait()
            return
        await super().handle_reply(protocol, message)
        if message["type"] == "websocket.accept":
            protocol.valve = Valve(protocol.transport)

    def _frame(self, text: str) -> bytes:
        """A text as it goes over the wire, unmasked and in one frame (RFC 6455, 5.2).

        Followers of a topic get the same text object one after the other, while
        autobahn would make a frame for each, which costs more than all the rest.
        """
        if text is not self._last_text:
            payload = text.encode()
            self._last_frame = _header(len(payload)) + payload
            self._last_text = text
        return self._last_frame

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports.append(port)

    def kill_all_applications(self) -> Any:
        """What Daphne does before it ends: in order, and not at once."""
        return Deferred.fromFuture(asyncio.ensure_future(self._close()))

    async def _close(self) -> None:
        for port in self._ports:
            port.stopListening()
        await self._end(
            [
                application
                for protocol, application in self._under_way()
                if not isinstance(protocol, WebRequest)
            ]
        )
        await self._drain()
        await self._end([application for _, application in self._under_way()])
        # What was said at the end has to get out.
        await asyncio.sleep(LAST_WORDS_SECONDS)

    async def _drain(self) -> None:
        """Until every request is answered, or has taken too long."""
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS
        while requests := self._under_way():
            if asyncio.get_running_loop().time() > deadline:
                return
            for protocol, _ in requests:
                # Nothing more from a browser that keeps its connection.
                if channel := getattr(protocol, "channel", None):
                    channel.persistent = False
            await asyncio.wait([one for _, one in requests], timeout=0.1)

    async def _end(self, applications: list[asyncio.Future[None]]) -> None:
        for application in applications:
            application.cancel()
        if applications:
            await asyncio.wait(applications, timeout=LAST_WORDS_SECONDS * 10)

    def _under_way(self) -> list[tuple[Any, asyncio.Future[None]]]:
        """What is connected and has an application that has not ended."""
        found = []
        for protocol, details in self.connections.items():
            # The HTTP half of a new socket has none.
            application = details.get("application_instance")
            if application is not None and not application.done():
                found.append((protocol, application))
        return found


def _header(length: int) -> bytes:
    if length < 126:
        return bytes((0x81, length))
    if length < 1 << 16:
        return b"\x81\x7e" + length.to_bytes(2, "big")
    return b"\x81\x7f" + length.to_bytes(8, "big")


class CommandLine(CommandLineInterface):
    server_class = PatientServer


def raise_file_limit() -> None:
    """As many sockets as the system allows: shells give a process 1,024 files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    raise_file_limit()
    # Every socket is a few hundred objects that stay: looking through all of them for
    # garbage stops the server for half a second now and then, at 2,000 sockets.
    gc.set_threshold(50_000, 50, 50)
    CommandLine().run(sys.argv[1:])
