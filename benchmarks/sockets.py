"""Fan-out over /api/ws against a bare `websockets` broadcast of the same frames.

    python -m benchmarks.sockets --sockets 500 2000

Everything is on loopback and in one run: one server process, one publisher, and this
process as all the clients. "as shipped" holds a topic to four updates a second, "each
update" lets all twenty through, as far as one process can send them. Merged are
updates that the hub held back and a newer one replaced, for all sockets alike; lost are
those that a socket missed. Ratios of one run count, not milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import cast

import orjson

from mtgintel.core.embedded import TemporaryServers

RATE = 20.0
SECONDS = 8.0
QUIET_SECONDS = 2.0
BARE = "bare broadcast"
EACH_UPDATE = "hub, each update"
AS_SHIPPED = "hub, as shipped"
_SUBSCRIBE = b'{"action":"subscribe","channel":"bench:x"}'
_HANDSHAKE = (
    b"GET /api/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)


@dataclass(frozen=True)
class Figure:
    """One server with one number of sockets; times in milliseconds."""

    server: str
    sockets: int
    deliveries: int
    lost: int
    p50: float
    p99: float
    # Microseconds of the server's processor time.
    cpu: float

    @property
    def merged(self) -> int:
        return round(RATE * SECONDS) * self.sockets - self.deliveries - self.lost


@dataclass(frozen=True)
class Result:
    figures: list[Figure]

    def find(self, server: str, sockets: int) -> Figure:
        return next(
            figure
            for figure in self.figures
            if (figure.server, figure.sockets) == (server, sockets)
        )

    def p99_ratio(self, server: str, sockets: int) -> float:
        """How many times the p99 of the bare broadcast."""
        return self.find(server, sockets).p99 / self.find(BARE, sockets).p99


class Client(asyncio.Protocol):
    """As little of a websocket client as will do: it costs the servers' processor."""

    def __init__(self, latencies: list[float]) -> None:
        self.latencies = latencies
        self.subscribed: asyncio.Future[None] = asyncio.Future()
        self.received = self.lost = self.last_seq = 0
        self._buffer = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(_HANDSHAKE)

    def say(self, payload: bytes) -> None:
        header = bytes([0x81, 0x80 | len(payload)])
        self.transport.write(header + bytes(4) + payload)

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
            self.say(_SUBSCRIBE)
        self._buffer = self._frames(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.subscribed.done():
            self.subscribed.set_exception(exc or ConnectionResetError())

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
            if data[start] == 0x81:
                self._take(data[start + head : end])
            start = end
        return data[start:]

    def _take(self, frame: bytes) -> None:
        now = time.time()
        if not self.subscribed.done():
            self.last_seq = orjson.loads(frame).get("seq", 0)
            self.subscribed.set_result(None)
            return
        at = frame.index(b'"sent":"') + 8
        self.latencies.append(now - float(frame[at : at + 17]))
        self.received += 1
        if b'"previous_seq"' in frame:
            message = orjson.loads(frame)
            self.lost += message["previous_seq"] > self.last_seq
            self.last_seq = message["seq"]


def measure(sizes: tuple[int, ...] = (500, 2000)) -> Result:
    """Run the whole benchmark on servers of its own."""
    _raise_file_limit()
    with (
        TemporaryDirectory(prefix="mtgintel-bench-") as directory,
        TemporaryServers(Path(directory)) as servers,
    ):
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "mtgintel.settings.test",
            "MTGINTEL_DATA_DIR": directory,
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
        }
        figures = [
            asyncio.run(_measure(server, size, environment))
            for size in sizes
            for server in (BARE, EACH_UPDATE, AS_SHIPPED)
        ]
    return Result(figures)


def _raise_file_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _measure(server: str, size: int, environment: dict[str, str]) -> Figure:
    port = free_port()
    limits = {"sockets_per_address": size}
    if server == EACH_UPDATE:
        limits["updates_per_second"] = 1000
    environment = {**environment, "LIVE_LIMITS": json.dumps(limits)}
    with _running(_command(server, port), environment) as process:
        await _listening(port)
        latencies: list[float] = []
        async with _clients(port, size, latencies) as clients:
            before = _processor_seconds(process.pid)
            await _publish(server, clients, environment)
            spent = _processor_seconds(process.pid) - before
            lost = sum(client.lost for client in clients)
            if server == BARE:
                lost = round(RATE * SECONDS) * size - len(latencies)
    cuts = quantiles(latencies, n=100)
    cpu = spent / len(latencies) * 1e6
    p50, p99 = cuts[49] * 1000, cuts[98] * 1000
    return Figure(server, size, len(latencies), lost, p50, p99, cpu)


def _command(server: str, port: int) -> list[str]:
    if server == BARE:
        return [sys.executable, "-m", "benchmarks.socket_roles", "bare", str(port)]
    options = ["-v", "0", "-b", "127.0.0.1", "-p", str(port)]
    module = [sys.executable, "-m", "mtgintel.core.live.server"]
    return [*module, *options, "benchmarks.socket_site:application"]


async def _publish(
    server: str, clients: list[Client], environment: dict[str, str]
) -> None:
    if server == BARE:
        clients[0].say(f"{RATE} {SECONDS}".encode())
        await asyncio.sleep(SECONDS)
    else:
        module = [sys.executable, "-m", "benchmarks.socket_roles"]
        command = [*module, "publish", str(RATE), str(SECONDS)]
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        if await process.wait():
            raise RuntimeError("the publisher failed, for the reason above")
    await _quiet(clients)


async def _quiet(clients: list[Client]) -> None:
    """Wait until all that was sent has arrived."""
    before = -1
    while (received := sum(client.received for client in clients)) > before:
        before = received
        await asyncio.sleep(QUIET_SECONDS)


@asynccontextmanager
async def _clients(
    port: int, size: int, latencies: list[float]
) -> AsyncIterator[list[Client]]:
    loop = asyncio.get_running_loop()
    clients: list[Client] = []
    while len(clients) < size:
        batch = [
            loop.create_connection(lambda: Client(latencies), "127.0.0.1", port)
            for _ in range(min(50, size - len(clients)))
        ]
        connected = [client for _, client in await asyncio.gather(*batch)]
        await asyncio.gather(*(client.subscribed for client in connected))
        clients += connected
    yield clients
    for client in clients:
        client.transport.abort()


@contextmanager
def _running(
    command: list[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


async def _listening(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


def _processor_seconds(pid: int) -> float:
    """What a process has used so far, its own and the kernel's work for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(result: Result) -> None:
    print(
        f"{'server':18} {'sockets':>7} {'delivered':>9} {'merged':>7} {'lost':>6} "
        f"{'p50 ms':>8} {'p99 ms':>8} {'p99 x bare':>10} {'us cpu each':>11}"
    )
    for figure in result.figures:
        ratio = result.p99_ratio(figure.server, figure.sockets)
        print(
            f"{figure.server:18} {figure.sockets:7} {figure.deliveries:9} "
            f"{figure.merged:7} {figure.lost:6} {figure.p50:8.1f} "
            f"{figure.p99:8.1f} {ratio:10.2f} {figure.cpu:11.1f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, nargs="+", default=[500, 2000])
    report(measure(tuple(parser.parse_args().sockets)))
